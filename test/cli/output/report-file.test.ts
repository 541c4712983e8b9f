import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';

const newFolder = temporaryFolders();
const VERIFY = ['verify', 'testdata/tampered/log-modified/archive', '--keys', 'testdata/tampered/keys.json'];

const toJson = (file: string) => runMain([...VERIFY, '--format', 'json', '--output', file]);
const expectReport = (text: string) => expect(JSON.parse(text)).toMatchObject({ outcome: 'failed' });

describe('a link in the place of a report', () => {
  it('is followed: the file that it leads to is replaced, in its own folder', async () => {
    const folder = newFolder();
    mkdirSync(path.join(folder, 'reports'));
    writeFileSync(path.join(folder, 'reports', 'run.json'), 'an older report');
    symlinkSync(path.join('reports', 'run.json'), path.join(folder, 'second'));
    symlinkSync('second', path.join(folder, 'first'));
    expect(await toJson(path.join(folder, 'first'))).toEqual({ status: 1, stdout: '', stderr: '' });
    expectReport(readFileSync(path.join(folder, 'reports', 'run.json'), 'utf8'));
    expect(readlinkSync(path.join(folder, 'first'))).toBe('second');
    expect(readlinkSync(path.join(folder, 'second'))).toBe(path.join('reports', 'run.json'));
    expect(readdirSync(folder).sort()).toEqual(['first', 'reports', 'second']);
    expect(readdirSync(path.join(folder, 'reports'))).toEqual(['run.json']);
  });

  it.each([
    ['by a relative path', () => path.join('reports', 'run.json')],
    ['by an absolute path', (folder: string) => path.join(folder, 'reports', 'run.json')],
    ['out of the folder that another link leads to', () => 'inside/../run.json'],
  ])('leads to nothing yet, %s: that is made', async (_, targetIn) => {
    const folder = newFolder();
    mkdirSync(path.join(folder, 'reports', 'inside'), { recursive: true });
    symlinkSync(path.join('reports', 'inside'), path.join(folder, 'inside'));
    symlinkSync(targetIn(folder), path.join(folder, 'second'));
    symlinkSync('second', path.join(folder, 'first'));
    expect(await toJson(path.join(folder, 'first'))).toMatchObject({ status: 1, stderr: '' });
    expectReport(readFileSync(path.join(folder, 'reports', 'run.json'), 'utf8'));
    expect(lstatSync(path.join(folder, 'second')).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['first', 'inside', 'reports', 'second']);
  });

  it.each([
    ['into a folder that is not there', path.join('nowhere', 'run.json'), /ENOENT/],
    ['to itself', 'link', /ELOOP/],
    ['to a folder', '.', /it is a folder/],
  ])('is refused where it leads %s', async (_, target, cause) => {
    const folder = newFolder();
    symlinkSync(target, path.join(folder, 'link'));
    const { status, stderr } = await toJson(path.join(folder, 'link'));
    expect(status).toBe(64);
    expect(stderr).toMatch(cause);
    expect(readdirSync(folder)).toEqual(['link']);
  });
});

it('what a killed run has left of a report is removed by the next, but not what another is writing', async () => {
  const folder = newFolder();
  const leftover = (name: string, minutesAgo: number) => {
    writeFileSync(path.join(folder, name), 'half a report');
    const then = new Date(Date.now() - minutesAgo * 60_000);
    utimesSync(path.join(folder, name), then, then);
  };
  leftover(`run.json.${randomUUID()}.tmp`, 11);
  const written = `run.json.${randomUUID()}.tmp`;
  leftover(written, 9);
  leftover(`other.json.${randomUUID()}.tmp`, 11);
  leftover('run.json.old.tmp', 11);
  expect(await toJson(path.join(folder, 'run.json'))).toMatchObject({ status: 1, stderr: '' });
  const left = readdirSync(folder);
  expect(left).toHaveLength(4);
  expect(left).toEqual(expect.arrayContaining(['run.json', written, 'run.json.old.tmp']));
});

it('a path that ends as a folder does is no name for a file', async () => {
  const folder = newFolder();
  expect(await toJson(path.join(folder, 'run', path.sep))).toMatchObject({ status: 64, stdout: '' });
  expect(readdirSync(folder)).toEqual([]);
});

describe.skipIf(process.platform === 'win32')('a named pipe in the place of a report', () => {
  /** What somebody reads from the pipe while something is done; the pipe must be there afterwards. */
  async function readFrom(pipe: string, act: () => Promise<unknown>): Promise<string> {
    execFileSync('mkfifo', [pipe]);
    let reader: ReturnType<typeof execFile> | undefined;
    const read = new Promise<string>((resolve) => {
      reader = execFile('cat', [pipe], { maxBuffer: Number.POSITIVE_INFINITY }, (_, stdout) => resolve(stdout));
    });
    try {
      await act();
      expect(lstatSync(pipe).isFIFO()).toBe(true);
      releaseReader(pipe);
      return await read;
    } finally {
      reader?.kill();
    }
  }

  /** Lets go who still waits for somebody to write. */
  function releaseReader(pipe: string): void {
    try {
      closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch {
      // Nobody reads any more.
    }
  }

  it('is written to and stays', async () => {
    const folder = newFolder();
    const text = await readFrom(path.join(folder, 'pipe'), async () => {
      expect(await toJson(path.join(folder, 'pipe'))).toEqual({ status: 1, stdout: '', stderr: '' });
    });
    expectReport(text);
    expect(readdirSync(folder)).toEqual(['pipe']);
  });

  it('is written to where a link leads to it', async () => {
    const folder = newFolder();
    symlinkSync('pipe', path.join(folder, 'link'));
    const text = await readFrom(path.join(folder, 'pipe'), () => toJson(path.join(folder, 'link')));
    expectReport(text);
    expect(readlinkSync(path.join(folder, 'link'))).toBe('pipe');
  });

  it('is not asked what metrics an earlier run has left', async () => {
    const pipe = path.join(newFolder(), 'pipe');
    const text = await readFrom(pipe, () => runMain([...VERIFY, '--quiet', '--report', `prometheus=${pipe}`]));
    expect(text).toContain('trailproof_run_outcome{outcome="failed"} 1');
  });

  it('takes the list of what to restore', async () => {
    const pipe = path.join(newFolder(), 'pipe');
    const text = await readFrom(pipe, () => runMain([...VERIFY, '--quiet', '--restore-list', pipe]));
    expect(text).toBe('');
  });

  it('gets what is told until the run comes to no end', async () => {
    const folder = newFolder();
    const report = path.join(folder, 'report.ndjson');
    await runMain([...VERIFY, '--quiet', '--report', `ndjson=${report}`]);
    writeFileSync(report, readFileSync(report, 'utf8').replace(/[^\n]+\n$/, ''));
    const pipe = path.join(folder, 'pipe');
    const convert = ['report', 'convert', report, '--format', 'csv', '--output', pipe];
    await readFrom(pipe, async () => expect(await runMain(convert)).toMatchObject({ stdout: '' }));
    expect(readdirSync(folder).sort()).toEqual(['pipe', 'report.ndjson']);
  });
});
