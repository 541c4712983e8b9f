import { describe, expect, it } from 'vitest';
import type { MembersAnswer } from '../../../src/app/expected/expected-chains.js';
import type { Finding } from '../../../src/core/findings/finding.js';
import { parseTrailArn } from '../../../src/core/objects/trail-arn.js';
import { HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain } from '../../support/forge/forge.js';
import { ScheduledJob } from '../../support/run/run-incrementally.js';
import { type Run, type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject } from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:29:23Z');
const HOURS = 12;
/** After so many hours the account left. */
const LEFT_AFTER = 6;
const NOW = START + HOURS * HOUR + 45 * MINUTE;
const OWNER = '111122223333';
const MEMBER = '444455556666';
const LEFT = '777788889999';
const REGIONS = ['eu-west-1', 'us-east-1'];
const TRAIL: ForgeOptions = {
  bucket: 'acme-trails',
  organizationId: 'o-exampleorgid',
  accountId: OWNER,
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'all',
  start: START,
  hours: HOURS,
  logsPerHour: 1,
};
const ARN = parseTrailArn(`arn:aws:cloudtrail:us-east-1:${OWNER}:trail/all`) ?? expect.fail();
const at = (hour: number): Instant => START + hour * HOUR;

/** An organization of which one account left, by regions the chains of that one. */
function organization(change: Partial<ForgeOptions> = {}): { world: World; left: ForgedChain[] } {
  const world = emptyWorld();
  for (const accountId of [OWNER, MEMBER])
    for (const region of REGIONS) forgeChain(world, { ...TRAIL, accountId, region });
  const ofLeft = { ...TRAIL, accountId: LEFT, hours: LEFT_AFTER, ...change };
  return { world, left: REGIONS.map((region) => forgeChain(world, { ...ofLeft, region })) };
}

const members = (...accounts: readonly (readonly [string, boolean])[]): MembersAnswer => ({
  status: 'found',
  accounts: accounts.map(([accountId, isActive]) => ({ accountId, isActive })),
});
const WITHOUT = members([OWNER, true], [MEMBER, true]);
const SUSPENDED = members([OWNER, true], [MEMBER, true], [LEFT, false]);

const verify = (world: World, answer: MembersAnswer | undefined, options: RunOptions = {}): Promise<Run> =>
  verifyWorld(world, { now: NOW, isLive: true, ...options, trail: trailOf(answer) });
const trailOf = (answer: MembersAnswer | undefined) => ({
  arn: ARN,
  isMultiRegion: true,
  ...(answer && { members: answer }),
});

const hasLeft = (chain: ForgedChain, last = -1): Finding => ({
  code: 'organization-account-left',
  subject: { type: 'run' },
  args: { accountId: LEFT, last: digestAt(chain, last).ref },
});
const toldOf = ({ findings }: Run): readonly (readonly [string, string])[] =>
  findings.map(({ code, subject }) => [
    code,
    subject.type === 'chain' ? `${subject.chain.accountId} ${subject.chain.region}` : subject.type,
  ]);
const keyOf = (finding: Finding): string => ('key' in finding.subject ? finding.subject.key : '');

const TIMES: readonly (readonly [string, RunOptions])[] = [
  ['no time', {}],
  ['until now', { to: NOW }],
  ['of some hours until now', { from: at(3), to: NOW }],
  ['no older than three hours', { maxAge: 3 * HOUR }],
];

describe('an account that left its organization or was closed', () => {
  describe.each([
    ['not named any more', WITHOUT],
    ['named as suspended', SUSPENDED],
  ])('%s', (_, answer) => {
    it.each(TIMES)('has no later digests: organization-account-left, %s', async (_time, options) => {
      const { world, left } = organization();
      const run = await verify(world, answer, options);
      expect(run.findings).toEqual([hasLeft(left[0] ?? expect.fail())]);
      expect(run.outcome).toBe('verified');
    });
  });

  it.each<[string, MembersAnswer | undefined, RunOptions]>([
    ['is an active member', members([OWNER, true], [MEMBER, true], [LEFT, true]), {}],
    ['is expected by name', WITHOUT, { expectAccounts: [LEFT] }],
    ['is not in another organization than that of the trail', members(['999999999999', true]), {}],
    ['is not in an organization without accounts', members(), {}],
    ['may have left, for all that is known', undefined, {}],
    [
      'may have left, for all that may be known',
      { status: 'unavailable', refusal: { errorCode: 'E', message: '' } },
      {},
    ],
  ])('but %s: chain-ends-early', async (_, answer, options) => {
    const run = await verify(organization().world, answer, { ...options, to: NOW });
    expect(toldOf(run)).toEqual(
      expect.arrayContaining(REGIONS.map((region) => ['chain-ends-early', `${LEFT} ${region}`])),
    );
    expect(run.findings.map(({ code }) => code)).not.toContain('organization-account-left');
    expect(run.outcome).toBe('failed');
  });

  it('has time without digests, and not lost time, behind it', async () => {
    const { events } = await verify(organization().world, WITHOUT, { to: NOW });
    const coverage = events.flatMap((event) =>
      event.type === 'chain' && event.report.chain.accountId === LEFT ? [event.report.coverage.at(-1)] : [],
    );
    const gap = { state: 'gap', start: at(LEFT_AFTER), end: NOW };
    expect(coverage).toEqual([gap, gap]);
  });

  it.each<[string, number, Instant]>([
    ['a month', 3, at(8)],
    ['years', 3 - 9000, at(1)],
  ])('has nothing in the time asked for, %s later: organization-account-left', async (_, start, from) => {
    const { world, left } = organization({ start: at(start), hours: 3 });
    const run = await verify(world, WITHOUT, { from, to: NOW });
    const known = start > 0 ? { last: digestAt(left[0] ?? expect.fail(), -1).ref } : {};
    expect(run.findings).toEqual([
      { code: 'organization-account-left', subject: { type: 'run' }, args: { accountId: LEFT, ...known } },
    ]);
    expect(run.outcome).toBe('verified');
  });

  it('is nobody’s business where the time asked for ends before', async () => {
    const run = await verify(organization().world, WITHOUT, { from: at(1), to: at(5) });
    expect(run.findings).toEqual([]);
  });
});

