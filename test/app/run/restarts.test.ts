import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/core/policy/parse-policy.js';
import { formatInstant, HOUR, type Instant, MINUTE, SECOND } from '../../../src/core/time/instant.js';
import { digestAt, type ForgedChain, forgeChain } from '../../support/forge/forge.js';
import { forgeCall } from '../../support/forge/forge-log.js';
import { ScheduledJob } from '../../support/run/run-incrementally.js';
import { type Run, type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject } from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:29:23Z');
const at = (hour: number): Instant => START + hour * HOUR;
const STOPPED = at(6);
const PAUSES = [SECOND, 20 * MINUTE, HOUR - SECOND, HOUR, HOUR + SECOND, 3 * HOUR];

interface Restarted {
  readonly world: World;
  readonly before: ForgedChain;
  readonly after: ForgedChain;
  readonly restartedAt: Instant;
  readonly now: Instant;
}

/** Six digests, and after a pause a starting digest and four more. */
function restarted(pause: number, events: (hour: number) => readonly object[] = () => []): Restarted {
  const world = emptyWorld();
  const restartedAt = STOPPED + pause;
  const options = { ...MAIN_TRAIL, events };
  const before = forgeChain(world, { ...options, start: START, hours: 6, logsPerHour: 4 });
  const logsPerHour = (hour: number) => (hour === 0 ? 0 : 4);
  const after = forgeChain(world, { ...options, start: restartedAt - HOUR, hours: 5, logsPerHour, seed: 'after' });
  return { world, before, after, restartedAt, now: restartedAt + 4 * HOUR + 40 * MINUTE };
}

/** What was delivered last before the pause: so many digests, each with its logs. */
function deleteLast({ world, before }: Restarted, count: number): void {
  for (const { ref, logs } of before.digests.slice(-count))
    for (const { ref: each } of [{ ref }, ...logs]) deleteObject(world, each);
}

const verify = ({ world, now }: Restarted, options: RunOptions = {}): Promise<Run> =>
  verifyWorld(world, { now, auditUnreferenced: true, ...options });

const codesOf = ({ findings }: Run) => findings.map(({ code }) => code);
const coverageOf = ({ events }: Run) =>
  events
    .flatMap((event) => (event.type === 'chain' ? event.report.coverage : []))
    .map(({ state, start, end }) => [state, start, end]);

const gap = ({ before, after, restartedAt }: Restarted, last = -1) => ({
  code: 'chain-gap',
  subject: { type: 'chain', chain: before.id },
  args: {
    start: digestAt(before, last).interval.end,
    end: restartedAt,
    previous: digestAt(before, last).ref,
    next: digestAt(after, 0).ref,
  },
});

describe.each(PAUSES)('logging that begins again after %i ms', (pause) => {
  it('is chain-gap, to the second, and its logs are not planted', async () => {
    const archive = restarted(pause);
    const run = await verify(archive);
    expect(run.findings).toEqual([gap(archive)]);
    expect(run.outcome).toBe('undetermined');
    expect(coverageOf(run)).toEqual([
      ['proven', at(0) + HOUR, STOPPED],
      ['gap', STOPPED, archive.restartedAt],
      ['proven', archive.restartedAt, archive.restartedAt + 4 * HOUR],
    ]);
  });

  it.each([1, 3])('is chain-gap where what was delivered last before it was deleted, %i digests', async (count) => {
    const archive = restarted(pause);
    deleteLast(archive, count);
    const run = await verify(archive);
    expect(run.findings).toEqual([gap(archive, -1 - count)]);
    expect(run.outcome).toBe('undetermined');
  });

  it('is chain-gap in every time that has any of it, and nothing in one that has none', async () => {
    const archive = restarted(pause);
    const { restartedAt, now } = archive;
    for (const asked of [
      { from: at(2), to: restartedAt },
      { from: STOPPED - SECOND, to: now },
      { from: restartedAt - SECOND, to: now },
      { from: at(2), to: restartedAt + MINUTE },
      { from: at(2) },
    ])
      expect(codesOf(await verify(archive, asked)), JSON.stringify(asked)).toContain('chain-gap');
    expect(codesOf(await verify(archive, { from: restartedAt, to: now }))).toEqual([]);
    expect(codesOf(await verify(archive, { from: at(2), to: Math.min(STOPPED, restartedAt - HOUR) }))).toEqual([]);
  });

  it('is chain-gap in each run that goes on from a checkpoint, until a policy accepts it', async () => {
    const archive = restarted(pause);
    const { world, restartedAt, now } = archive;
    const job = new ScheduledJob(world);
    for (let run = 0; run < 3; run += 1) expect(codesOf(await job.run(now + run * MINUTE))).toContain('chain-gap');
    const [from, to] = [Math.min(STOPPED, restartedAt - SECOND), restartedAt].map(formatInstant);
    const exception = { codes: ['chain-gap' as const], region: 'us-east-1', from: from ?? '', to: to ?? '' };
    const parsed = parsePolicy({ exceptions: [{ ...exception, reason: 'known', until: '2026-12-31' }] });
    if (!('policy' in parsed)) throw new Error('no policy');
    const run = await job.run(now + HOUR, { policy: parsed.policy });
    expect(run.findings).toMatchObject([{ code: 'chain-gap', effect: 'accepted' }]);
    expect(run.outcome).toBe('verified');
    // It accepts no gap that has become longer.
    deleteLast(archive, 2);
    const longer = await verify(archive, { policy: parsed.policy });
    expect(longer.outcome).toBe('undetermined');
  });

  it('is chain-gap, and attribution-event tells of a call that may be why, which proves no end', async () => {
    const call = { source: 'cloudtrail', time: at(5.2), parameters: { trailName: MAIN_TRAIL.trailName } };
    const events = (hour: number) => (hour === 5 ? [forgeCall({ ...call, name: 'PutEventSelectors' })] : []);
    const run = await verify(restarted(pause, events), { attribute: true });
    expect(codesOf(run)).toEqual(['chain-gap', 'attribution-event']);
    expect(run.outcome).toBe('undetermined');
  });
});

it('a first run that was deleted as a whole shows where a start is asked for: chain-begins-late', async () => {
  const archive = restarted(2 * HOUR);
  deleteLast(archive, 6);
  const run = await verify(archive, { from: START });
  expect([run.outcome, codesOf(run)]).toEqual(['undetermined', ['chain-begins-late']]);
  expect((await verify(archive)).outcome).toBe('verified');
});
