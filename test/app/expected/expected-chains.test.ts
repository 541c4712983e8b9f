import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import type { VerifyTools } from '../../../src/app/run/verify-trails.js';
import type { Finding } from '../../../src/core/findings/finding.js';
import { parseTrailArn } from '../../../src/core/objects/trail-arn.js';
import { HOUR, type Instant, MINUTE, SECOND } from '../../../src/core/time/instant.js';
import { ListingError, type ObjectStore } from '../../../src/ports/object-store.js';
import type { MemberAccount, TrailStatus } from '../../../src/ports/trail-directory.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain } from '../../support/forge/forge.js';
import { type Run, type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject } from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:29:23Z');
const HOURS = 12;
const END = START + HOURS * HOUR;
const NOW = END + 45 * MINUTE;
const OWNER = '111122223333';
const ACCOUNTS = [OWNER, '444455556666', '777788889999'];
const REGIONS = ['eu-west-1', 'us-east-1', 'us-west-2'];
const TRAIL: ForgeOptions = {
  bucket: 'acme-trails',
  organizationId: 'o-exampleorgid',
  accountId: OWNER,
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'all',
  start: START,
  hours: HOURS,
  logsPerHour: 0,
};
const ARN = parseTrailArn(`arn:aws:cloudtrail:us-east-1:${OWNER}:trail/all`) ?? expect.fail();
const at = (hour: number): Instant => START + hour * HOUR;

interface Organization {
  readonly world: World;
  of(accountId: string, region: string): ForgedChain;
}

function organization(change: Partial<ForgeOptions> = {}): Organization {
  const world = emptyWorld();
  const chains = new Map<string, ForgedChain>();
  for (const accountId of ACCOUNTS) {
    for (const region of REGIONS)
      chains.set(`${accountId} ${region}`, forgeChain(world, { ...TRAIL, ...change, accountId, region }));
  }
  return { world, of: (accountId, region) => chains.get(`${accountId} ${region}`) ?? expect.fail() };
}

function deleteDigests(world: World, { digests }: ForgedChain, from = 0): void {
  for (const { ref } of digests.slice(from)) deleteObject(world, ref);
}

const codesOf = ({ findings }: Run): string[] => findings.map(({ code }) => code);
const ofCode = ({ findings }: Run, code: Finding['code']): readonly Finding[] =>
  findings.filter((item) => item.code === code);
const placesOf = (findings: readonly Finding[]): string[] =>
  findings.map(({ subject }) => (subject.type === 'chain' ? `${subject.chain.accountId} ${subject.chain.region}` : ''));

describe('the age of the newest digest', () => {
  const verify = (options: RunOptions) => {
    const world = emptyWorld();
    const chain = forgeChain(world, TRAIL);
    return verifyWorld(world, options).then((run) => ({ run, chain }));
  };

  it.each([
    [2 * HOUR, []],
    [2 * HOUR + 1, ['chain-newest-digest-old']],
    [9000 * HOUR, ['chain-newest-digest-old']],
  ])('of a bucket in use is a warning beyond two hours, and no more: %i', async (age, codes) => {
    const { run, chain } = await verify({ isLive: true, now: END + age });
    expect(codesOf(run)).toEqual(codes);
    expect(run.outcome).toBe('verified');
    for (const { args } of run.findings)
      expect(args).toEqual({ start: END, end: END + age, last: digestAt(chain, -1).ref });
  });

  it('of a copy is nothing, and neither is that of a time that was asked for', async () => {
    expect((await verify({ now: END + 9 * HOUR })).run.findings).toEqual([]);
    expect((await verify({ isLive: true, to: END, now: END + 9 * HOUR })).run.findings).toEqual([]);
  });

  it.each([
    [3 * HOUR, 3 * HOUR, ['chain-end-late'], 'verified'],
    [3 * HOUR + 1, 3 * HOUR, ['chain-ends-early'], 'failed'],
    [5 * HOUR, 24 * HOUR, ['chain-end-late'], 'verified'],
    [24 * HOUR + 1, 24 * HOUR, ['chain-ends-early'], 'failed'],
    [100 * MINUTE, 90 * MINUTE, ['chain-ends-early'], 'failed'],
    [80 * MINUTE, 90 * MINUTE, [], 'verified'],
  ])('of %i ms is judged by a highest age of %i ms', async (age, maxAge, codes, outcome) => {
    for (const options of [{ maxAge }, { maxAge, isLive: true }, { maxAge, to: END + age }]) {
      const { run } = await verify({ ...options, now: END + age });
      expect(codesOf(run)).toEqual(codes);
      expect(run.outcome).toBe(outcome);
      expect(run.events).toContainEqual(
        expect.objectContaining({
          type: 'chain',
          report: expect.objectContaining({ asked: { start: START + HOUR, end: END + age } }),
        }),
      );
    }
  });
});

