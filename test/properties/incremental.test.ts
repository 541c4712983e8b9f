import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectOf, FINDING_CODES, FINDING_EFFECTS, type Finding } from '../../src/core/findings/finding.js';
import { identityOf } from '../../src/core/findings/finding-identity.js';
import type { Outcome } from '../../src/core/findings/outcome.js';
import { parsePolicy } from '../../src/core/policy/parse-policy.js';
import { formatInstant, type Interval } from '../../src/core/time/instant.js';
import { randomCases } from '../support/run/random-cases.js';
import { ScheduledJob } from '../support/run/run-incrementally.js';
import { type Run, type RunOptions, verifyWorld } from '../support/run/verify-world.js';
import { EVENTS_TRAIL } from '../support/worlds/example-trails.js';
import { anyHistory, LivingTrail, type Turn } from '../support/worlds/incremental-history.js';

/*
 * Whatever happens to a trail and its bucket, run by run: a run that goes on from the others never says that things are better
 * than a run over everything would say, and forgets nothing that failed. With TRAILPROOF_WORLDS=10000 as a search by hand.
 */

const RUNS = randomCases(40);
const SEED = Number(process.env.TRAILPROOF_SEED ?? 20_260_301);

const RANK: Readonly<Record<Outcome, number>> = { verified: 0, undetermined: 1, failed: 2 };

const isFailed = (found: Finding): boolean => effectOf(found) === 'failed' || FINDING_EFFECTS[found.code] === 'failed';
const failuresOf = ({ findings }: Run): Set<string> => new Set(findings.filter(isFailed).map(identityOf));
const earlierOf = ({ findings }: Run): number =>
  findings.reduce((sum, { code, args }) => (code === 'checkpoint-earlier-failures' ? sum + args.count : sum), 0);
const coverageOf = ({ events }: Run, ...states: string[]): Interval[] =>
  events.flatMap((event) =>
    event.type === 'chain' ? event.report.coverage.filter(({ state }) => states.includes(state)) : [],
  );
const overlaps = (a: Interval, b: Interval): boolean => a.start < b.end && b.start < a.end;

function optionsOf(trail: LivingTrail, { isUntilNow }: Turn): RunOptions {
  const { now, store } = trail;
  const to = isUntilNow ? { to: now } : {};
  if (trail.acceptedUntil <= now) return { store, now, ...to };
  const exception = {
    codes: FINDING_CODES.filter((code) => /^(?:digest|log|chain|checkpoint)-/.test(code)),
    account: EVENTS_TRAIL.accountId,
    reason: 'known',
    until: formatInstant(trail.acceptedUntil),
  };
  const parsed = parsePolicy({ exceptions: [exception] });
  if (!('policy' in parsed)) throw new Error(JSON.stringify(parsed));
  return { store, now, ...to, policy: parsed.policy };
}

/** What the runs so far have said. */
class Told {
  readonly failures = new Set<string>();
  readonly proven: Interval[] = [];
  /** Digests that were verified, and gone when a run looked. */
  readonly gone = new Set<string>();
  readonly #verified = new Set<string>();
  /** Each object as it was when a run last looked at its time. */
  readonly #seen = new Map<string, unknown>();
  #isBegun = false;

  /** Whether anything was changed, or came to lie, in time that the next run does not look at. */
  hasUnseen(trail: LivingTrail, anchorStart: number): boolean {
    const objects = trail.objects;
    const keys = new Set([...objects.keys(), ...this.#seen.keys()]);
    return (
      this.#isBegun &&
      [...keys].some((key) => isOld(trail, key, anchorStart) && objects.get(key) !== this.#seen.get(key))
    );
  }

  remember(run: Run, trail: LivingTrail, lookedFrom: number): void {
    for (const id of failuresOf(run)) this.failures.add(id);
    this.proven.push(...coverageOf(run, 'proven'));
    const lost = run.findings.flatMap(({ code, args }) => (code === 'chain-interval-lost' ? [args] : []));
    for (const event of run.events) if (event.type === 'digest' && event.trusted) this.#verified.add(event.ref.key);
    for (const { ref, interval } of trail.digests) {
      const isLost = lost.some((each) => overlaps(each, interval));
      if (isLost && trail.isGone(ref.key) && this.#verified.has(ref.key) && !trail.starting.has(ref.key))
        this.gone.add(ref.key);
    }
    for (const key of new Set([...trail.objects.keys(), ...this.#seen.keys()]))
      if (!this.#isBegun || !isOld(trail, key, lookedFrom)) this.#seen.set(key, trail.objects.get(key));
    this.#isBegun = true;
  }
}

const isOld = (trail: LivingTrail, key: string, anchorStart: number): boolean => trail.timeOf(key).end <= anchorStart;

async function live(history: readonly Turn[]): Promise<void> {
  const trail = new LivingTrail();
  const settings: { recheck?: { share: number } } = {};
  const job = new ScheduledJob(trail.world, settings);
  const told = new Told();
  for (const [index, turn] of history.entries()) {
    trail.do(turn.act);
    const anchorStart = job.checkpoint?.chains[0]?.history?.anchor.start ?? Number.NEGATIVE_INFINITY;
    for (const key of told.gone) if (!trail.isGone(key)) told.gone.delete(key);
    if (turn.recheck > 0) settings.recheck = { share: turn.recheck };
    else delete settings.recheck;
    const options = optionsOf(trail, turn);
    const run = await job.run(trail.now, options, turn.isKilled);
    const whole = await verifyWorld(trail.world, options);
    const at = `after act ${index}, ${JSON.stringify(turn)}`;

    // Each failure of an earlier run is said again or counted.
    const now = failuresOf(run);
    const earlier = [...told.failures].filter((id) => !now.has(id));
    expect(earlierOf(run), `failures of earlier runs ${at}`).toBe(earlier.length);

    // Time that was verified never turns into a gap, and is never awaited.
    const open = coverageOf(run, 'gap', 'stale', 'pending');
    const turned = open.filter((gap) => told.proven.some((proven) => overlaps(gap, proven)));
    expect(turned, `time that was verified ${at}`).toEqual([]);

    // Of a digest that was verified, and gone when a run looked, every run says so until it is put back.
    const isSaid = run.findings.some(({ code }) => FINDING_EFFECTS[code] !== 'warning');
    if (told.gone.size > 0) expect(isSaid, `digests that are gone ${at}`).toBe(true);

    // No run is better than a whole one, but for what it does not look at.
    const isRechecked = turn.recheck === 1 && index > 0;
    const isSeen = !told.hasUnseen(trail, anchorStart) && trail.denied.every(({ end }) => end > anchorStart);
    if (isRechecked || (isSeen && earlier.length === 0))
      expect(RANK[run.outcome], `outcome ${at}: ${describe_(run, whole)}`).toBeGreaterThanOrEqual(RANK[whole.outcome]);
    // Where everything is as it was delivered, none fails.
    if (trail.changed.size === 0) expect(run.outcome, `outcome ${at}`).not.toBe('failed');

    if (!turn.isKilled) told.remember(run, trail, isRechecked ? Number.NEGATIVE_INFINITY : anchorStart);
  }
}

const describe_ = (run: Run, whole: Run): string =>
  [run, whole].map(({ findings }) => findings.map(({ code }) => code).join(' ')).join(' | ');

describe('runs that go on from one another', () => {
  it(
    'forget no failure, take no verified time for a gap, and are never better than a whole run',
    async () => {
      await fc.assert(fc.asyncProperty(anyHistory, live), { numRuns: RUNS, seed: SEED });
    },
    RUNS * 2_000 + 60_000,
  );
});
