import { describe, expect, it } from 'vitest';
import type { FindingCode } from '../../../src/core/findings/finding.js';
import { parsePolicy } from '../../../src/core/policy/parse-policy.js';
import { DAY, formatInstant, HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import { digestAt, type ForgedChain, forgeChain } from '../../support/forge/forge.js';
import { ScheduledJob } from '../../support/run/run-incrementally.js';
import type { Run, RunOptions } from '../../support/run/verify-world.js';
import { copyObject, deleteObject, objectAt } from '../../support/tamper/tamper.js';
import { EVENTS_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:01:31Z');
const FORGE = { ...EVENTS_TRAIL, start: START, hours: 6, logsPerHour: 1, recordsPerLog: 1 };
const LATER = 45 * MINUTE;

const codesOf = ({ findings }: Run) => findings.map(({ code }) => code);
const lostOf = ({ findings }: Run) =>
  findings.flatMap((found) => (found.code === 'chain-interval-lost' ? [found.args] : []));

/** Six hours that a run has verified. */
async function verified(settings = {}) {
  const world = emptyWorld();
  const chain = forgeChain(world, FORGE);
  const job = new ScheduledJob(world, settings);
  expect((await job.run(START + 6 * HOUR + LATER)).outcome).toBe('verified');
  return { world, chain, job };
}

/** Logging begins again then: the starting digest covers the hour before, and lists no logs. */
const restart = (world: World, at: Instant, hours = 3): ForgedChain =>
  forgeChain(world, { ...FORGE, start: at - HOUR, hours, logsPerHour: (hour) => (hour === 0 ? 0 : 1) });

/** Deletes the newest digests; answers with what puts them back. */
function deleteNewest(world: World, chain: ForgedChain, count: number): () => void {
  const deleted = chain.digests.slice(-count).map(({ ref }) => ({ ref, object: objectAt(world, ref) }));
  for (const { ref } of deleted) deleteObject(world, ref);
  return () => {
    for (const { ref, object } of deleted) putObject(world, ref.bucket, ref.key, object);
  };
}

describe('time that was verified does not turn into a gap', () => {
  it.each([
    [1, 5 * MINUTE],
    [1, 50 * MINUTE],
    [1, 5 * HOUR],
    [3, 50 * MINUTE],
    [1, 40 * DAY],
    [3, 40 * DAY],
    [6, 5 * HOUR],
  ])(
    'newest %i digests deleted, logging restarted after %i ms: chain-interval-lost in every run until they are back',
    async (count, pause) => {
      const { world, chain, job } = await verified();
      const putBack = deleteNewest(world, chain, count);
      const at = START + 6 * HOUR + pause;
      restart(world, at);
      const now = at + 2 * HOUR + LATER;
      for (let run = 0; run < 3; run += 1) {
        const told = await job.run(now + run * HOUR);
        expect(told.outcome).toBe('failed');
        const [lost = expect.fail(), ...more] = lostOf(told);
        expect(more).toEqual([]);
        expect(lost.start).toBeLessThanOrEqual(START + 5 * HOUR);
        expect(lost.end).toBeGreaterThanOrEqual(Math.min(START + 6 * HOUR, at - HOUR));
      }
      putBack();
      for (let run = 0; run < 2; run += 1) {
        const repaired = await job.run(now + 4 * HOUR);
        expect(repaired.outcome).not.toBe('failed');
        expect(codesOf(repaired)).toContain('checkpoint-earlier-failures');
        expect(lostOf(repaired)).toEqual([]);
      }
      expect(job.checkpoint?.chains[0]?.history?.failed).toEqual([]);
    },
  );

  it('the first run deleted whole, and all looked at again: chain-interval-lost, not chain-begins-late alone', async () => {
    const { world, chain, job } = await verified({ recheck: { share: 1 } });
    restart(world, START + 20 * HOUR);
    const now = START + 22 * HOUR + LATER;
    await job.run(now);
    deleteNewest(world, chain, 6);
    for (let run = 0; run < 2; run += 1) {
      const told = await job.run(now);
      expect(told.outcome).toBe('failed');
      expect(lostOf(told)).toMatchObject([{ end: START + 6 * HOUR }]);
    }
  });

  it('a run between two restarts deleted: the time from its first hour to its last is lost, and no more', async () => {
    const { world, job } = await verified({ recheck: { share: 1 } });
    const middle = restart(world, START + 20 * HOUR, 5);
    restart(world, START + 40 * HOUR);
    const now = START + 42 * HOUR + LATER;
    expect(lostOf(await job.run(now))).toEqual([]);
    deleteNewest(world, middle, 5);
    const told = await job.run(now);
    const [lost = expect.fail(), ...more] = lostOf(told);
    expect(more).toEqual([]);
    expect(lost.end).toBe(START + 24 * HOUR);
    expect(lost.start).toBeGreaterThanOrEqual(START + 19 * HOUR);
  });

  it('is accepted by a policy for as long as that says, and fails then', async () => {
    const { world, chain, job } = await verified();
    deleteNewest(world, chain, 2);
    restart(world, START + 10 * HOUR);
    const now = START + 12 * HOUR + LATER;
    await job.run(now);
    const accepting = (...codes: FindingCode[]): RunOptions => {
      const until = formatInstant(now + 3 * HOUR);
      const parsed = parsePolicy({ exceptions: [{ codes, account: FORGE.accountId, reason: 'known', until }] });
      if (!('policy' in parsed)) throw new Error(JSON.stringify(parsed));
      return { policy: parsed.policy };
    };
    // That a gap is accepted accepts no loss.
    expect((await job.run(now + HOUR, accepting('chain-gap', 'chain-begins-late'))).outcome).toBe('failed');
    const all = accepting('chain-gap', 'chain-begins-late', 'chain-interval-lost');
    for (let run = 0; run < 2; run += 1) expect((await job.run(now + HOUR, all)).outcome).toBe('verified');
    expect((await job.run(now + 4 * HOUR, all)).outcome).toBe('failed');
  });
});

describe('time in which nothing was delivered stays a gap', () => {
  it.each([5 * MINUTE, 20 * MINUTE, 59 * MINUTE, HOUR, 3 * HOUR, 3 * DAY, 70 * DAY])(
    'logging restarted after %i ms, looked at again in parts and as a whole: no chain-interval-lost',
    async (pause) => {
      for (const share of [0.2, 0.3, 1]) {
        const { world, job } = await verified({ recheck: { share } });
        restart(world, START + 6 * HOUR + pause, 4);
        const now = START + 9 * HOUR + pause + LATER;
        for (let run = 0; run < 6; run += 1) {
          const told = await job.run(now + run * HOUR);
          expect(told.outcome).not.toBe('failed');
          expect(codesOf(told)).not.toContain('checkpoint-earlier-failures');
        }
      }
    },
  );
});

it('a copy of the remembered digest planted under another name: digest-moved, and nothing is lost', async () => {
  const { world, chain, job } = await verified();
  const { ref } = digestAt(chain, -1);
  copyObject(world, ref, { ...ref, key: ref.key.replace('T060131Z', 'T053131Z') });
  for (let run = 0; run < 2; run += 1) {
    const told = await job.run(START + 6 * HOUR + LATER);
    expect([told.outcome, codesOf(told)]).toEqual(['failed', ['digest-moved']]);
  }
});
