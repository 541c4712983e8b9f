import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import type { ChainId } from '../../../src/core/objects/chain-id.js';
import { parseTrailArn } from '../../../src/core/objects/trail-arn.js';
import { HOUR, MINUTE } from '../../../src/core/time/instant.js';
import { ListingError, type ObjectStore } from '../../../src/ports/object-store.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { type ForgedCall, forgeCall } from '../../support/forge/forge-log.js';
import { ScheduledJob } from '../../support/run/run-incrementally.js';
import { type Run, type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject, stripMetadata } from '../../support/tamper/tamper.js';
import { copyWorld, intoFolder } from '../../support/worlds/copied-world.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:29:23Z');
const at = (hour: number) => START + hour * HOUR;
const NOW = at(16);
const HOME = 'us-east-1';
const OTHER = 'eu-west-1';
const OWNER = MAIN_TRAIL.accountId;
const MEMBER = '444455556666';

/** When a trail logs: in hours after its first digest. */
interface RunTime {
  readonly start: number;
  readonly hours: number;
  /** Of the last hour's call that stops it; absent while it goes on. */
  readonly stop?: number;
}

/** Stopped after four hours, and started again two hours later. */
const ONCE: readonly RunTime[] = [
  { start: 0, hours: 4, stop: 3.8 },
  { start: 5, hours: 8 },
];

type Trail = Omit<ForgeOptions, 'start' | 'hours' | 'logsPerHour' | 'events'>;

/** Forges the runs of a trail in a region; the home region's logs hold the calls. */
function forgeRuns(
  world: World,
  runs: readonly RunTime[],
  change: Partial<Trail> = {},
  call: Partial<ForgedCall> = {},
) {
  const options: Trail = { ...MAIN_TRAIL, ...change };
  const isHome = options.region === HOME && options.accountId === OWNER;
  return runs.map(({ start, hours, stop }, index) =>
    forgeChain(world, {
      ...options,
      logsPerHour: 1,
      start: at(start),
      hours,
      seed: `${index}`,
      events: (hour) => (isHome && stop !== undefined && hour === hours - 1 ? [stopAt(stop, call)] : []),
    }),
  );
}

const stopAt = (hour: number, call: Partial<ForgedCall>) =>
  forgeCall({
    source: 'cloudtrail',
    name: 'StopLogging',
    time: at(hour),
    parameters: { name: MAIN_TRAIL.trailName },
    ...call,
  });

/** A trail in two regions. */
function regions(ofHome = ONCE, ofOther = ofHome) {
  const world = emptyWorld();
  const home = forgeRuns(world, ofHome);
  const other = forgeRuns(world, ofOther, { region: OTHER });
  return { world, home, other };
}

function deleteDigest(world: World, chain: ForgedChain | undefined, hour: number): void {
  if (!chain) throw new Error('no such run');
  deleteObject(world, digestAt(chain, hour).ref);
  for (const { ref } of digestAt(chain, hour).logs) deleteObject(world, ref);
}

function deleteRun(world: World, chain: ForgedChain | undefined): void {
  for (const hour of chain?.digests.keys() ?? []) deleteDigest(world, chain, hour);
}

const verify = (world: World, options: RunOptions = {}) => verifyWorld(world, { now: NOW, ...options });

const told = ({ findings }: Run) =>
  findings.map(({ code, subject }) => [code, ...(subject.type === 'chain' ? [placeOf(subject.chain)] : [])].join(' '));
const placeOf = ({ accountId, region }: ChainId) => (accountId === OWNER ? region : `${accountId} ${region}`);

const BOTH_STOPPED = [`chain-stopped ${OTHER}`, `chain-stopped ${HOME}`];

