import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Report } from '../../../src/core/report/report.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { startServer } from '../../support/aws/server.js';
import { digestAt, type ForgedChain, forgeChain, logAt } from '../../support/forge/forge.js';
import { LAUNCHER, launch, launchEnvironment } from '../../support/run/launch.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { deleteObject, modifyLog, stripMetadata } from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';
import { writeArchive, writeKeySnapshot } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T00:01:31Z');
const HOURS = 4;
const NOW = START + (HOURS + 1) * HOUR;
const BUCKET = 'acme-trails';
const ACCOUNT = '111122223333';
const ESCAPE = '\u001b';

const temporaryFolder = temporaryFolders();
let folder: string;
let keys: string;
beforeEach(() => {
  setThrowawayCredentials();
  folder = path.join(temporaryFolder(), 'archive');
  keys = path.join(folder, '..', 'keys.json');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

interface Forged {
  readonly world: World;
  readonly main: ForgedChain;
}

/** Two trails, one of them in two regions. */
function forge(prefix?: string): Forged {
  const world = emptyWorld();
  const place = {
    bucket: BUCKET,
    homeRegion: 'us-east-1',
    accountId: ACCOUNT,
    ...(prefix !== undefined && { prefix }),
  };
  const times = { start: START, hours: HOURS, logsPerHour: 2 };
  const main = forgeChain(world, { ...place, ...times, region: 'us-east-1', trailName: 'main' });
  forgeChain(world, { ...place, ...times, region: 'eu-west-1', trailName: 'main' });
  forgeChain(world, { ...place, ...times, region: 'us-east-1', trailName: 'other', seed: 'other' });
  return { world, main };
}

async function writeDown(tamper: (forged: Forged) => void = () => {}, forged = forge()): Promise<Forged> {
  tamper(forged);
  await writeArchive(forged.world, folder, { layout: 'flat', sidecars: true });
  await writeKeySnapshot(forged.world, keys);
  return forged;
}

const verify = (flags: readonly string[] = [], terminal?: Parameters<typeof runMain>[2]) =>
  runMain(['verify', folder, '--keys', keys, ...flags], NOW, terminal);

const reportOf = async (flags: readonly string[]): Promise<Report> =>
  JSON.parse((await verify([...flags, '--format', 'json'])).stdout) as Report;

it.each([
  [
    ['-o', 'FILE'],
    ['--output', 'FILE'],
  ],
  [['-q'], ['--quiet']],
  [['-v'], ['--verbose']],
])('%j is short for %j', async (short, long) => {
  await writeDown();
  const outputs = await Promise.all(
    [short, long].map(async (flags, index) => {
      const file = path.join(folder, '..', `report-${index}.txt`);
      const result = await verify(flags.map((flag) => (flag === 'FILE' ? file : flag)));
      return { ...result, written: flags.includes('FILE') && readFileSync(file, 'utf8') };
    }),
  );
  expect(outputs[0]).toEqual(outputs[1]);
  expect(outputs[0]?.status).toBe(0);
});

describe('the exit status', () => {
  it('is 0 when everything is verified', async () => {
    await writeDown();
    const { status, stdout, stderr } = await verify();
    expect(stdout).toMatch(/^VERIFIED: 12 digests and 24 logs/m);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('is 1 when one log is not what it was', async () => {
    await writeDown(({ world, main }) => modifyLog(world, logAt(main, 1, 0).ref));
    const { status, stdout } = await verify();
    expect(stdout).toMatch(/^FAILED: /m);
    expect(stdout).toMatch(/log-modified/);
    expect(status).toBe(1);
  });

  it('is 2 when something could not be checked', async () => {
    await writeDown(({ world, main }) => stripMetadata(world, digestAt(main, -1).ref));
    const { status, stdout } = await verify();
    expect(stdout).toMatch(/^UNDETERMINED: /m);
    expect(status).toBe(2);
  });

  it('is 1 when something failed and something else could not be checked', async () => {
    await writeDown(({ world, main }) => {
      stripMetadata(world, digestAt(main, -1).ref);
      deleteObject(world, logAt(main, 0, 0).ref);
    });
    expect((await verify()).status).toBe(1);
  });

  it('is 2 when there is nothing to check', async () => {
    await writeDown();
    const empty = temporaryFolder();
    const { status, stdout } = await runMain(['verify', empty, '--keys', keys], NOW);
    expect(stdout).toMatch(/^UNDETERMINED: nothing was checked/m);
    expect(status).toBe(2);
  });

  it.each([
    ['--trail', 'mian', 'trail'],
    ['--account', '999999999999', 'account'],
    ['--region', 'ap-south-1', 'region'],
  ])('is 2 when %s names what is not there beside what is', async (flag, value, option) => {
    await writeDown();
    const there = { trail: 'main', account: ACCOUNT, region: 'us-east-1' }[option] ?? '';
    const report = await reportOf([flag, there, flag, value]);
    expect(report.findings).toMatchObject([{ code: 'selection-not-found', args: { option, value } }]);
    expect((await verify([flag, there, flag, value])).status).toBe(2);
    expect((await verify([flag, there])).status).toBe(0);
  });

  it.each([
    ['--trail', 'mian', 'trail'],
    ['--account', '999999999999', 'account'],
    ['--region', 'ap-south-1', 'region'],
  ])(
    'is 2 when %s names what is not there, and says so where nothing else is asked for',
    async (flag, value, option) => {
      await writeDown();
      const there = { trail: 'main', account: ACCOUNT, region: 'us-east-1' };
      const others = Object.entries(there).flatMap(([name, known]) => (name === option ? [] : [`--${name}`, known]));
      for (const asked of [
        [flag, value],
        [...others, flag, value],
      ]) {
        const { findings } = await reportOf(asked);
        expect(findings).toMatchObject([{ code: 'selection-not-found', args: { option, value } }]);
      }
      expect((await verify([flag, value])).status).toBe(2);
    },
  );

  it.each(['--trail', '--account', '--region'])('is 64 when %s names nothing', async (flag) => {
    await writeDown();
    expect((await verify([flag, ''])).status).toBe(64);
  });

  it('is that of the run in a process of its own', async () => {
    const { world, main } = await writeDown();
    expect(await launch(['verify', folder, '--keys', keys])).toMatchObject({ status: 0, stderr: '' });
    modifyLog(world, logAt(main, 1, 0).ref);
    await writeArchive(world, folder, { layout: 'flat', sidecars: true });
    expect(await launch(['verify', folder, '--keys', keys])).toMatchObject({ status: 1, stderr: '' });
    const other = path.join(folder, '..', 'other.json');
    writeFileSync(other, readFileSync(keys, 'utf8').replaceAll(/"region": ".+"/g, '"region": "us-west-1"'));
    expect(await launch(['verify', folder, '--keys', other])).toMatchObject({ status: 2, stderr: '' });
  });
});

describe('flags', () => {
  it('select accounts, regions and trails, each several times', async () => {
    await writeDown();
    const chains = async (...flags: string[]) =>
      (await reportOf(flags)).chains.map(({ chain }) => `${chain.trailName} ${chain.region}`);
    expect(await chains()).toEqual(['main eu-west-1', 'main us-east-1', 'other us-east-1']);
    expect(await chains('--region', 'us-east-1')).toEqual(['main us-east-1', 'other us-east-1']);
    expect(await chains('--trail', 'main', '--region', 'us-east-1')).toEqual(['main us-east-1']);
    expect(await chains('--region', 'us-east-1', '--region=eu-west-1', '--account', ACCOUNT)).toHaveLength(3);
    expect(await chains('--trail', 'main', '--trail', 'other')).toHaveLength(3);
  });

  it('take keys from several files', async () => {
    const { world } = await writeDown();
    const part = (name: string) => path.join(folder, '..', `${name}.json`);
    for (const region of ['us-east-1', 'eu-west-1']) {
      const publicKeys = world.publicKeys.filter((key) => key.region === region);
      await writeKeySnapshot({ ...world, publicKeys }, part(region));
    }
    const args = ['verify', folder, '--keys', part('us-east-1')];
    expect((await runMain(args, NOW)).status).toBe(2);
    expect((await runMain([...args, '--keys', part('eu-west-1')], NOW)).status).toBe(0);
  });

  it('bound the time', async () => {
    await writeDown();
    const { chains, request } = await reportOf(['--from', '2026-03-01T01:01:31Z', '--to', '2026-03-01T04:01:31+01:00']);
    expect(request).toMatchObject({ from: '2026-03-01T01:01:31Z', to: '2026-03-01T03:01:31Z' });
    for (const { digests, coverage } of chains) {
      expect(digests).toEqual({ verified: 2, failed: 0, undetermined: 0 });
      expect(coverage).toEqual([{ state: 'proven', start: '2026-03-01T01:01:31Z', end: '2026-03-01T03:01:31Z' }]);
    }
  });

  it('take times before now', async () => {
    await writeDown();
    const { request } = await reportOf(['--from', '-3h', '--to', 'now']);
    expect([request.from, request.to]).toEqual(['2026-03-01T02:01:31Z', '2026-03-01T05:01:31Z']);
  });
});

describe('what is written', () => {
  it('names every file with --verbose, and only then', async () => {
    const { world } = await writeDown();
    const keysOfWorld = [...(world.buckets.get(BUCKET)?.keys() ?? [])];
    expect(keysOfWorld.length).toBe(36);
    const verbose = (await verify(['--verbose'])).stdout;
    const plain = (await verify()).stdout;
    for (const key of keysOfWorld) {
      expect(verbose).toContain(`s3://${BUCKET}/${key}\n`);
      expect(plain).not.toContain(key);
    }
  });

  it('is nothing with --quiet when all is well', async () => {
    await writeDown();
    expect(await verify(['--quiet'])).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('is what is wrong with --quiet', async () => {
    const { main } = await writeDown(({ world, main }) => modifyLog(world, logAt(main, 1, 0).ref));
    const { stdout, status } = await verify(['--quiet']);
    expect(stdout).toMatch(/^FAILED +log-modified .+\n(?:.*\n)+FAILED: /);
    expect(stdout).toContain(logAt(main, 1, 0).ref.key);
    expect(stdout).not.toContain(logAt(main, 0, 0).ref.key);
    expect(status).toBe(1);
  });

  it('is one JSON document, or one JSON object to a line', async () => {
    await writeDown(({ world, main }) => modifyLog(world, logAt(main, 1, 0).ref));
    const report = await reportOf([]);
    expect(report).toMatchObject({ format: 'trailproof-report', outcome: 'failed', totals: { logs: { failed: 1 } } });
    const { stdout, status } = await verify(['--format', 'ndjson']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; outcome?: string });
    expect(lines.map(({ type }) => type).filter((type) => type !== 'log' && type !== 'digest')).toEqual([
      'run',
      'chain',
      'chain',
      'chain',
      'summary',
    ]);
    expect(lines.at(-1)).toMatchObject({ outcome: 'failed' });
    expect(lines.filter(({ type }) => type === 'log')).toHaveLength(24);
    expect(status).toBe(1);
  });

  it.each([
    ['a terminal', { isTTY: true, env: { TERM: 'xterm' } }, true],
    ['a pipe', { isTTY: false, env: { TERM: 'xterm' } }, false],
    ['a terminal and NO_COLOR', { isTTY: true, env: { TERM: 'xterm', NO_COLOR: '1' } }, false],
    ['a terminal and an empty NO_COLOR', { isTTY: true, env: { TERM: 'xterm', NO_COLOR: '' } }, true],
    ['a dumb terminal', { isTTY: true, env: { TERM: 'dumb' } }, false],
  ])('is coloured for %s as it should be', async (_, terminal, isColored) => {
    await writeDown();
    expect((await verify([], terminal)).stdout.includes(ESCAPE)).toBe(isColored);
    for (const format of ['json', 'ndjson'])
      expect((await verify(['--format', format], terminal)).stdout).not.toContain(ESCAPE);
  });

  it('differs by nothing but colour on a terminal', async () => {
    await writeDown(({ world, main }) => modifyLog(world, logAt(main, 1, 0).ref));
    const colored = (await verify([], { isTTY: true, env: {} })).stdout;
    const withoutColor = colored
      .split(ESCAPE)
      .map((part, index) => (index === 0 ? part : part.replace(/^\[[\d;]*m/, '')));
    expect(withoutColor.join('')).toBe((await verify()).stdout);
  });

  it('escapes whatever names from the bucket would do to a terminal', async () => {
    const prefix = `${ESCAPE}[2J${ESCAPE}]0;owned\u0007/\u202egnp.exe/\u0085x\r\b`;
    const forged = forge(prefix);
    modifyLog(forged.world, logAt(forged.main, 1, 0).ref);
    await writeKeySnapshot(forged.world, keys);
    const server = await startServer(forged.world);
    const args = ['verify', `s3://${BUCKET}`, '--keys', keys, '--endpoint-url', server.url];
    try {
      for (const format of ['text', 'json', 'ndjson']) {
        const { stdout, status } = await runMain([...args, '--format', format], NOW);
        expect(status).toBe(1);
        expect(stdout, format).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
        if (format === 'text')
          expect(stdout).toContain('\\u{1b}[2J\\u{1b}]0;owned\\u{7}/\\u{202e}gnp.exe/\\u{85}x\\u{d}\\u{8}');
        else expect(stdout).toContain('\\u001b[2J');
      }
    } finally {
      await server.close();
    }
  });
});

describe('--output', () => {
  it('takes the report, and leaves standard output empty', async () => {
    await writeDown();
    const { stdout } = await verify(['--format', 'json']);
    const file = path.join(folder, '..', 'report.json');
    writeFileSync(file, 'an older report');
    expect(await verify(['--format', 'json', '--output', file])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(file, 'utf8')).toBe(stdout);
    expect(readdirSync(path.dirname(file)).sort()).toEqual(['archive', 'keys.json', 'report.json']);
  });

  it('is never coloured', async () => {
    await writeDown();
    const file = path.join(folder, '..', 'report.txt');
    await verify(['--output', file], { isTTY: true, env: {} });
    expect(readFileSync(file, 'utf8')).not.toContain(ESCAPE);
  });

  it('keeps an older report when the run comes to no end', async () => {
    const { world } = await writeDown();
    const file = path.join(folder, '..', 'report.txt');
    writeFileSync(file, 'an older report');
    const server = await startServer(world, {
      fault: ({ operation }) =>
        operation === 'GetObject' ? { status: 400, errorCode: 'ExpiredToken', message: 'It has expired.' } : undefined,
    });
    const args = ['verify', `s3://${BUCKET}`, '--keys', keys, '--endpoint-url', server.url, '--output', file];
    const { status, stderr } = await runMain(args, NOW);
    await server.close();
    expect(stderr).toMatch(/ExpiredToken/);
    expect(status).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe('an older report');
    expect(readdirSync(path.dirname(file)).sort()).toEqual(['archive', 'keys.json', 'report.txt']);
  });
});

describe('with keys from AWS', () => {
  it('asks CloudTrail for them', async () => {
    const { world } = await writeDown();
    const server = await startServer(world);
    const args = ['verify', folder, '--endpoint-url', server.url];
    const { status, stdout } = await runMain(args, NOW);
    await server.close();
    expect(stdout).toMatch(/^VERIFIED: /m);
    expect(status).toBe(0);
    expect(new Set(server.requests.map(({ operation }) => operation))).toEqual(new Set(['ListPublicKeys']));
    expect(new Set(server.requests.map(({ region }) => region))).toEqual(new Set(['us-east-1', 'eu-west-1']));
  });

  it('leaves a region undetermined that refuses them, and no other', async () => {
    const { world } = await writeDown();
    const server = await startServer(world, { fault: ({ region }) => (region === 'eu-west-1' ? 'deny' : undefined) });
    const args = ['verify', folder, '--endpoint-url', server.url, '--format', 'json'];
    const { status, stdout } = await runMain(args, NOW);
    await server.close();
    const { chains } = JSON.parse(stdout) as Report;
    expect(chains.map(({ outcome }) => outcome)).toEqual(['undetermined', 'verified', 'verified']);
    expect(status).toBe(2);
  });
});

describe('a process of its own', () => {
  it.each(['head -n 1', ':'])('ends quietly when nobody reads on: | %s', async (reader) => {
    await writeDown();
    const command = `'${process.execPath}' '${LAUNCHER}' verify '${folder}' --keys '${keys}' --verbose --format ndjson`;
    const stderr = await new Promise<string>((resolve) => {
      execFile('/bin/sh', ['-c', `${command} | ${reader}`], { env: launchEnvironment() }, (_error, _out, err) =>
        resolve(err),
      );
    });
    expect(stderr).toBe('');
  });

  it('writes all of a long report before it ends', async () => {
    await writeDown();
    const { stdout } = await launch(['verify', folder, '--keys', keys, '--format', 'ndjson']);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^\{"type":"summary"/);
  });
});
