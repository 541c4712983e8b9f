import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { type ChainId, formatChainId } from '../../../src/core/objects/chain-id.js';
import { ListingError, type ObjectStore, type Unlisted } from '../../../src/ports/object-store.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain } from '../../support/forge/forge.js';
import { type Run, verifyWorld } from '../../support/run/verify-world.js';
import { copyObject, deleteObject } from '../../support/tamper/tamper.js';
import { memoryVersions } from '../../support/worlds/memory-versions.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const BUCKET = 'acme-trails';
const TRAIL: ForgeOptions = {
  bucket: BUCKET,
  accountId: '111122223333',
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'main',
  start: START,
  hours: 2,
  logsPerHour: 1,
};
const OTHER_ACCOUNT = '444455556666';
const ORGANIZATION = 'o-exampleorgid';
const DENIED: Unlisted = { status: 'denied', refusal: { errorCode: 'AccessDenied', message: 'Access Denied' } };

function worldOf(...trails: Partial<ForgeOptions>[]): { world: World; chains: ForgedChain[] } {
  const world = emptyWorld();
  return { world, chains: trails.map((trail) => forgeChain(world, { ...TRAIL, ...trail })) };
}

/** The chains of a run, in its order. */
const chainsOf = ({ events }: Run): string[] =>
  events.flatMap((event) => (event.type === 'chain' ? [formatChainId(event.report.chain)] : []));
const idsOf = (chains: readonly { readonly id: ChainId }[]): string[] =>
  chains.map(({ id }) => formatChainId(id)).sort();
const codesOf = ({ findings }: Run): string[] => findings.map(({ code }) => code);
const from = (prefix: string) => ({ sources: [{ bucket: BUCKET, prefix }] });

/** The world's store, where some folders may not be listed. */
function storeDenying(world: World, folders: readonly string[], reason = DENIED): ObjectStore {
  const store = memoryStore(world.buckets);
  const refuse = (bucket: string, prefix: string) => {
    if (folders.includes(prefix)) throw new ListingError({ bucket, prefix }, reason);
  };
  return {
    ...store,
    async *list(request) {
      refuse(request.bucket, request.prefix);
      yield* store.list(request);
    },
    async listFolders(bucket, prefix) {
      refuse(bucket, prefix);
      return store.listFolders(bucket, prefix);
    },
  };
}