describe('what an account that left has lost', () => {
  it('are the last digests of a region, where others have newer ones: chain-ends-early', async () => {
    const { world, left } = organization();
    const [cut, whole] = left.map((chain) => chain ?? expect.fail());
    for (const { ref, logs } of cut?.digests.slice(1) ?? [])
      for (const gone of [ref, ...logs.map((log) => log.ref)]) deleteObject(world, gone);
    const run = await verify(world, WITHOUT, { to: NOW });
    expect(run.findings).toEqual([
      {
        code: 'chain-ends-early',
        subject: { type: 'chain', chain: cut?.id },
        args: { start: at(1), end: NOW, last: cut && digestAt(cut, 0).ref },
      },
      hasLeft(whole ?? expect.fail()),
    ]);
    expect(run.outcome).toBe('failed');
    expect(toldOf(await verify(world, WITHOUT))).toContainEqual(['chain-ends-before-siblings', `${LEFT} eu-west-1`]);
  });

  it('are all digests of a region, where others have some: folder-without-digests-in-range', async () => {
    const { world } = organization();
    forgeChain(world, { ...TRAIL, accountId: LEFT, region: 'us-west-2', start: at(-9000), hours: 3, logsPerHour: 0 });
    const run = await verify(world, WITHOUT, { from: at(1), to: NOW });
    expect(toldOf(run)).toContainEqual(['folder-without-digests-in-range', 'folder']);
    expect(run.outcome).toBe('undetermined');
  });

  it.each(TIMES)('are digests of logs that are left: folder-logs-alone, %s', async (_, options) => {
    const { world, left } = organization({ hours: 10 });
    for (const { digests } of left) for (const { ref } of digests.slice(5)) deleteObject(world, ref);
    const run = await verify(world, WITHOUT, options);
    expect(run.findings.filter(({ code }) => code === 'folder-logs-alone').map(keyOf)).toEqual(
      REGIONS.map((region) => `AWSLogs/o-exampleorgid/${LEFT}/CloudTrail/${region}/`),
    );
    expect(run.outcome).toBe('undetermined');
  });

  it('are no digests, where the hour in which it left has logs', async () => {
    const { world, left } = organization();
    for (const { digests } of left) for (const { ref } of digests.slice(-1)) deleteObject(world, ref);
    const run = await verify(world, WITHOUT, { to: NOW });
    expect(run.findings).toEqual([hasLeft(left[0] ?? expect.fail(), -2)]);
  });

  it('is in the middle: digest-missing', async () => {
    const { world, left } = organization();
    for (const chain of left) deleteObject(world, digestAt(chain, 2).ref);
    const run = await verify(world, WITHOUT, { to: NOW });
    expect(toldOf(run).map(([code]) => code)).toEqual(
      expect.arrayContaining(['digest-missing', 'chain-interval-lost']),
    );
    expect(run.outcome).toBe('failed');
  });
});

it('an account that has left stays so in a scheduled job, and what is deleted of it later is missed', async () => {
  const { world, left } = organization();
  const job = new ScheduledJob(world);
  const options = { isLive: true, trail: trailOf(WITHOUT), maxAge: 3 * HOUR };
  for (const _ of [1, 2, 3]) {
    const run = await job.run(NOW, options);
    expect(run.findings.filter(({ code }) => !code.startsWith('checkpoint-'))).toEqual([
      hasLeft(left[0] ?? expect.fail()),
    ]);
    expect(run.outcome).toBe('verified');
  }
  for (const { digests } of left) for (const { ref } of digests.slice(-2)) deleteObject(world, ref);
  expect((await job.run(NOW, options)).outcome).toBe('failed');
});
