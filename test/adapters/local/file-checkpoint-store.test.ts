import { spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointFile } from '../../../src/adapters/local/file-checkpoint-store.js';
import { MAX_CHECKPOINT_BYTES } from '../../../src/core/checkpoint/checkpoint-document.js';
import { describeCheckpointStore } from '../../contracts/checkpoint-store.js';
import { bundleForNode } from '../../support/repository/bundle.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const WRITER = `${ROOT}.cache/checkpoint-writer/writer.mjs`;
const temporaryFolder = temporaryFolders();
const newFile = () => path.join(temporaryFolder(), 'run.checkpoint');
const bytes = (text: string) => new TextEncoder().encode(text);

describeCheckpointStore('file', async () => {
  const file = newFile();
  return { open: () => checkpointFile(file), remove: async () => rmSync(file), close: async () => {} };
});

describe('a checkpoint file', () => {
  it('is for its owner only, and leaves nothing beside it', async () => {
    const file = newFile();
    await checkpointFile(file).write(bytes('one'), undefined);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(file))).toEqual(['run.checkpoint']);
  });

  it('is not begun in a folder that is not there', async () => {
    const file = path.join(temporaryFolder(), 'none', 'run.checkpoint');
    await expect(checkpointFile(file).read()).rejects.toMatchObject({ name: 'CheckpointStoreError', fault: 'unfit' });
    await expect(checkpointFile(file).write(bytes('x'), undefined)).rejects.toMatchObject({ fault: 'unfit' });
  });

  it('is neither a link nor a folder nor beyond its size', async () => {
    const file = newFile();
    const target = path.join(path.dirname(file), 'target');
    for (const make of [
      () => symlinkSync(target, file),
      () => mkdirSync(file),
      () => {
        writeFileSync(file, '');
        truncateSync(file, MAX_CHECKPOINT_BYTES + 1);
      },
    ]) {
      make();
      await expect(checkpointFile(file).read()).rejects.toMatchObject({ fault: 'unfit' });
      await expect(checkpointFile(file).write(bytes('x'), undefined)).rejects.toMatchObject({ fault: 'unfit' });
      expect(readdirSync(path.dirname(file))).toEqual(['run.checkpoint']);
      rmSync(file, { recursive: true });
    }
    expect(existsSync(target)).toBe(false);
  });

  it('stays as it is when the new one cannot be written', async () => {
    const folder = temporaryFolder();
    // Long enough that the name of what is written beside it is too long.
    const name = 'n'.repeat(240);
    writeFileSync(path.join(folder, name), 'old');
    const store = checkpointFile(path.join(folder, name));
    const { revision } = (await store.read()) ?? {};
    await expect(store.write(bytes('new'), revision)).rejects.toMatchObject({ fault: 'unfit' });
    expect(readFileSync(path.join(folder, name), 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('is written though the lock of a process that is gone was left behind', async () => {
    const file = newFile();
    mkdirSync(`${file}.lock`);
    const longAgo = Date.now() / 1000 - 60;
    utimesSync(`${file}.lock`, longAgo, longAgo);
    expect(await checkpointFile(file, 0).write(bytes('x'), undefined)).toBe('written');
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it('is not written past a lock that is held, nor waited for without end', async () => {
    const file = newFile();
    mkdirSync(`${file}.lock`);
    await expect(checkpointFile(file, 300).write(bytes('x'), undefined)).rejects.toMatchObject({
      fault: 'unavailable',
    });
    expect(readdirSync(path.dirname(file))).toEqual(['run.checkpoint.lock']);
  });

  it('is cleared of what killed writers left, and of nothing else', async () => {
    const file = newFile();
    const folder = path.dirname(file);
    const left = `${file}.01234567-89ab-cdef-0123-456789abcdef.tmp`;
    const others = ['run.checkpoint.tmp', 'run.checkpoint.bak', 'other.01234567-89ab-cdef-0123-456789abcdef.tmp'];
    for (const name of [left, ...others.map((other) => path.join(folder, other))]) writeFileSync(name, 'x');
    await checkpointFile(file).write(bytes('x'), undefined);
    expect(readdirSync(folder).sort()).toEqual(['run.checkpoint', ...others].sort());
  });
});

describe('processes that write at once', () => {
  beforeAll(async () => {
    await bundleForNode(`${ROOT}test/support/run/checkpoint-writer.ts`, WRITER);
  });
  afterAll(() => rmSync(path.dirname(WRITER), { recursive: true, force: true }));

  const start = (file: string, letter: string, times: number) => {
    const child = spawn(process.execPath, [WRITER, file, letter, String(times)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    const end = new Promise<string>((resolve) => child.once('close', () => resolve(output)));
    const begun = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
    return { child, begun, end };
  };
  /** Each writes nothing but its own letter after the number of what it has replaced. */
  const wholeNumber = (text: string) => Number(/^(\d+) ([a-z])\2{200000}\n$/.exec(text)?.[1]);

  it('never lose what the other has written', async () => {
    const file = newFile();
    const outputs = await Promise.all(['a', 'b', 'c'].map((letter) => start(file, letter, 8).end));
    const written = outputs.join('').match(/written/g)?.length;
    expect(outputs.join('').replaceAll(/written\n|conflict\n/g, '')).toBe('');
    expect(wholeNumber(readFileSync(file, 'utf8'))).toBe(written);
    expect(written).toBeGreaterThanOrEqual(8);
    expect(readdirSync(path.dirname(file))).toEqual(['run.checkpoint']);
  }, 60_000);

  it('leave the old one as it is, and nothing beside it, where the new one cannot be written whole', async () => {
    const file = newFile();
    await checkpointFile(file).write(bytes('7 old'), undefined);
    // No file may have more than 4 kB.
    const args = ['-c', 'ulimit -f 8; exec "$0" "$@"', process.execPath, WRITER, file, 'n', '1'];
    const child = spawn('sh', args, { stdio: 'ignore' });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('7 old');
    expect(readdirSync(path.dirname(file))).toEqual(['run.checkpoint']);
  });

  it('leave the old or the new one whole when they are killed, and the way free for the next', async () => {
    const file = newFile();
    let last = 0;
    for (let round = 0; round < 6; round += 1) {
      const { child, begun, end } = start(file, 'k', 10_000);
      await begun;
      await new Promise((resolve) => setTimeout(resolve, round * 7));
      child.kill('SIGKILL');
      const reported = (await end).match(/written/g)?.length ?? 0;
      const number = wholeNumber(readFileSync(file, 'utf8'));
      // What was said to be written is, and at most one more.
      expect(number - last - reported).toBeOneOf([0, 1]);
      last = number;
      if (existsSync(`${file}.lock`)) {
        expect(lstatSync(`${file}.lock`).isDirectory()).toBe(true);
        utimesSync(`${file}.lock`, 0, 0);
      }
    }
    const store = checkpointFile(file, 0);
    expect(await store.write(bytes('x'), (await store.read())?.revision)).toBe('written');
    expect(readdirSync(path.dirname(file))).toEqual(['run.checkpoint']);
  }, 60_000);
});