describe('a call that stopped a trail in all regions', () => {
  it('explains the gap in each: chain-stopped, with the log of the home region', async () => {
    const { world, home } = regions();
    const run = await verify(world);
    expect(told(run)).toEqual(BOTH_STOPPED);
    const log = home[0] && logAt(home[0], 3, 0).ref;
    for (const { args } of run.findings)
      expect(args).toMatchObject({ start: at(4), end: at(6), eventTime: at(3.8), log });
    expect(run.outcome).toBe('verified');
  });

  it('explains it where the home region is not asked for: chain-stopped', async () => {
    const run = await verify(regions().world, { regions: [OTHER] });
    expect(told(run)).toEqual([`chain-stopped ${OTHER}`]);
    expect(run.outcome).toBe('verified');
  });

  it.each([
    ['that begins in the gap', { from: at(4.5) }],
    ['from the last hour of the run on', { from: at(3.5), to: at(8) }],
  ])('explains it in a time %s: chain-stopped', async (_, time) => {
    expect(told(await verify(regions().world, time))).toEqual(BOTH_STOPPED);
  });

  it('explains it in a copy without metadata, in a folder of another name: chain-stopped', async () => {
    const { world, home, other } = regions();
    // Of each run, the last digest has its signature nowhere else.
    for (const { digests } of [...home, ...other])
      for (const { ref } of digests.slice(0, -1)) stripMetadata(world, ref);
    const copy = copyWorld(
      world,
      intoFolder((key) => `case-17/copy/${key}`),
    );
    const run = await verify(copy, { store: memoryStore(copy.buckets) });
    expect(told(run).filter((each) => each.startsWith('chain-'))).toEqual(BOTH_STOPPED);
  });

  it('explains it for runs that go on from a checkpoint: chain-stopped', async () => {
    const world = emptyWorld();
    const [before = { start: 0, hours: 4 }, after = { start: 5, hours: 8 }] = ONCE;
    for (const region of [HOME, OTHER]) forgeRuns(world, [before], { region });
    const job = new ScheduledJob(world);
    await job.run(at(4) + 40 * MINUTE);
    for (const region of [HOME, OTHER]) forgeRuns(world, [after], { region, seed: 'after' });
    expect(told(await job.run(NOW))).toEqual(BOTH_STOPPED);
    expect(told(await job.run(NOW + HOUR))).toEqual([]);
  });

  it('does not where the last digests of a region were deleted, which then ends before its sibling: chain-gap', async () => {
    const { world, other } = regions();
    deleteDigest(world, other[0], 3);
    const run = await verify(world);
    expect(told(run)).toEqual([`chain-gap ${OTHER}`, `chain-stopped ${HOME}`]);
    expect(run.outcome).toBe('undetermined');
  });

  it('does not where the digest of the call was deleted: chain-gap in each region', async () => {
    const { world, home } = regions();
    deleteDigest(world, home[0], 3);
    expect(told(await verify(world))).toEqual([`chain-gap ${OTHER}`, `chain-gap ${HOME}`]);
    expect(told(await verify(world, { regions: [OTHER] }))).toEqual([`chain-gap ${OTHER}`]);
  });

  it('does not where the home region cannot be listed: chain-gap', async () => {
    const { world } = regions();
    const store = refusing(memoryStore(world.buckets), `/CloudTrail-Digest/${HOME}/`);
    expect(told(await verify(world, { store, regions: [OTHER] }))).toEqual([`chain-gap ${OTHER}`]);
  });

  it('does not where digests are planted by the hundred beside those of the home region: chain-gap', async () => {
    const { world, home } = regions();
    const { key, bucket } = home[0] ? digestAt(home[0], 3).ref : expect.fail();
    for (let second = 0; second < 100; second += 1)
      putObject(
        world,
        bucket,
        key.replace(/23Z\.json/, `${23 + (second % 37)}Z.json`).replace('T0429', `T04${10 + Math.floor(second / 37)}`),
        {
          body: new Uint8Array([1]),
          metadata: {},
        },
      );
    expect(told(await verify(world, { regions: [OTHER] }))).toEqual([`chain-gap ${OTHER}`]);
  });

  it('does not where the call was refused: chain-gap', async () => {
    const world = emptyWorld();
    for (const region of [HOME, OTHER]) forgeRuns(world, ONCE, { region }, { fields: { errorCode: 'AccessDenied' } });
    expect(told(await verify(world))).toEqual([`chain-gap ${OTHER}`, `chain-gap ${HOME}`]);
  });
});

