import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { toLogKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { startServer } from '../../support/aws/server.js';
import { digestAt, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { runMain } from '../../support/run/run-main.js';
import { scenario } from '../../support/run/scenario.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { TAILS } from '../../support/tamper/corrupt-gzip.js';
import { appendToObject, modifyLog, replaceObject, swapObjects } from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { inVersions } from '../../support/worlds/versions.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';
import { writeKeySnapshot } from '../../support/worlds/write-world.js';

/*
 * What somebody with write access to the bucket can try, one test for each row of the README's table that is about
 * objects: what is found, about which object, and nothing else.
 */

const START = Date.parse('2026-03-01T20:29:23Z');
const HOURS = 6;
const MIB = 2 ** 20;
const TRAIL: ForgeOptions = {
  ...MAIN_TRAIL,
  start: START,
  hours: HOURS,
  logsPerHour: 2,
};

const temporaryFolder = temporaryFolders();
beforeEach(setThrowawayCredentials);
afterEach(() => {
  vi.unstubAllEnvs();
});

const verifyAfter = scenario(
  () => {
    const world = emptyWorld();
    const chain = forgeChain(world, TRAIL);
    return { world, chain, digest: digestAt(chain, 3).ref, log: logAt(chain, 3, 0).ref };
  },
  { from: START, to: START + HOURS * HOUR, now: START + (HOURS + 1) * HOUR, auditUnreferenced: true },
);

/** What is said when a digest is no evidence any more: its hour and the logs of it, besides the digest itself. */
const lostWith = (codes: readonly string[], logs: readonly { readonly ref: ObjectRef }[], digest: ObjectRef) => [
  ...codes.map((code) => [code, digest.key]),
  ['chain-interval-lost', 'chain'],
  ...logs.map(({ ref }) => ['log-unaccounted', ref.key]),
];

it('a changed log is log-modified, with both hashes', async () => {
  const { said, findings, outcome, chain, log } = await verifyAfter(({ world, log }) => modifyLog(world, log));
  expect(said).toEqual([['log-modified', log.key]]);
  expect(findings[0]?.args).toEqual({
    expected: logAt(chain, 3, 0).sha256,
    actual: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(outcome).toBe('failed');
});

it.each(Object.keys(TAILS) as (keyof typeof TAILS)[])(
  'a log with %s behind it is log-gzip-trailing-data',
  async (tail) => {
    const { said, outcome, log } = await verifyAfter(({ world, log }) => appendToObject(world, log, TAILS[tail]));
    expect(said).toEqual([['log-gzip-trailing-data', log.key]]);
    expect(outcome).toBe('failed');
  },
);

it('a planted log is log-unreferenced', async () => {
  const { accountId, region, bucket } = TRAIL;
  const uniqueId = 'Planted0Planted0';
  const key = toLogKey({ prefix: '', accountId, region, kind: 'CloudTrail', time: START + 3 * HOUR, uniqueId });
  const { said, outcome } = await verifyAfter(({ world }) =>
    putObject(world, bucket, key, { body: gzipSync('{"Records":[]}'), metadata: {} }),
  );
  expect(said).toEqual([['log-unreferenced', key]]);
  expect(outcome).toBe('failed');
});

it('two digests that were swapped are digest-moved, and their hours are chain-interval-lost', async () => {
  const { said, outcome, chain } = await verifyAfter(({ world, chain }) =>
    swapObjects(world, digestAt(chain, 2).ref, digestAt(chain, 3).ref),
  );
  const [older, newer] = [digestAt(chain, 2), digestAt(chain, 3)];
  const moved = [newer, older].flatMap(({ ref }) => [
    ['digest-moved', ref.key],
    ...(ref === newer.ref ? [['digest-link-mismatch', ref.key]] : []),
  ]);
  expect(said.filter(([code]) => code?.startsWith('digest-'))).toEqual(moved);
  expect(said.filter(([code]) => code === 'chain-interval-lost')).toHaveLength(1);
  expect(said.filter(([code]) => code === 'log-unaccounted')).toHaveLength(4);
  expect(outcome).toBe('failed');
});

it('a log overwritten in a versioned bucket is log-modified, and log-recovered by the version that still matches', async () => {
  const { said, findings, outcome, log } = await verifyAfter(
    ({ world, log }) => inVersions(world, log, START + 50 * HOUR, () => modifyLog(world, log)),
    { useVersions: true },
  );
  expect(said).toEqual([
    ['log-modified', log.key],
    ['log-recovered', log.key],
  ]);
  expect(findings[1]?.args).toMatchObject({ versionId: 'first', act: 'overwritten' });
  expect(outcome).toBe('failed');
});

it('a gzip bomb in the place of a log is log-modified, and digest-too-large in the place of a digest', async () => {
  const bomb = gzipSync(new Uint8Array(160 * MIB), { level: 1 });
  const { said, findings, outcome, chain, log } = await verifyAfter(({ world, chain, log }) => {
    replaceObject(world, log, bomb);
    replaceObject(world, digestAt(chain, 1).ref, bomb);
  });
  const { ref, logs } = digestAt(chain, 1);
  expect(said.slice(0, 2)).toEqual([
    ['log-modified', log.key],
    ['digest-too-large', ref.key],
  ]);
  expect(findings[1]?.args).toEqual({ measure: 'inflated', limit: 128 * MIB });
  expect(said.slice(2).map(([code]) => code)).toEqual([
    'chain-interval-undetermined',
    ...logs.map(() => 'log-unaccounted'),
  ]);
  expect(outcome).toBe('failed');
});

it('a line of 100 MB in the place of a log is log-modified, and digest-not-json in the place of a digest', async () => {
  const line = gzipSync(Buffer.concat([Buffer.from('{"Records":["'), Buffer.alloc(100_000_000, 'x')]), { level: 1 });
  const { said, outcome, chain, log } = await verifyAfter(({ world, chain, log }) => {
    replaceObject(world, log, line);
    replaceObject(world, digestAt(chain, 1).ref, line);
  });
  const { ref, logs } = digestAt(chain, 1);
  expect(said).toEqual([
    ['log-modified', log.key],
    ...lostWith(['digest-not-json', 'digest-link-mismatch'], [...logs].sort(byKey), ref),
  ]);
  expect(outcome).toBe('failed');
});

it('keys with ../ or terminal escapes are object-key-unsafe, escaped, and nothing is written for them', async () => {
  const names = ['../../../../../tmp/x.json.gz', '\u001b]0;owned\u0007\u001b[2J.json.gz', 'a\u202egz.json.gz'];
  const { codes, outcome, world } = await verifyAfter(({ world, digest, log }) => {
    for (const { key } of [digest, log]) {
      const folder = key.slice(0, key.lastIndexOf('/') + 1);
      for (const name of names) putObject(world, TRAIL.bucket, folder + name, { body: Buffer.from('x'), metadata: {} });
    }
  });
  expect([...codes].sort()).toEqual([
    ...names.map(() => 'digest-key-unrecognised'),
    ...names.map(() => 'log-unreferenced'),
    ...['digest', 'log'].flatMap(() => names.slice(0, 2).map(() => 'object-key-unsafe')),
  ]);
  expect(outcome).toBe('failed');
  expect((await textOverS3(world)).replaceAll('\n', '')).not.toMatch(/[\p{Control}\u202e]/u);
});

const byKey = (a: { readonly ref: ObjectRef }, b: { readonly ref: ObjectRef }): number =>
  a.ref.key < b.ref.key ? -1 : 1;

async function textOverS3(world: World): Promise<string> {
  const keys = path.join(temporaryFolder(), 'keys.json');
  await writeKeySnapshot(world, keys);
  const server = await startServer(world);
  const flags = ['--keys', keys, '--endpoint-url', server.url, '--audit-unreferenced'];
  const { stdout, stderr } = await runMain(['verify', `s3://${TRAIL.bucket}`, ...flags], START + 7 * HOUR).finally(
    server.close,
  );
  expect(stdout).toContain('object-key-unsafe');
  return stdout + stderr;
}