describe('siblings', () => {
  it('say nothing where all have the same', async () => {
    expect((await verifyWorld(organization().world, { now: NOW })).findings).toEqual([]);
  });

  it('point out a region that other accounts of the trail have, and an account lacks', async () => {
    const { world, of } = organization();
    deleteDigests(world, of('444455556666', 'us-west-2'));
    const run = await verifyWorld(world, { now: NOW });
    expect(run.findings).toEqual([
      {
        code: 'chain-sibling-missing',
        subject: { type: 'chain', chain: of('444455556666', 'us-west-2').id },
        args: { sibling: digestAt(of(OWNER, 'us-west-2'), -1).ref },
      },
    ]);
    expect(run.outcome).toBe('verified');
  });

  it('do not make every account have what one has', async () => {
    const { world } = organization();
    forgeChain(world, { ...TRAIL, region: 'me-south-1' });
    expect((await verifyWorld(world, { now: NOW })).findings).toEqual([]);
  });

  it('are other trails of the account too, where both are in several regions', async () => {
    const world = emptyWorld();
    const { organizationId: _, ...alone } = TRAIL;
    for (const region of REGIONS) forgeChain(world, { ...alone, region });
    for (const region of REGIONS.slice(1)) forgeChain(world, { ...alone, region, trailName: 'data', seed: 'data' });
    forgeChain(world, { ...alone, trailName: 'single', seed: 'single' });
    const run = await verifyWorld(world, { now: NOW });
    expect(run.findings).toMatchObject([
      { code: 'chain-sibling-missing', subject: { chain: { trailName: 'data', region: 'eu-west-1' } } },
    ]);
  });

  it('show a region that ends before the others of its account, and an account that ends before others', async () => {
    const { world, of } = organization();
    deleteDigests(world, of('444455556666', 'us-west-2'), 8);
    for (const region of REGIONS) deleteDigests(world, of('777788889999', region), 5);
    const run = await verifyWorld(world, { now: NOW });
    expect(run.findings).toEqual([
      {
        code: 'chain-ends-before-siblings',
        subject: { type: 'chain', chain: of('444455556666', 'us-west-2').id },
        args: {
          start: at(8),
          end: END,
          last: digestAt(of('444455556666', 'us-west-2'), 7).ref,
          sibling: digestAt(of('444455556666', 'eu-west-1'), -1).ref,
        },
      },
      expect.objectContaining({
        code: 'chain-ends-before-siblings',
        subject: { type: 'chain', chain: of('777788889999', 'eu-west-1').id },
      }),
    ]);
    expect((await verifyWorld(world, { from: START, to: at(5), now: NOW })).findings).toEqual([]);
  });

  it('may end three hours apart', async () => {
    const { world, of } = organization();
    deleteDigests(world, of('444455556666', 'us-west-2'), HOURS - 3);
    expect((await verifyWorld(world, { now: NOW })).findings).toEqual([]);
  });

  it('may end further apart where the others were delivered after the run began', async () => {
    const { world, of } = organization();
    deleteDigests(world, of('444455556666', 'us-west-2'), HOURS - 5);
    expect((await verifyWorld(world, { now: at(HOURS - 2) })).findings).toEqual([]);
    const run = await verifyWorld(world, { now: at(HOURS - 2) + SECOND });
    expect(run.findings).toMatchObject([{ code: 'chain-ends-before-siblings' }]);
    expect(run.outcome).toBe('undetermined');
  });
});

