import { afterEach, describe, expect, it, vi } from 'vitest';
import { localStore } from '../../../src/adapters/local/local-store.js';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { type LogKind, toLogKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { DAY, formatDateFolder, HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import { ListingError, type ObjectStore } from '../../../src/ports/object-store.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { openS3OverServer } from '../../support/aws/s3-over-server.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { type Run, type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { copyObject, deleteObject, rewriteDigest } from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';
import { writeArchive } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const HOURS = 12;
const END = START + HOURS * HOUR;
const TRAIL: ForgeOptions = {
  ...MAIN_TRAIL,
  start: START,
  hours: HOURS,
  logsPerHour: 4,
};
const JUST_DELIVERED = END + 40 * MINUTE;

afterEach(() => {
  vi.unstubAllEnvs();
});

function archive(options: Partial<ForgeOptions> = {}): { world: World; chain: ForgedChain } {
  const world = emptyWorld();
  return { world, chain: forgeChain(world, { ...TRAIL, ...options }) };
}

/** Puts a log that CloudTrail never delivered under a name that it could have given. */
function plant(world: World, time: Instant, part: { kind?: LogKind; id?: string; bucket?: string } = {}): ObjectRef {
  const { kind = 'CloudTrail', id = 'Planted0Planted0', bucket = TRAIL.bucket } = part;
  const { accountId, region } = TRAIL;
  return put(world, toLogKey({ prefix: '', accountId, region, kind, time, uniqueId: id }), bucket);
}

function put(world: World, key: string, bucket = TRAIL.bucket): ObjectRef {
  putObject(world, bucket, key, { body: new Uint8Array([1]), metadata: {} });
  return { bucket, key };
}

const folderOf = ({ key }: ObjectRef): string => key.slice(0, key.lastIndexOf('/') + 1);
const audit = (world: World, options: RunOptions = {}): Promise<Run> =>
  verifyWorld(world, { auditUnreferenced: true, now: JUST_DELIVERED, ...options });
const temporaryFolder = temporaryFolders();
/** The world as a copy in a folder. */
async function onDisk(world: World): Promise<ObjectStore> {
  const folder = temporaryFolder();
  await writeArchive(world, folder, { layout: 'buckets', sidecars: true });
  return localStore(folder);
}

const said = ({ findings }: Run) =>
  findings.map(({ code, subject }) => [code, 'key' in subject ? subject.key : subject.type]);

describe('an archive that nobody touched', () => {
  it.each<[string, Partial<ForgeOptions>, RunOptions]>([
    ['whole', {}, {}],
    ['with logs of every kind', { logKinds: ['CloudTrail', 'CloudTrail-Insight', 'CloudTrail-NetworkActivity'] }, {}],
    ['with logs in another bucket', { logBucket: 'acme-logs' }, {}],
    ['below a prefix', { prefix: 'audit/x', organizationId: 'o-exampleorgid' }, {}],
    ['in part', {}, { from: START + 3 * HOUR, to: START + 7 * HOUR + 11 * MINUTE }],
    ['in a part within an hour', {}, { from: START + 3 * HOUR + 20 * MINUTE, to: START + 3 * HOUR + 25 * MINUTE }],
    ['many logs', { logsPerHour: 60 }, { from: START + 90 * MINUTE, to: START + 300 * MINUTE }],
  ])('has nothing strange in it: %s', async (_, forge, options) => {
    const { world } = archive(forge);
    const { findings, outcome } = await audit(world, { ...options });
    expect(findings).toEqual([]);
    expect(outcome).toBe('verified');
  });

  it('nor when logs came after the newest digest, as they always do', async () => {
    const { world } = archive();
    plant(world, END + 5 * MINUTE);
    plant(world, END + 35 * MINUTE);
    expect((await audit(world)).findings).toEqual([]);
    expect((await audit(world, { from: START, to: END + 10 * MINUTE })).findings).toEqual([]);
  });

  it('nor when trails share a folder, also when one of them is asked for', async () => {
    const { world } = archive();
    forgeChain(world, { ...TRAIL, trailName: 'other', seed: 'other', start: START + 17 * MINUTE });
    forgeChain(world, { ...TRAIL, kind: 'backfill', seed: 'late' });
    expect((await audit(world)).findings).toEqual([]);
    const run = await audit(world, { trails: ['main'] });
    expect(run.findings).toEqual([]);
    expect(run.summary.totals.digests.verified).toBe(2 * HOURS);
  });

  it('nor when the trail moved to another bucket', async () => {
    const { world, chain } = archive({ hours: 6 });
    const rest = { start: START + 6 * HOUR, hours: 6, bucket: 'acme-new', previous: digestAt(chain, -1) };
    forgeChain(world, { ...TRAIL, ...rest });
    expect((await audit(world)).findings).toEqual([]);
  });
});

describe('a log that no digest lists', () => {
  it('is not looked for unless asked', async () => {
    const { world } = archive();
    plant(world, START + 5 * HOUR);
    expect((await audit(world, { auditUnreferenced: false })).findings).toEqual([]);
  });

  it('fails the run where the digests of its time are verified, at any minute', async () => {
    for (let minute = 70; minute < (HOURS - 1) * 60; minute += 35) {
      const { world } = archive({ logsPerHour: 1 });
      const ref = plant(world, START + minute * MINUTE);
      const run = await audit(world);
      expect(said(run)).toEqual([['log-unreferenced', ref.key]]);
      expect(run.outcome).toBe('failed');
    }
  });

  it('is found by one of two runs that share an hour, wherever it lies between them', async () => {
    const middle = START + 6 * HOUR + 30 * MINUTE;
    for (let minute = -70; minute <= 70; minute += 5) {
      const { world } = archive({ logsPerHour: 1 });
      plant(world, middle + minute * MINUTE);
      const runs = [await audit(world, { from: START, to: middle }), await audit(world, { from: middle, to: END })];
      expect(runs.map(({ outcome }) => outcome)).toContain('failed');
    }
  });

  it('is undetermined where digests of its time are lost', async () => {
    const { world, chain } = archive();
    deleteObject(world, digestAt(chain, 5).ref);
    const run = await audit(world);
    const unaccounted = run.findings.filter(({ code }) => code === 'log-unaccounted');
    expect(unaccounted.map(({ subject }) => 'key' in subject && subject.key).sort()).toEqual(
      digestAt(chain, 5)
        .logs.map(({ ref }) => ref.key)
        .sort(),
    );
    expect(unaccounted[0]?.args).toEqual({ ...digestAt(chain, 5).interval, state: 'lost' });
    expect(run.findings.some(({ code }) => code === 'log-unreferenced')).toBe(false);
  });

  it('is undetermined where digests of its time cannot be verified', async () => {
    const { world, chain } = archive();
    rewriteDigest(world, digestAt(chain, 5).ref, (document) => document.logFiles.pop());
    const codes = said(await audit(world)).map(([code]) => code);
    expect(codes.filter((code) => code === 'log-unaccounted')).toHaveLength(4);
    expect(codes).not.toContain('log-unreferenced');
  });

  it('is undetermined where the newest digest cannot be verified, though a newer one might list it', async () => {
    const { world, chain } = archive();
    rewriteDigest(world, digestAt(chain, -1).ref, (document) => document.logFiles.pop());
    const found = said(await audit(world, { now: END + 6 * HOUR })).filter(([code]) => code?.startsWith('log-'));
    const logs = digestAt(chain, -1).logs.map(({ ref }) => ['log-unaccounted', ref.key]);
    expect(found.sort()).toEqual(logs.sort());
  });

  it('is a warning inside a gap, with the interval of the gap', async () => {
    const { world } = archive({ hours: 4 });
    forgeChain(world, { ...TRAIL, start: START + 8 * HOUR, hours: 4 });
    const ref = plant(world, START + 6 * HOUR);
    const run = await audit(world);
    expect(said(run)).toEqual([
      ['chain-gap', 'chain'],
      ['log-in-gap', ref.key],
    ]);
    expect(run.findings[1]?.args).toEqual({ start: START + 4 * HOUR, end: START + 9 * HOUR });
    expect(run.outcome).toBe('undetermined');
  });

  it('is a warning after the newest digest, once a digest should have come', async () => {
    const { world } = archive();
    const ref = plant(world, END + 20 * MINUTE);
    const time = END + 20 * MINUTE;
    expect((await audit(world, { now: time + 119 * MINUTE })).findings).toEqual([]);
    const run = await audit(world, { now: time + 2 * HOUR });
    expect(run.findings.filter(({ code }) => code === 'log-pending')).toMatchObject([
      { subject: ref, args: { start: END } },
    ]);
  });

  it('is one remark with all others where it is older than every digest', async () => {
    const { world } = archive();
    const refs = [30, 20, 10].map((hours) => plant(world, START - hours * HOUR));
    const run = await audit(world);
    const [first] = refs;
    expect(run.findings).toMatchObject([
      { code: 'folder-logs-unvouched', args: { reason: 'before-oldest-digest', count: 3, example: first } },
    ]);
    expect(run.outcome).toBe('verified');
  });

  it('is one remark with all others of a kind that no digest mentions', async () => {
    const { world } = archive();
    for (let log = 0; log < 50; log += 1) {
      plant(world, START + (2 + (log % 8)) * HOUR, { kind: 'CloudTrail-NetworkActivity', id: `${1e15 + log}` });
    }
    const run = await audit(world);
    expect(run.findings).toMatchObject([
      { code: 'folder-logs-unvouched', args: { reason: 'kind-never-mentioned', count: 50 } },
    ]);
  });

  it('is planted in a folder whose digests list nothing at all', async () => {
    const { world } = archive({ logsPerHour: 0 });
    const ref = plant(world, START + 5 * HOUR);
    expect(said(await audit(world))).toEqual([['log-unreferenced', ref.key]]);
  });

  it('is planted in the folder that a trail has left', async () => {
    const { world, chain } = archive({ hours: 6 });
    const rest = { start: START + 6 * HOUR, hours: 6, bucket: 'acme-new', previous: digestAt(chain, -1) };
    forgeChain(world, { ...TRAIL, ...rest });
    const ref = plant(world, START + 9 * HOUR);
    expect(said(await audit(world))).toEqual([['log-unreferenced', ref.key]]);
  });

  it('is not excused by a trail that has ended long ago, and excused by one whose digest is due', async () => {
    for (const [hours, codes] of [
      [4, [['log-unreferenced']]],
      [11, []],
    ] as const) {
      const { world } = archive();
      forgeChain(world, { ...TRAIL, trailName: 'other', seed: 'other', hours });
      plant(world, START + 10 * HOUR + 45 * MINUTE);
      const run = await audit(world);
      expect(said(run).map(([code]) => [code])).toEqual(codes);
    }
  });
});

describe('keys that CloudTrail does not write', () => {
  it('are planted logs where they look like logs, and a warning where they do not', async () => {
    const { world, chain } = archive();
    const folder = folderOf(logAt(chain, 5, 0).ref);
    const region = folder.slice(0, -'2026/03/02/'.length);
    const logs = [`${folder}extra.json.gz`, `${region}1_${'x'.repeat(3)}.JSON`, `${folder}deeper/still.gz`];
    const others = [`${folder}notes.txt`, `${region}z-behind-all-years`, `${region}!before-all-years`];
    for (const year of ['2020', '2026', '2031'])
      for (const place of ['', '/02', '/03', '/04', '/13', '/03/32', '/3', '/03/1', '/0a/01', '/02/xx'])
        for (const name of ['!', '0', '01', '31', '9', '~'].map((start) => `${start}evil.gz`))
          logs.push(`${region}${year}${place}/${name}`);
    logs.push(`${folder}evil.metadata.json`, `${folder}evil.gz.metadata.json`);
    logs.push(`${region}9/evil.gz`, `${region}2026.gz`, `${region}2026/030.gz`, `${region}2026/03/020.gz`);
    logs.push(`${region}2026/02/29/evil.gz`, `${region}20260302/evil.gz`, `${region}x/2026/03/02/evil.gz`);
    for (const key of [...logs, ...others]) put(world, key);
    for (const options of [{}, { from: START + 4 * HOUR, to: START + 6 * HOUR }]) {
      const expected = [
        ...logs.map((key) => ['log-unreferenced', key]),
        ...others.map((key) => ['log-key-unrecognised', key]),
      ];
      expect(said(await audit(world, options)).sort()).toEqual(expected.sort());
      const inFolder = said(
        await audit(world, { ...options, store: await onDisk(world), sources: [{ bucket: '', prefix: '' }] }),
      );
      expect(inFolder.sort()).toEqual(expected);
    }
  });

  it('are not looked for on other days', async () => {
    const { world, chain } = archive({ hours: 80 });
    const { ref } = logAt(chain, 40, 0);
    const keys = [-5, -2, 2, 5].map((days) =>
      ref.key.replace(/\d{4}\/\d{2}\/\d{2}\/.*/, `${formatDateFolder(START + 40 * HOUR + days * DAY)}/stray.gz`),
    );
    for (const key of keys) put(world, key);
    const options = { from: START + 40 * HOUR, to: START + 41 * HOUR, now: START + 81 * HOUR };
    expect((await audit(world, options)).findings).toEqual([]);
  });

  it.each([
    ['parent-folder', '../../../../etc/cron.d/x'],
    ['parent-folder', './x'],
    ['empty-step', '/etc/passwd'],
    ['backslash', 'a\\..\\x'],
    ['control-character', 'x\u001b[2J'],
    ['reserved-name', 'NUL.txt'],
    ['reserved-name', 'x.'],
  ])('are named as unsafe: %s, %j', async (reason, name) => {
    const { world, chain } = archive();
    for (const ref of [digestAt(chain, 5).ref, logAt(chain, 5, 0).ref]) put(world, `${folderOf(ref)}${name}`);
    const unsafe = (await audit(world)).findings.filter(({ code }) => code === 'object-key-unsafe');
    expect(unsafe).toMatchObject([
      { subject: { type: 'digest' }, args: { reason } },
      { subject: { type: 'log' }, args: { reason } },
    ]);
  });

  it('are named where they differ from others in case alone, and the one that no digest lists is blamed', async () => {
    for (const change of [(key: string) => key.toUpperCase(), (key: string) => key.toLowerCase()]) {
      const { world, chain } = archive();
      const { ref } = logAt(chain, 5, 0);
      const twin = { ...ref, key: `${folderOf(ref)}${change(ref.key.slice(folderOf(ref).length))}` };
      copyObject(world, ref, twin);
      const run = await audit(world);
      expect(said(run).sort()).toEqual([
        ['log-unreferenced', twin.key],
        ['object-key-collides', twin.key],
      ]);
      expect(run.findings.find(({ code }) => code === 'object-key-collides')?.args).toEqual({ other: ref });
    }
  });

  it('are folders, too', async () => {
    const { world } = archive();
    forgeChain(world, { ...TRAIL, region: 'eu-west-1' });
    const base = 'AWSLogs/111122223333/';
    const odd = ['cloudtrail/', 'CloudTrail-Insights/', 'CloudTrail/US-EAST-1/', '../'].map((name) => `${base}${name}`);
    for (const folder of odd) put(world, `${folder}x`);
    put(world, `${base}Config/us-east-1/x`);
    put(world, `${base}CloudTrail-Lake/Query/x`);
    expect(said(await audit(world)).sort()).toEqual(odd.map((key) => ['folder-unrecognised', key]).sort());
  });
});

describe('the audit', () => {
  it('finds the same over S3, in the same order, however pages are cut', async () => {
    const { world, chain } = archive({ logKinds: ['CloudTrail', 'CloudTrail-Insight'] });
    for (const hour of [2, 5, 9]) plant(world, START + hour * HOUR, { id: `${1e15 + hour}` });
    put(world, `${folderOf(logAt(chain, 5, 0).ref)}../x.gz`);
    const inMemory = await audit(world);
    expect(inMemory.findings).toHaveLength(5);
    setThrowawayCredentials();
    const { store, close } = await openS3OverServer(world, { pageSize: 7 });
    const overS3 = await audit(world, { store }).finally(close);
    expect(overS3.events).toEqual(inMemory.events);
  });

  it('says once of a folder of digests that it may not be listed, though it is listed twice', async () => {
    const { world } = archive();
    const key = `AWSLogs/${TRAIL.accountId}/CloudTrail-Digest/${TRAIL.region}/`;
    const refusal = { errorCode: 'AccessDenied', message: 'no' };
    const store = memoryStore(world.buckets);
    const run = await audit(world, {
      store: {
        ...store,
        async *list(request) {
          if (request.prefix.startsWith(key))
            throw new ListingError({ ...request, prefix: key }, { status: 'denied', refusal });
          yield* store.list(request);
        },
      },
    });
    expect(said(run).filter(([code]) => code === 'folder-access-denied')).toEqual([['folder-access-denied', key]]);
  });

  it('says which folder may not be listed, and goes on', async () => {
    const { world } = archive({ logKinds: ['CloudTrail', 'CloudTrail-Insight'] });
    const ref = plant(world, START + 5 * HOUR, { kind: 'CloudTrail-Insight' });
    const store = memoryStore(world.buckets);
    const key = 'AWSLogs/111122223333/CloudTrail/us-east-1/';
    const refusal = { errorCode: 'AccessDenied', message: 'Access Denied' };
    const run = await audit(world, {
      store: {
        ...store,
        async *list(request) {
          if (request.prefix === key) throw new ListingError(request, { status: 'denied', refusal });
          yield* store.list(request);
        },
      },
    });
    expect(said(run)).toEqual([
      ['folder-access-denied', key],
      ['log-unreferenced', ref.key],
    ]);
  });
});
