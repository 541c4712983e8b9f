import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openProgress, type Progress } from '../../../src/cli/output/progress.js';
import { ProgressCount } from '../../../src/cli/output/progress-count.js';
import type { DigestEvent, LogEvent, VerifyEvent } from '../../../src/core/report/verify-events.js';
import { HOUR, MINUTE, SECOND } from '../../../src/core/time/instant.js';
import { forgeChain } from '../../support/forge/forge.js';
import { FakeClock } from '../../support/run/fake-clock.js';
import { runMain, Transcript } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { verifyWorld } from '../../support/run/verify-world.js';
import { emptyWorld } from '../../support/worlds/world.js';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const ARCHIVE = ['verify', 'testdata/archive', '--keys', 'testdata/keys.json'];
const CHAIN: DigestEvent['chain'] = {
  kind: 'standard',
  accountId: '111122223333',
  region: 'us-east-1',
  trailName: 'main',
  homeRegion: 'us-east-1',
};
const SHOWS_CURSOR = '\u001b[?25h';
const REF = { bucket: 'b', key: 'k' };
const DIGEST: DigestEvent = {
  type: 'digest',
  chain: CHAIN,
  ref: REF,
  end: 0,
  outcome: 'verified',
  trusted: true,
  findings: [],
};
const LOG: LogEvent = { type: 'log', chain: CHAIN, ref: REF, outcome: 'verified', size: 1_000_000, findings: [] };

const tell = (to: Pick<Progress, 'event'>, event: VerifyEvent, times = 1) => {
  for (let told = 0; told < times; told += 1) to.event(event);
};

describe('the count', () => {
  it('says what is done, and of how much once all is listed', () => {
    const count = new ProgressCount();
    expect(count.toText(0)).toBe('looking for trails');
    count.foldersFound(2);
    expect(count.toText(0)).toBe('listing digests, 0 of 2 folders done');
    count.folderListed(1, 10);
    expect(count.toText(0)).toBe('listing digests, 1 of 2 folders done');
    tell(count, DIGEST, 1);
    tell(count, LOG, 1500);
    expect(count.toText(500)).toBe('0 chains, 1 digest, 1,500 logs, 1.5 GB');
    expect(count.toText(3 * SECOND)).toBe('0 chains, 1 digest, 1,500 logs, 1.5 GB, 500 logs/s');
    count.folderListed(2, 90);
    expect(count.toText(500)).toBe('0 of 3 chains, 1 of 100 digests, 1,500 logs, 1.5 GB');
  });

  it('counts saved query results', () => {
    const count = new ProgressCount();
    count.foldersFound(0);
    tell(count, {
      type: 'query-results',
      ref: REF,
      outcome: 'verified',
      trusted: true,
      files: [{ ref: REF, outcome: 'verified', size: 2000 }],
      findings: [],
    });
    expect(count.toText(0)).toBe('0 of 0 chains, 0 of 0 digests, 0 logs, 1 query result, 2.0 kB');
  });

  it('estimates nothing before all is listed, ten seconds have passed and a tenth is done', () => {
    const count = new ProgressCount();
    count.foldersFound(2);
    count.folderListed(1, 50);
    tell(count, DIGEST, 9);
    expect(count.toText(MINUTE)).not.toContain('left');
    count.folderListed(1, 50);
    expect(count.toText(MINUTE)).not.toContain('left');
    tell(count, DIGEST, 1);
    expect(count.toText(MINUTE)).toContain(', about 9 min left');
    expect(count.toText(10 * SECOND)).toContain(', about 1 min 30 s left');
    expect(count.toText(10 * SECOND - 1)).not.toContain('left');
    tell(count, DIGEST, 90);
    expect(count.toText(MINUTE)).not.toContain('left');
  });

  it('knows no whole where links lead to more than was listed', () => {
    const count = new ProgressCount();
    count.foldersFound(1);
    count.folderListed(1, 10);
    tell(count, DIGEST, 11);
    expect(count.toText(MINUTE)).toBe('0 of 1 chain, 11 digests, 0 logs, 0 B, 0 logs/s');
  });
});