describe('what is expected', () => {
  it.each([
    [{ expectAccounts: ACCOUNTS, expectRegions: REGIONS }, []],
    [{ expectAccounts: ACCOUNTS }, []],
    [{ expectRegions: REGIONS }, []],
    [{ expectAccounts: [OWNER, '123456789012'] }, [{ accountId: '123456789012' }]],
    [
      { expectAccounts: [OWNER, '123456789012'], expectRegions: ['us-east-1', 'sa-east-1'] },
      [
        { accountId: OWNER, region: 'sa-east-1' },
        { accountId: '123456789012', region: 'us-east-1' },
        { accountId: '123456789012', region: 'sa-east-1' },
      ],
    ],
    [{ expectAccounts: ['123456789012'], expectRegions: [] }, [{ accountId: '123456789012' }]],
    [{ expectAccounts: [], expectRegions: [] }, []],
    [{ expectRegions: ['sa-east-1'] }, ACCOUNTS.map((accountId) => ({ accountId, region: 'sa-east-1' }))],
    [
      { expectAccounts: [], expectRegions: ['sa-east-1'] },
      ACCOUNTS.map((accountId) => ({ accountId, region: 'sa-east-1' })),
    ],
  ])('fails for each account and region without digests: %j', async (expectations, missing) => {
    const run = await verifyWorld(organization().world, { now: NOW, ...expectations });
    expect(run.findings).toEqual(
      missing.map((args) => ({ code: 'expected-digests-missing', subject: { type: 'run' }, args })),
    );
    expect(run.outcome).toBe(missing.length === 0 ? 'verified' : 'failed');
  });

  it('fails where nothing is at all', async () => {
    const world = emptyWorld();
    world.buckets.set('acme-trails', new Map());
    const run = await verifyWorld(world, { expectRegions: ['us-east-1'] });
    expect(run.findings.map(({ code, args }) => [code, args])).toEqual([
      ['expected-digests-missing', { region: 'us-east-1' }],
      ['nothing-found', {}],
    ]);
    expect(run.outcome).toBe('failed');
  });

  it.each([
    ['AWSLogs/', 'undetermined'],
    ['AWSLogs/o-exampleorgid/444455556666/CloudTrail-Digest/', 'undetermined'],
    ['AWSLogs/o-exampleorgid/444455556666/CloudTrail-Digest/us-east-1/', 'undetermined'],
    ['AWSLogs/o-exampleorgid/777788889999/CloudTrail-Digest/', 'undetermined'],
  ])('is not missing where %s may not be listed', async (folder, outcome) => {
    const { world } = organization();
    const run = await verifyWorld(world, {
      now: NOW,
      expectAccounts: ACCOUNTS,
      expectRegions: ['us-east-1'],
      store: denying(world, folder),
    });
    expect(codesOf(run)).toContain('folder-access-denied');
    expect(codesOf(run)).not.toContain('expected-digests-missing');
    expect(codesOf(run)).not.toContain('chain-sibling-missing');
    expect(run.outcome).toBe(outcome);
  });
});