describe('a run that was deleted as a whole', () => {
  it.each([
    ['of some hours', { start: 6, hours: 3, stop: 8.8 }, 10],
    // No digest of it ends early enough to be told by its name from the final one of the run before.
    ['of one hour, right after the stop', { start: 3.3, hours: 2, stop: 5.2 }, 4.4],
  ])('%s, is undetermined where the home region shows it: chain-gap', async (_, between, again) => {
    const { world, other } = regions([{ start: 0, hours: 4, stop: 3.8 }, between, { start: again, hours: 4 }]);
    expect(told(await verify(world))).toEqual([...BOTH_STOPPED, ...BOTH_STOPPED].sort());
    deleteRun(world, other[1]);
    const run = await verify(world);
    expect(told(run)).toEqual([`chain-gap ${OTHER}`, `chain-stopped ${HOME}`, `chain-stopped ${HOME}`]);
    expect(run.outcome).toBe('undetermined');
  });

  it('and was begun again elsewhere, under another prefix: chain-gap', async () => {
    const world = emptyWorld();
    const [before, ...after] = [
      { start: 0, hours: 4, stop: 3.8 },
      { start: 6, hours: 3, stop: 8.8 },
      { start: 11, hours: 4 },
    ] as const;
    const runs = [HOME, OTHER].map((region) => {
      forgeRuns(world, [before], { region });
      return forgeRuns(world, after, { region, prefix: 'moved', seed: 'moved' });
    });
    deleteRun(world, runs[1]?.[0]);
    expect(told(await verify(world, { regions: [OTHER] }))).toEqual([`chain-gap ${OTHER}`]);
  });

  it('in the home region is undetermined by the end of its sibling, which nothing proves: chain-gap', async () => {
    const { world, home } = regions([
      { start: 0, hours: 4, stop: 3.8 },
      { start: 6, hours: 3, stop: 8.8 },
      { start: 11, hours: 4 },
    ]);
    deleteRun(world, home[1]);
    const run = await verify(world);
    expect(told(run)).toEqual([`chain-gap ${OTHER}`, `chain-stopped ${OTHER}`, `chain-stopped ${HOME}`]);
  });

  it('in all regions leaves no trace, but where a checkpoint remembers it: chain-interval-lost', async () => {
    const { world, home, other } = regions([
      { start: 0, hours: 4, stop: 3.8 },
      { start: 6, hours: 3, stop: 8.8 },
      { start: 11, hours: 4 },
    ]);
    const job = new ScheduledJob(world, { recheck: { share: 1 } });
    expect((await job.run(NOW)).outcome).toBe('verified');
    for (const runs of [home, other]) deleteRun(world, runs[1]);
    const run = await verify(world);
    expect([run.outcome, told(run)]).toEqual(['verified', BOTH_STOPPED]);
    const remembered = await job.run(NOW + HOUR);
    expect(remembered.outcome).toBe('failed');
    for (const region of [HOME, OTHER]) expect(told(remembered)).toContain(`chain-interval-lost ${region}`);
  });
});

it('a call that stopped an older run proves nothing of the run that was begun after it: chain-gap', async () => {
  const world = emptyWorld();
  // The last digests of the second run were deleted, and with them the call that stopped it.
  forgeRuns(world, [
    { start: 0, hours: 4, stop: 3.9 },
    { start: 3.1, hours: 2 },
    { start: 12, hours: 3 },
  ]);
  expect(told(await verify(world))).toEqual([`chain-gap ${HOME}`, `chain-stopped ${HOME}`]);
  expect(told(await verify(world, { from: at(4.5) }))).toEqual([`chain-gap ${HOME}`]);
});

describe('an organization trail that was stopped', () => {
  const ARN = parseTrailArn(`arn:aws:cloudtrail:${HOME}:${OWNER}:trail/main`) ?? expect.fail();
  const trail = { arn: ARN, isMultiRegion: false };
  const inOrganization = { organizationId: 'o-exampleorgid' };

  function organization(): World {
    const world = emptyWorld();
    for (const accountId of [OWNER, MEMBER])
      for (const region of [HOME, OTHER]) forgeRuns(world, ONCE, { ...inOrganization, accountId, region });
    return world;
  }

  it('is so in each account where its ARN tells whose trail it is: chain-stopped', async () => {
    const run = await verify(organization(), { trail });
    expect(told(run)).toEqual([...BOTH_STOPPED, `chain-stopped ${MEMBER} ${OTHER}`, `chain-stopped ${MEMBER} ${HOME}`]);
    expect(run.outcome).toBe('verified');
  });

  it('is undetermined where nobody knows whose trail it is: chain-gap', async () => {
    const run = await verify(organization(), { regions: [HOME] });
    expect(told(run)).toEqual([`chain-gap ${HOME}`, `chain-gap ${MEMBER} ${HOME}`]);
  });

  it('is undetermined where a member stopped a trail of that name: chain-gap', async () => {
    const world = emptyWorld();
    for (const accountId of [OWNER, MEMBER]) {
      const events = (hour: number) =>
        accountId === MEMBER && hour === 3 ? [stopAt(3.8, { accountId, region: HOME })] : [];
      const options = { ...MAIN_TRAIL, ...inOrganization, accountId, logsPerHour: 1, events };
      forgeChain(world, { ...options, start: START, hours: 4 });
      forgeChain(world, { ...options, start: at(5), hours: 8, seed: 'after', events: () => [] });
    }
    for (const asked of [{}, { trail }])
      expect(told(await verify(world, asked))).toEqual([`chain-gap ${HOME}`, `chain-gap ${MEMBER} ${HOME}`]);
  });
});

/** A store that lists no folder of such a name. */
const refusing = (store: ObjectStore, folder: string): ObjectStore => ({
  ...store,
  list: (request) => {
    if (!request.prefix.includes(folder)) return store.list(request);
    const refusal = { errorCode: 'AccessDenied', message: 'Access Denied' };
    throw new ListingError(request, { status: 'denied', refusal });
  },
});