describe('trails are found', () => {
  it.each([
    '',
    'a',
    'a/b/c/d/e/f/g/h',
    'with space/ümlaut',
    'AWSLogsX',
    'x/AWSLogs2/y',
    'my-AWSLogs',
    // As a trail delivers whose prefix was given with a slash at its end, or at its beginning.
    'logs/',
    'logs//',
    '/logs',
    'a//b',
    '/',
  ])('below the prefix %j', async (prefix) => {
    const { world, chains } = worldOf(prefix === '' ? {} : { prefix });
    putObject(world, BUCKET, 'other/things/file', { body: new Uint8Array(1), metadata: {} });
    const run = await verifyWorld(world, from(''));
    expect(run.findings).toEqual([]);
    expect(chainsOf(run)).toEqual(idsOf(chains));
  });

  it('of organizations, of accounts, and of both under several prefixes', async () => {
    const { world, chains } = worldOf(
      {},
      { accountId: OTHER_ACCOUNT },
      { organizationId: ORGANIZATION, accountId: '777788889999', trailName: 'all' },
      { organizationId: ORGANIZATION, trailName: 'all' },
      { prefix: 'p', trailName: 'third', region: 'us-gov-west-1', homeRegion: 'us-gov-west-1' },
      { prefix: 'p/q', organizationId: ORGANIZATION, trailName: 'fourth', region: 'ap-northeast-3' },
    );
    const run = await verifyWorld(world, from(''));
    expect(run.findings).toEqual([]);
    expect(run.summary.totals.digests).toEqual({ verified: 12, failed: 0, undetermined: 0 });
    expect(chainsOf(run)).toEqual(idsOf(chains));
  });

  it('each once, though sources overlap', async () => {
    const { world, chains } = worldOf({}, { prefix: 'p', region: 'eu-west-1' });
    const odd = { bucket: BUCKET, key: `${digestAt(chains[1] ?? expect.fail(), 0).ref.key}.bak` };
    putObject(world, odd.bucket, odd.key, { body: new Uint8Array(1), metadata: {} });
    const sources = ['', 'p', 'p/', 'p/AWSLogs/', ''].map((prefix) => ({ bucket: BUCKET, prefix }));
    const run = await verifyWorld(world, { sources });
    expect(chainsOf(run)).toEqual(idsOf(chains));
    expect(run.findings).toMatchObject([{ code: 'digest-key-unrecognised', subject: odd }]);
    expect(run.summary.totals.digests).toEqual({ verified: 4, failed: 0, undetermined: 0 });
  });

  it('several in one folder, with names that begin and end alike', async () => {
    const names = ['main', 'main_', 'main_us-east-1', 'main_us-east-1_us-east-1', 'us-east-1_main', 'mai'];
    const { world, chains } = worldOf(...names.map((trailName) => ({ trailName })), { homeRegion: 'us-west-2' });
    const run = await verifyWorld(world, from(''));
    expect(run.findings).toEqual([]);
    expect(chainsOf(run)).toEqual(idsOf(chains));
    const one = await verifyWorld(world, { ...from(''), trails: ['main_us-east-1'] });
    expect(chainsOf(one)).toEqual(['111122223333/us-east-1/main_us-east-1/us-east-1/standard']);
  });

  it('not where folders only look like them', async () => {
    const { world } = worldOf({});
    const file = { body: new Uint8Array(1), metadata: {} };
    for (const key of [
      'AWSLogs/12345/Config/us-east-1/x',
      'AWSLogs/aws-account-id=999999999999/aws-service=vpcflowlogs/CloudTrail-Digest/us-east-1/x',
      'AWSLogs/999999999999/CloudTrail-Digest/nowhere/x',
      'AWSLogs/999999999999/CloudTrail-Digest copy/us-east-1/x',
      'AWSLogs/999999999999/Config/us-east-1/x',
      'awslogs/999999999999/Config/us-east-1/x',
      'CloudTrail-Digest/notes/x',
    ])
      putObject(world, BUCKET, key, file);
    const run = await verifyWorld(world, from(''));
    expect(run.findings).toEqual([]);
    expect(chainsOf(run)).toHaveLength(1);
  });

  it.each([
    ['', 'AWSLogs/ours'],
    ['', 'AWSLogs/ours/again'],
    ['AWSLogs/', 'AWSLogs/ours'],
    ['AWSLogs/ours/', 'AWSLogs/ours'],
    ['AWSLogs/ours/AWSLogs/', 'AWSLogs/ours'],
    ['AWSLogs/ours/AWSLogs/111122223333/', 'AWSLogs/ours'],
    ['AWSLogs/o-exampleorgid/', 'AWSLogs/o-exampleorgid/ours'],
  ])('from %j on, below the prefix %j, which has AWSLogs in it', async (source, prefix) => {
    const { world, chains } = worldOf({ prefix, trailName: 'ours' });
    forgeChain(world, { ...TRAIL, region: 'eu-west-1' });
    const run = await verifyWorld(world, from(source));
    expect(run.findings).toEqual([]);
    expect(chainsOf(run)).toEqual(expect.arrayContaining(idsOf(chains)));
  });
});