/** The world's store, where a folder may not be listed. */
function denying(world: World, folder: string): ObjectStore {
  const store = memoryStore(world.buckets);
  const refuse = (bucket: string, prefix: string) => {
    const refusal = { errorCode: 'AccessDenied', message: 'Access Denied' };
    if (prefix === folder) throw new ListingError({ bucket, prefix }, { status: 'denied', refusal });
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

describe('folders of one account and region', () => {
  it('are verified though another of them cannot be listed, and no end is held against them', async () => {
    const world = emptyWorld();
    const first = forgeChain(world, { ...TRAIL, hours: 4 });
    const moved = { ...TRAIL, prefix: 'moved', start: at(4), hours: 4, previous: digestAt(first, -1) };
    const { key } = digestAt(forgeChain(world, moved), 0).ref;
    const folder = key.slice(0, key.indexOf('2026/'));
    const run = await verifyWorld(world, {
      from: START,
      to: at(8),
      isLive: true,
      store: denying(world, folder),
      now: NOW,
    });
    expect(codesOf(run)).toEqual(['folder-access-denied', 'chain-interval-undetermined']);
    expect(run.summary.totals.digests.verified).toBe(4);
    expect(run.outcome).toBe('undetermined');
  });
});

describe('a trail that is asked for', () => {
  const trails = (
    statuses: Readonly<Record<string, TrailStatus>>,
    asked: string[] = [],
    isDisabled = false,
  ): NonNullable<VerifyTools['trailDirectory']> => ({
    trailStatus: async (_arn, region) => {
      asked.push(region);
      const trail = statuses[region];
      const refusal = { errorCode: 'AccessDeniedException', message: 'You may not' };
      return trail ? { status: 'found', trail } : { status: 'unavailable', refusal, isDisabled };
    },
  });
  const known = (members?: readonly MemberAccount[]) => ({
    arn: ARN,
    isMultiRegion: true,
    ...(members && { members: { status: 'found', accounts: members } as const }),
  });
  const delivered = (digestDeliveredAt: Instant, rest: Partial<TrailStatus> = {}): TrailStatus => ({
    isLogging: true,
    digestDeliveredAt,
    ...rest,
  });
  const everywhere = (status: TrailStatus) => Object.fromEntries(REGIONS.map((region) => [region, status]));

  it('is the only one that is verified', async () => {
    const { world } = organization();
    forgeChain(world, { ...TRAIL, trailName: 'other', seed: 'other' });
    forgeChain(world, { ...TRAIL, homeRegion: 'eu-west-1', seed: 'home' });
    const { organizationId: _, ...alone } = TRAIL;
    forgeChain(world, { ...alone, accountId: '999999999999', seed: 'namesake' });
    const run = await verifyWorld(world, { now: NOW, trail: known() });
    expect(run.findings).toEqual([]);
    expect(run.summary.totals.chains.verified).toBe(ACCOUNTS.length * REGIONS.length);
  });

  it('lacks a digest that CloudTrail says it delivered: proof of a deletion', async () => {
    const { world, of } = organization();
    deleteObject(world, digestAt(of(OWNER, 'us-west-2'), -1).ref);
    const asked: string[] = [];
    const status = everywhere(delivered(END + 29 * MINUTE));
    const run = await verifyWorld(world, {
      now: NOW,
      isLive: true,
      trail: known(),
      trailDirectory: trails(status, asked),
    });
    expect(run.findings).toEqual([
      {
        code: 'chain-newest-digest-deleted',
        subject: { type: 'chain', chain: of(OWNER, 'us-west-2').id },
        args: {
          start: END - HOUR,
          end: END,
          deliveredAt: END + 29 * MINUTE,
          last: digestAt(of(OWNER, 'us-west-2'), -2).ref,
        },
      },
    ]);
    expect(run.outcome).toBe('failed');
    expect(asked.sort()).toEqual(REGIONS);
    const report = run.events.flatMap((event) => (event.type === 'chain' ? [event.report] : []));
    expect(report.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      {
        chain: { region: 'us-west-2' },
        coverage: [
          { state: 'proven', start: START + HOUR, end: END - HOUR },
          { state: 'lost', start: END - HOUR, end: END },
        ],
      },
    ]);
  });

  it.each([
    ['delivered an hour after its end', END + HOUR, {}, []],
    ['delivered later', END + HOUR + 1, { now: NOW + HOUR }, ['chain-newest-digest-deleted']],
    ['delivered after the run began', END + 2 * HOUR, {}, []],
    [
      'delivered before the time asked for',
      END + 2 * HOUR,
      { from: END + 3 * HOUR, now: END + 4 * HOUR },
      ['chain-interval-undetermined'],
    ],
    ['asked for until an earlier time', END + 2 * HOUR, { to: END, now: END + 4 * HOUR }, []],
    [
      'asked for until now',
      END + 2 * HOUR,
      { to: END + 2 * HOUR, now: END + 2 * HOUR },
      ['chain-newest-digest-deleted'],
    ],
  ])('is judged by the newest digest: %s', async (_, deliveredAt, options, codes) => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    const run = await verifyWorld(world, {
      now: NOW,
      ...options,
      trail: known(),
      trailDirectory: trails({ 'us-east-1': delivered(deliveredAt) }),
    });
    expect(codesOf(run).sort()).toEqual(codes);
  });

  it('lacks all digests of a region that it delivers', async () => {
    const { world, of } = organization();
    deleteDigests(world, of(OWNER, 'us-west-2'));
    const run = await verifyWorld(world, {
      now: NOW,
      trail: known(),
      trailDirectory: trails(everywhere(delivered(END + 29 * MINUTE))),
    });
    expect(run.findings.map(({ code, args }) => [code, 'deliveredAt' in args && args])).toEqual([
      ['chain-newest-digest-deleted', { deliveredAt: END + 29 * MINUTE }],
      ['chain-sibling-missing', false],
    ]);
    expect(run.outcome).toBe('failed');
  });

  describe('of which a whole region is gone from every account', () => {
    const gone = () => {
      const { world, of } = organization();
      for (const accountId of ACCOUNTS) deleteDigests(world, of(accountId, 'us-west-2'));
      return world;
    };
    const everyRegion = { ...known(), regions: [...REGIONS, 'ap-south-1'] };
    const whole = everywhere(delivered(END + 29 * MINUTE));

    it('lacks what CloudTrail says it delivered there', async () => {
      const statuses = { ...whole, 'ap-south-1': { isLogging: true } };
      const asked: string[] = [];
      const run = await verifyWorld(gone(), { now: NOW, trail: everyRegion, trailDirectory: trails(statuses, asked) });
      expect(codesOf(run)).toEqual(['chain-newest-digest-deleted']);
      expect(placesOf(run.findings)).toEqual([`${OWNER} us-west-2`]);
      expect(run.outcome).toBe('failed');
      expect(asked.sort()).toEqual(['ap-south-1', ...REGIONS]);
    });

    it('is asked about before digests are listed, so that what is delivered meanwhile hides nothing', async () => {
      const world = gone();
      const store = memoryStore(world.buckets);
      let deliveredAt = END + 29 * MINUTE;
      const trailDirectory: NonNullable<VerifyTools['trailDirectory']> = {
        trailStatus: async () => ({ status: 'found', trail: delivered(deliveredAt) }),
      };
      // One listing of each account looks for a digest that tells where all of them were delivered.
      let listings = -ACCOUNTS.length;
      const list: ObjectStore['list'] = (request) => {
        listings += 1;
        if (listings > 0) deliveredAt = NOW + HOUR;
        return store.list(request);
      };
      const run = await verifyWorld(world, { now: NOW, trail: everyRegion, trailDirectory, store: { ...store, list } });
      expect(placesOf(ofCode(run, 'chain-newest-digest-deleted'))).toEqual([
        `${OWNER} ap-south-1`,
        `${OWNER} us-west-2`,
      ]);
    });

    it.each<[string, RunOptions]>([
      ['a selection of other regions', { regions: ['eu-west-1', 'us-east-1'] }],
      ['a selection of other accounts', { accounts: ACCOUNTS.slice(1) }],
      ['an earlier time', { to: END - HOUR }],
    ])('lacks nothing in %s', async (_, options) => {
      const asked: string[] = [];
      const trailDirectory = trails({ ...whole, 'ap-south-1': { isLogging: true } }, asked);
      const run = await verifyWorld(gone(), { now: NOW, trail: everyRegion, trailDirectory, ...options });
      expect(codesOf(run)).toEqual([]);
      expect(asked).not.toContain('us-west-2');
    });

    it('and may not be asked about there is pointed out, unless the region is not enabled', async () => {
      const there = REGIONS.filter((region) => region !== 'us-west-2').map(
        (region) => [region, whole[region]] as const,
      );
      const statuses = { ...Object.fromEntries(there), 'ap-south-1': { isLogging: true } };
      const run = (isDisabled: boolean) =>
        verifyWorld(gone(), { now: NOW, trail: everyRegion, trailDirectory: trails(statuses, [], isDisabled) });
      const refused = await run(false);
      expect(codesOf(refused)).toEqual(['trail-status-unavailable']);
      expect(refused.findings).toMatchObject([{ subject: { type: 'run' }, args: { regions: ['us-west-2'] } }]);
      expect(codesOf(await run(true))).toEqual([]);
    });
  });

  it('tells of what it cannot deliver, and of having been stopped', async () => {
    const world = emptyWorld();
    forgeChain(world, TRAIL);
    const status = {
      isLogging: false,
      stoppedAt: END,
      digestDeliveryError: 'AccessDenied',
      logDeliveryError: 'NoSuchBucket',
    };
    const run = await verifyWorld(world, { now: NOW, trail: known(), trailDirectory: trails({ 'us-east-1': status }) });
    expect(run.findings.map(({ code, args }) => [code, args])).toEqual([
      ['trail-not-logging', { stoppedAt: END }],
      ['trail-delivery-failing', { part: 'digests', errorCode: 'AccessDenied' }],
      ['trail-delivery-failing', { part: 'logs', errorCode: 'NoSuchBucket' }],
    ]);
    expect(run.outcome).toBe('verified');
  });

  it('says once where its status may not be had, however many regions refuse: trail-status-unavailable', async () => {
    const regions = [...REGIONS, 'eu-central-1', 'eu-north-1', 'sa-east-1'];
    const trail = { ...known(), regions };
    const run = await verifyWorld(organization().world, { now: NOW, trail, trailDirectory: trails({}) });
    expect(codesOf(run)).toEqual(['trail-status-unavailable']);
    expect(run.findings).toMatchObject([{ subject: { type: 'run' }, args: { regions: [...regions].sort() } }]);
  });

  it('of one region is asked about nowhere else', async () => {
    const asked: string[] = [];
    const trail = { ...known(), isMultiRegion: false };
    await verifyWorld(organization().world, { now: NOW, trail, trailDirectory: trails({}, asked) });
    expect(asked).toEqual(['us-east-1']);
  });

  it('logs the accounts of its organization: those without digests are missing', async () => {
    const members: MemberAccount[] = [
      ...ACCOUNTS.map((accountId) => ({ accountId, isActive: true })),
      { accountId: '900000000001', isActive: true, joinedAt: NOW - 4 * HOUR },
      { accountId: '900000000002', isActive: true, joinedAt: NOW - 2 * HOUR },
      { accountId: '900000000003', isActive: false },
      { accountId: '900000000004', isActive: true },
    ];
    const run = await verifyWorld(organization().world, { now: NOW, trail: known(members) });
    expect(ofCode(run, 'expected-digests-missing').map(({ args }) => args)).toEqual([
      { accountId: '900000000001' },
      { accountId: '900000000004' },
    ]);
    expect(run.findings).toHaveLength(2);
    expect(run.outcome).toBe('failed');
  });

  it('says where the accounts cannot be known', async () => {
    const refusal = { errorCode: 'AccessDeniedException', message: 'You may not' };
    const trail = { ...known(), members: { status: 'unavailable', refusal } as const };
    const run = await verifyWorld(organization().world, { now: NOW, trail });
    expect(run.findings).toEqual([
      { code: 'organization-accounts-unavailable', subject: { type: 'run' }, args: refusal },
    ]);
    expect(run.outcome).toBe('verified');
  });
});