it('a run tells how much there is to do: of the time and the trails that are asked for', async () => {
  const world = emptyWorld();
  const start = Date.parse('2026-03-01T00:01:31Z');
  const place = { bucket: 'acme', accountId: '111122223333', homeRegion: 'us-east-1', start, hours: 6, logsPerHour: 0 };
  forgeChain(world, { ...place, trailName: 'main', region: 'us-east-1' });
  forgeChain(world, { ...place, trailName: 'main', region: 'eu-west-1' });
  forgeChain(world, { ...place, trailName: 'other', region: 'us-east-1', seed: 'other' });
  const told: unknown[] = [];
  const extent = {
    foldersFound: (count: number) => told.push(count),
    folderListed: (chains: number, digests: number) => told.push([chains, digests]),
  };
  const { events } = await verifyWorld(world, { trails: ['main'], from: start + 2 * HOUR, extent });
  expect(told).toEqual([2, [1, 4], [1, 4]]);
  expect(events.filter(({ type }) => type === 'digest')).toHaveLength(8);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const open = async (stderr: Transcript | ReturnType<typeof tty>, env = {}, isWanted = true) => {
  const clock = new FakeClock();
  const stdout = new Transcript(false);
  const progress = await openProgress({ stdout, stderr, env, cwd: '.', now: () => 0, ...clock.timers }, isWanted);
  return { clock, stdout, progress };
};

/** A terminal that keeps what it is given. */
function tty(): WriteStream & { text: string } {
  const stream = {
    text: '',
    isTTY: true,
    write(text: string) {
      this.text += text;
      return true;
    },
  };
  return Object.assign(Object.create(WriteStream.prototype), stream);
}

describe('on a terminal', () => {
  it('one line is kept up to date, and gone at the end', async () => {
    // The spinner looks at these itself.
    vi.stubEnv('CI', undefined);
    vi.stubEnv('TERM', 'xterm');
    const stderr = tty();
    const { clock, progress } = await open(stderr);
    expect(stderr.text).toContain('looking for trails');
    progress.foldersFound(1);
    progress.folderListed(1, 4);
    clock.advance(2 * SECOND);
    tell(progress, DIGEST, 2);
    clock.advance(MINUTE);
    tell(progress, LOG);
    progress.clear();
    progress.stop();
    const drawn = stripVTControlCharacters(stderr.text).split('⠋ ').slice(1);
    expect(drawn).toEqual([
      'looking for trails',
      'listing digests, 0 of 1 folder done',
      '0 of 1 chain, 1 of 4 digests, 0 logs, 0 B, 0 logs/s',
      '0 of 1 chain, 2 of 4 digests, 1 log, 1.0 MB, 0 logs/s, about 1 min left',
    ]);
    expect(stderr.text.endsWith(`\u001b[1G\u001b[0K${SHOWS_CURSOR}`)).toBe(true);
    expect(clock.waiting).toBe(0);
  });
});

it('a signal takes the line off the terminal, and is left to the run', async () => {
  vi.stubEnv('CI', undefined);
  vi.stubEnv('TERM', 'xterm');
  const [stderr, clock, stop] = [tty(), new FakeClock(), new AbortController()];
  const listeners = process.listenerCount('SIGINT');
  const terminal = { stdout: new Transcript(false), stderr, env: {}, cwd: '.', now: () => 0, ...clock.timers };
  const progress = await openProgress(terminal, true, stop.signal);
  expect(process.listenerCount('SIGINT')).toBe(listeners);
  stop.abort();
  const drawn = stderr.text;
  expect(drawn).toContain(SHOWS_CURSOR);
  clock.advance(MINUTE);
  tell(progress, DIGEST);
  progress.stop();
  expect(stderr.text).toBe(drawn);
});

describe('where standard error is no terminal', () => {
  it('there is a plain line every half minute, and none before', async () => {
    const stderr = new Transcript(false);
    const { clock, stdout, progress } = await open(stderr);
    progress.foldersFound(1);
    progress.folderListed(1, 90);
    clock.advance(30 * SECOND - 1);
    tell(progress, DIGEST, 30);
    tell(progress, LOG, 60);
    expect(stderr.text).toBe('');
    clock.advance(1);
    const first = 'trailproof: 30 s: 0 of 1 chain, 30 of 90 digests, 60 logs, 60.0 MB, 2 logs/s, about 1 min left\n';
    expect(stderr.text).toBe(first);
    progress.clear();
    tell(progress, LOG, 600);
    clock.advance(30 * SECOND - 1);
    expect(stderr.text).toBe(first);
    clock.advance(1);
    expect(stderr.text.split('\n')).toHaveLength(3);
    expect(stderr.text).toContain('trailproof: 1 min: 0 of 1 chain, 30 of 90 digests, 660 logs');
    progress.stop();
    clock.advance(HOUR);
    expect(stderr.text.split('\n')).toHaveLength(3);
    expect({ stdout: stdout.text, waiting: clock.waiting }).toEqual({ stdout: '', waiting: 0 });
  });

  it.each([
    ['in CI', { CI: 'true' }],
    ['where the terminal is dumb', { TERM: 'dumb' }],
  ])('lines are plain %s', async (_, env) => {
    const stderr = tty();
    const { clock, progress } = await open(stderr, env);
    clock.advance(30 * SECOND);
    progress.stop();
    expect(stderr.text).toBe('trailproof: 30 s: looking for trails\n');
  });

  it('nothing is said where nothing is wanted', async () => {
    const { clock, progress } = await open(new Transcript(false), {}, false);
    expect(clock.waiting).toBe(0);
    tell(progress, DIGEST);
    progress.stop();
  });
});

describe('verify', () => {
  const temporaryFolder = temporaryFolders();

  /** Ten seconds pass before each piece of output. */
  const slowly = async (flags: readonly string[]) => {
    const clock = new FakeClock();
    const result = await runMain([...ARCHIVE, ...flags], NOW, {
      env: {},
      clock,
      onStdout: () => clock.advance(10 * SECOND),
    });
    expect(clock.waiting).toBe(0);
    return result;
  };

  it('says how far it is on standard error alone, and the report is the same', async () => {
    const flags = ['--format', 'ndjson'];
    const { stdout, stderr, status } = await slowly(flags);
    const lines = stderr.trim().split('\n');
    expect(lines[0]).toMatch(/^trailproof: 30 s: .*\bchains?, .*\bdigests?, .*\blogs?, .*\d [kM]?B, \d logs\/s/);
    expect(lines.length).toBe(Math.floor(stdout.trim().split('\n').length / 3));
    expect({ stdout, stderr: '', status }).toEqual(await runMain([...ARCHIVE, ...flags], NOW, { env: {} }));
  });

  it('says nothing with --quiet, and nothing when a run ends in an error', async () => {
    expect((await slowly(['--format', 'ndjson', '--quiet'])).stderr).toBe('');
    const clock = new FakeClock();
    const { status } = await runMain([...ARCHIVE, '--report', `json=${temporaryFolder()}`], NOW, { clock });
    expect(status).toBe(64);
    expect(clock.waiting).toBe(0);
  });
});