describe('digests where CloudTrail delivers none are folder-digests-misplaced', () => {
  const misplaced = 'folder-digests-misplaced';

  it.each([
    ['p/AWSLogs/12345/', 'AWSLogs/111122223333/'],
    ['p/AWSLogs/111122223333 /', 'AWSLogs/111122223333/'],
    ['p/AWSLogs/O-EXAMPLEORGID/', 'AWSLogs/'],
    ['p/AWSLogs/o-exampleorgid/', 'AWSLogs/111122223333/'],
    ['p/AWSLogs/o-exampleorgid/copy/', 'AWSLogs/'],
    ['p/AWSLogs/111122223333/cloudtrail-digest/', 'AWSLogs/111122223333/CloudTrail-Digest/'],
    ['p/AWSLogs/111122223333/CloudTrail-Digest /', 'AWSLogs/111122223333/CloudTrail-Digest/'],
    ['p/AWSLogs/111122223333/CloudTrail-Digest/US-EAST-1/', 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/'],
    ['p/AWSLogs/111122223333/CloudTrail-Digest/ us-east-1/', 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/'],
  ])('in a folder like %j, beside a trail that is as it was', async (to, renamed) => {
    const { world } = worldOf({});
    const other = emptyWorld();
    forgeChain(other, { ...TRAIL, trailName: 'renamed' });
    for (const [key, object] of other.buckets.get(BUCKET) ?? [])
      if (key.startsWith(renamed)) putObject(world, BUCKET, `${to}${key.slice(renamed.length)}`, object);
    const run = await verifyWorld(world, from(''));
    const args = { count: 1, example: { bucket: BUCKET, key: expect.stringContaining(to) } };
    expect(run.findings).toEqual([{ code: misplaced, subject: { type: 'folder', bucket: BUCKET, key: '' }, args }]);
    expect(run.outcome).toBe('undetermined');
  });

  it.each(['awslogs/', 'AWSLogs /', 'AWSLogs\u200b/', 'AWSLogs (1)/', '', 'p/'])(
    'in a folder like %j, whose digests say that they belong beside others, are folder-second-copy',
    async (to) => {
      const { world } = worldOf({});
      const other = emptyWorld();
      forgeChain(other, { ...TRAIL, trailName: 'renamed' });
      for (const [key, object] of other.buckets.get(BUCKET) ?? [])
        putObject(world, BUCKET, `${to}${key.slice('AWSLogs/'.length)}`, object);
      const run = await verifyWorld(world, from(''));
      const subject = { type: 'folder', bucket: BUCKET, key: `${to}111122223333/` };
      expect(run.findings).toMatchObject([{ code: 'folder-second-copy', subject }]);
      expect(run.outcome).toBe('undetermined');
    },
  );

  it('however many there are, in one finding', async () => {
    const { world } = worldOf({});
    for (let account = 0; account < 50; account += 1) {
      const key = `copy/${111122223333 + account}/CloudTrail-Digest/us-east-1/2026/03/01/x`;
      putObject(world, BUCKET, key, { body: new Uint8Array(1), metadata: {} });
    }
    const example = { bucket: BUCKET, key: 'copy/111122223333/CloudTrail-Digest/' };
    const run = await verifyWorld(world, from(''));
    expect(run.findings).toMatchObject([{ code: misplaced, args: { count: 50, example } }]);
  });
});

describe('names that somebody has planted', () => {
  /** The world's store, where some folders hold as many more as one has the patience for. */
  function planted(world: World, crowds: Readonly<Record<string, (index: number) => string>>) {
    const store = memoryStore(world.buckets);
    const most: number[] = [];
    const listFolders: ObjectStore['listFolders'] = async (bucket, prefix, limit = Number.POSITIVE_INFINITY) => {
      most.push(limit);
      const toName = crowds[prefix];
      const crowd = toName ? Array.from({ length: limit }, (_, index) => toName(index)) : [];
      return [...crowd, ...(await store.listFolders(bucket, prefix))].slice(0, limit);
    };
    return { store: { ...store, listFolders }, most };
  }

  it.each([
    ['beside AWSLogs', {}, '', (index: number) => `${index}`.padStart(8, '0')],
    ['of accounts', {}, 'AWSLogs/', (index: number) => `${index}`.padStart(12, '0')],
    ['of other folders in AWSLogs', {}, 'AWSLogs/', (index: number) => `!${index}`],
    [
      'of accounts of an organization',
      { organizationId: ORGANIZATION },
      `AWSLogs/${ORGANIZATION}/`,
      (index: number) => `${index}`.padStart(12, '0'),
    ],
  ])('%s hide no trail that is asked for, and are folder-search-incomplete', async (_, trail, folder, toName) => {
    const { world, chains } = worldOf(trail);
    const { store, most } = planted(world, { [folder]: toName });
    const run = await verifyWorld(world, { ...from(''), accounts: [TRAIL.accountId], store });
    expect(chainsOf(run)).toEqual(idsOf(chains));
    expect(codesOf(run)).toEqual(['folder-search-incomplete']);
    expect(run.outcome).toBe('undetermined');
    expect(Math.max(...most)).toBeLessThanOrEqual(100_001);
  });

  it.each(['', 'CloudTrail-Digest/', 'CloudTrail/'])(
    'of more regions than AWS has, in %j of an account, are folder-search-incomplete',
    async (kind) => {
      const { world, chains } = worldOf({});
      const { store } = planted(world, {
        [`AWSLogs/${TRAIL.accountId}/${kind}`]: (index) => `aa-b-${index % 99}x${index}`,
      });
      const run = await verifyWorld(world, { ...from(''), store });
      expect(codesOf(run)).toContain('folder-search-incomplete');
      expect(chainsOf(run)).toEqual(kind === 'CloudTrail-Digest/' ? [] : idsOf(chains));
      expect(run.outcome).not.toBe('verified');
    },
  );
});

describe('a bucket that is shared with others', () => {
  /** The world's bucket with ever more folders in it, each holding as many again. */
  function crowded(world: World, width: number) {
    const store = memoryStore(world.buckets);
    const asked: string[] = [];
    const crowd = Array.from({ length: width }, (_, index) => `lake-${index}`);
    const listFolders: ObjectStore['listFolders'] = async (bucket, prefix) => {
      asked.push(prefix);
      return prefix.includes('AWSLogs') || prefix.startsWith('p') ? store.listFolders(bucket, prefix) : [...crowd, 'p'];
    };
    return { store: { ...store, listFolders }, asked };
  }

  it('is searched level by level and within bounds, and what is left is said', async () => {
    const { world, chains } = worldOf({ prefix: 'p' });
    const { store, asked } = crowded(world, 120);
    const run = await verifyWorld(world, { ...from(''), store });
    expect(chainsOf(run)).toEqual(idsOf(chains));
    const outside = asked.filter((prefix) => !prefix.includes('AWSLogs'));
    expect(new Set(outside).size).toBe(10_000);
    expect(outside.length).toBeLessThan(20_000);
    expect(run.findings).toMatchObject([
      {
        code: 'folder-search-incomplete',
        subject: { type: 'folder', bucket: BUCKET, key: '' },
        args: { searched: 10_000 },
      },
    ]);
    expect(run.outcome).toBe('undetermined');
  });

  it('is searched within the same bounds among older versions, and what is left is said once', async () => {
    const { world, chains } = worldOf({ prefix: 'p' });
    const { store } = crowded(world, 120);
    const { store: before, asked } = crowded(world, 120);
    const versions = { ...memoryVersions(world.versions, world.buckets), listVersionFolders: before.listFolders };
    const run = await verifyWorld(world, { ...from(''), store, versions, useVersions: true, from: 0 });
    expect(chainsOf(run)).toEqual(idsOf(chains));
    expect(asked.filter((prefix) => !prefix.includes('AWSLogs'))).toHaveLength(10_000);
    expect(run.findings.filter(({ code }) => code === 'folder-search-incomplete')).toHaveLength(1);
  });

  it('is searched as deep as keys of S3 can be', async () => {
    const { world, chains } = worldOf(
      { prefix: 'x'.repeat(200) },
      { prefix: `${'x'.repeat(99)}/${'ü'.repeat(60)}`, trailName: 'second' },
      { prefix: 'd/'.repeat(400).slice(0, -1), trailName: 'deep' },
    );
    const run = await verifyWorld(world, from(''));
    expect(run.findings).toEqual([]);
    expect(chainsOf(run)).toEqual(idsOf(chains));
  });

  it.each([
    ['deeper', (bytes: number) => 'x/'.repeat(bytes / 2)],
    ['under a longer name', (bytes: number) => `${'ü'.repeat(bytes / 2)}/`],
  ])('%s than that is not searched, and that is folder-search-incomplete', async (_, toFolder) => {
    for (const [bytes, codes] of [
      [1_022, []],
      [1_026, ['folder-search-incomplete']],
    ] as const) {
      const { world } = worldOf({});
      putObject(world, BUCKET, `${toFolder(bytes)}file`, { body: new Uint8Array(1), metadata: {} });
      const run = await verifyWorld(world, from(''));
      expect(codesOf(run)).toEqual(codes);
      expect(run.outcome).toBe(codes.length === 0 ? 'verified' : 'undetermined');
    }
  });
});

describe('a prefix that is asked for', () => {
  const { world, chains } = worldOf(
    {},
    { accountId: OTHER_ACCOUNT },
    { organizationId: ORGANIZATION, accountId: '777788889999' },
    { organizationId: ORGANIZATION, accountId: '888899990000' },
    { prefix: 'p', accountId: '999900001111' },
  );
  const accounts = (...wanted: string[]) => idsOf(chains.filter(({ id }) => wanted.includes(id.accountId)));

  it.each([
    ['p', ['999900001111']],
    ['p/', ['999900001111']],
    ['p/AWSLogs', ['999900001111']],
    ['AWSLogs', ['111122223333', OTHER_ACCOUNT, '777788889999', '888899990000']],
    ['AWSLogs/', ['111122223333', OTHER_ACCOUNT, '777788889999', '888899990000']],
    [`AWSLogs/${OTHER_ACCOUNT}`, [OTHER_ACCOUNT]],
    [`AWSLogs/${OTHER_ACCOUNT}/CloudTrail-Digest/us-east-1/2026/03/01/`, [OTHER_ACCOUNT]],
    [`AWSLogs/${ORGANIZATION}/`, ['777788889999', '888899990000']],
    [`AWSLogs/${ORGANIZATION}/888899990000/`, ['888899990000']],
    [`p/AWSLogs/999900001111`, ['999900001111']],
  ])('%s holds the chains of its accounts', async (prefix, wanted) => {
    const run = await verifyWorld(world, from(prefix));
    expect(run.findings).toEqual([]);
    expect(chainsOf(run)).toEqual(accounts(...wanted));
  });

  it.each(['nowhere', 'AWSLogs/123456789012/', 'AWSLogs/o-otherorgid0/', 'pp'])('%s holds nothing', async (prefix) => {
    const run = await verifyWorld(world, from(prefix));
    expect(codesOf(run)).toEqual(['nothing-found']);
    expect(run.outcome).toBe('undetermined');
  });
});

describe('a selection', () => {
  const { world } = worldOf(
    {},
    { region: 'eu-west-1' },
    { accountId: OTHER_ACCOUNT, organizationId: ORGANIZATION },
    { accountId: OTHER_ACCOUNT, organizationId: ORGANIZATION, region: 'eu-west-1', trailName: 'second' },
  );

  it.each([
    [{ accounts: [OTHER_ACCOUNT] }, 2, []],
    [{ regions: ['eu-west-1'] }, 2, []],
    [{ trails: ['main'] }, 3, []],
    [{ trails: ['main'], accounts: [OTHER_ACCOUNT], regions: ['us-east-1'] }, 1, []],
    [{ regions: ['eu-west-1', 'eu-west-2'] }, 2, [{ option: 'region', value: 'eu-west-2' }]],
    [
      { trails: ['main', 'Main', 'mai'] },
      3,
      [
        { option: 'trail', value: 'Main' },
        { option: 'trail', value: 'mai' },
      ],
    ],
    [{ accounts: [OTHER_ACCOUNT], trails: ['second', 'third'] }, 1, [{ option: 'trail', value: 'third' }]],
  ])('%j', async (selection, count, unmet) => {
    const run = await verifyWorld(world, { ...from(''), ...selection });
    expect(chainsOf(run)).toHaveLength(count);
    expect(run.findings.map(({ args }) => args)).toEqual(unmet);
    expect(run.outcome).toBe(unmet.length === 0 ? 'verified' : 'undetermined');
  });

  it.each([
    [{ accounts: ['999999999999'] }, 'account'],
    [{ regions: ['sa-east-1'] }, 'region'],
    [{ trails: ['none'] }, 'trail'],
    [{ accounts: ['999999999999'], regions: ['eu-west-1'], trails: ['main'] }, 'account'],
    [{ accounts: [OTHER_ACCOUNT], regions: ['sa-east-1'], trails: ['main'] }, 'region'],
    [{ accounts: [OTHER_ACCOUNT], trails: ['none'] }, 'trail'],
  ])('%j, of which the %s is nowhere, does not pass and says so', async (selection, option) => {
    const run = await verifyWorld(world, { ...from(''), ...selection });
    expect(run.findings).toMatchObject([{ code: 'selection-not-found', args: { option } }]);
    expect(run.outcome).toBe('undetermined');
  });

  it('finds nothing where nothing is, whatever was selected', async () => {
    const selection = { accounts: [OTHER_ACCOUNT], regions: ['eu-west-1'], trails: ['main'] };
    const world = emptyWorld();
    putObject(world, BUCKET, 'notes.txt', { body: new Uint8Array(1), metadata: {} });
    expect(codesOf(await verifyWorld(world, { ...from(''), ...selection }))).toEqual(['nothing-found']);
  });
});

describe('evidence that is missing', () => {
  it('is a region with logs and without a single digest', async () => {
    const { world, chains } = worldOf({ hours: 4 }, { region: 'eu-west-1' });
    for (const { ref } of chains[1]?.digests ?? []) deleteObject(world, ref);
    const run = await verifyWorld(world, from(''));
    const key = 'AWSLogs/111122223333/CloudTrail/eu-west-1/';
    expect(run.findings).toEqual([
      { code: 'folder-without-digests', subject: { type: 'folder', bucket: BUCKET, key }, args: {} },
    ]);
    expect(run.outcome).toBe('failed');
    expect((await verifyWorld(world, { ...from(''), regions: ['us-east-1'] })).findings).toEqual([]);
  });

  it('is an account that left its logs behind and no digests', async () => {
    const { world, chains } = worldOf({ hours: 4 }, { accountId: OTHER_ACCOUNT, organizationId: ORGANIZATION });
    for (const { ref } of chains[1]?.digests ?? []) deleteObject(world, ref);
    expect(codesOf(await verifyWorld(world, from('')))).toEqual(['folder-without-digests']);
  });

  it('is not an account that departed: its chain is verified to its end', async () => {
    const { world } = worldOf({ hours: 100 }, { accountId: OTHER_ACCOUNT, organizationId: ORGANIZATION });
    expect((await verifyWorld(world, from(''))).findings).toEqual([]);
  });
});

describe('a folder that cannot be listed', () => {
  const base = 'AWSLogs/111122223333/';
  const trails = [{}, { region: 'eu-west-1' }, { accountId: OTHER_ACCOUNT }];

  it.each([
    ['the digests of an account', `${base}CloudTrail-Digest/`, 1],
    ['the digests of a region', `${base}CloudTrail-Digest/eu-west-1/`, 2],
    ['the logs of an account, which are not needed', `${base}CloudTrail/`, 3],
  ])('hides %s, and the rest goes on', async (_, folder, chains) => {
    const { world } = worldOf(...trails);
    const run = await verifyWorld(world, { ...from(''), store: storeDenying(world, [folder]) });
    expect(run.findings).toMatchObject([
      { code: 'folder-access-denied', subject: { type: 'folder', bucket: BUCKET, key: folder }, args: DENIED.refusal },
    ]);
    expect(chainsOf(run)).toHaveLength(chains);
    expect(run.outcome).toBe('undetermined');
  });

  it('may be the accounts of an organization, or a folder above', async () => {
    const { world } = worldOf(
      {},
      { organizationId: ORGANIZATION, accountId: OTHER_ACCOUNT },
      { prefix: 'p/q', trailName: 'third' },
    );
    for (const folder of [`AWSLogs/${ORGANIZATION}/`, 'p/', 'p/q/']) {
      const run = await verifyWorld(world, { ...from(''), store: storeDenying(world, [folder]) });
      expect(codesOf(run), folder).toEqual(['folder-access-denied']);
      expect(run.summary.totals.chains.verified, folder).toBeGreaterThan(0);
      expect(run.outcome, folder).toBe('undetermined');
    }
  });

  it('is the source itself: then there is no run', async () => {
    const { world } = worldOf({});
    const run = verifyWorld(world, { ...from(''), store: storeDenying(world, ['']) });
    await expect(run).rejects.toBeInstanceOf(ListingError);
  });

  it('never passes for one without digests', async () => {
    const { world } = worldOf(...trails);
    const unavailable: Unlisted = { status: 'unavailable', refusal: { errorCode: 'SlowDown', message: 'Later.' } };
    const folders = [`${base}CloudTrail-Digest/`, `AWSLogs/${OTHER_ACCOUNT}/CloudTrail-Digest/`];
    const run = await verifyWorld(world, { ...from(''), store: storeDenying(world, folders, unavailable) });
    expect(codesOf(run)).toEqual(['folder-unavailable', 'folder-unavailable', 'nothing-found']);
    expect(run.outcome).toBe('undetermined');
  });
});

it('a digest at a place that CloudTrail would not use is named, and not taken for one', async () => {
  const { world, chains } = worldOf({});
  const { ref } = digestAt(chains[0] ?? expect.fail(), 0);
  const key = ref.key.replace('/2026/03/01/', '/2026/03/02/');
  copyObject(world, ref, { bucket: BUCKET, key });
  const run = await verifyWorld(world, from(''));
  expect(run.findings).toMatchObject([{ code: 'digest-key-unrecognised', subject: { key } }]);
  expect(run.summary.totals.digests).toEqual({ verified: 2, failed: 0, undetermined: 0 });
});
