import { describe, expect, it } from 'vitest';
import { effectOf, type Finding } from '../../../src/core/findings/finding.js';
import { identityOf } from '../../../src/core/findings/finding-identity.js';
import { formatChainId } from '../../../src/core/objects/chain-id.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { digestAt, type ForgedChain, type ForgedDigest, forgeChain } from '../../support/forge/forge.js';
import { SeededRandom } from '../../support/forge/seeded-random.js';
import { ScheduledJob } from '../../support/run/run-incrementally.js';
import { type Run, verifyWorld } from '../../support/run/verify-world.js';
import { appendToObject, deleteObject, modifyLog, objectAt, replaceObject } from '../../support/tamper/tamper.js';
import { GrowingWorld } from '../../support/worlds/growing-world.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:29:23Z');
const HOURS = 210;
const DELIVERY = 28 * MINUTE;
const PLACE = { bucket: 'trails', trailName: 'main', homeRegion: 'us-east-1', recordsPerLog: 1 };
const FIRST = { ...PLACE, accountId: '111122223333', region: 'us-east-1' };

interface Trails {
  readonly forged: World;
  /** Chains of which what is delivered is all that ever was: each of its parts as forged. */
  readonly chains: readonly (readonly ForgedChain[])[];
  readonly backfill: ForgedChain;
  /** Is deleted whole. */
  readonly doomed: ForgedChain;
}

/** Three trails' worth: logging stopped for a time; a bucket that changes; one that begins late and ends early; late digests. */
function forgeTrails(): Trails {
  const world = emptyWorld();
  const hourly = (place: typeof FIRST, from: number, to: number, more: object = {}) =>
    forgeChain(world, {
      ...place,
      start: START + from * HOUR,
      hours: to - from,
      logsPerHour: (hour) => (hour % 3 === 0 ? 1 : 0),
      ...more,
    });
  const stopped = [hourly(FIRST, 0, 100), hourly(FIRST, 131, HOURS)];
  const other = { ...FIRST, accountId: '444455556666', region: 'eu-west-1' };
  const old = hourly(other, 0, 115, { bucket: 'trails-before' });
  const moved = [old, hourly(other, 115, HOURS, { previous: digestAt(old, -1) })];
  const doomed = hourly({ ...FIRST, region: 'ap-southeast-2' }, 30, 70);
  const backfill = forgeChain(world, {
    ...FIRST,
    kind: 'backfill',
    start: START + 20 * HOUR,
    hours: 12,
    logsPerHour: 1,
  });
  return { forged: world, chains: [stopped, moved], backfill, doomed };
}

/** What was done, and how it is to be known from the findings. */
interface Act {
  readonly name: string;
  readonly at: number;
  /** The hour in which it was put right. */
  readonly until?: number;
  readonly isFound: (found: Finding) => boolean;
}

/** The one time that logging was stopped: nothing tells whether the last digests before that are all there. */
const isTheStop = ({ chains: [stopped = []] }: Trails, { code, args }: Finding): boolean =>
  code === 'chain-gap' && stopped[1] !== undefined && args.next?.key === digestAt(stopped[1], 0).ref.key;

/** The one region that the trail was taken from: nothing tells whether its last digests are all there. */
const isTheEnd = ({ doomed }: Trails, { code, subject }: Finding): boolean =>
  code === 'chain-ends-before-siblings' &&
  subject.type === 'chain' &&
  formatChainId(subject.chain) === formatChainId(doomed.id);

const subjectIs =
  ({ bucket, key }: ObjectRef) =>
  ({ subject }: Finding): boolean =>
    'key' in subject && subject.key === key && subject.bucket === bucket;

const isHoleAt =
  ({ interval, key }: ForgedDigest) =>
  ({ code, subject, args }: Finding): boolean => {
    if (code !== 'chain-interval-lost' && code !== 'chain-interval-undetermined') return false;
    const isChain =
      subject.type === 'chain' && subject.chain.accountId === key.accountId && subject.chain.region === key.region;
    return isChain && 'start' in args && args.start < interval.end && interval.start < (args.end ?? 0);
  };

/** Everything that happens besides what CloudTrail delivers, by the hour. */
class Mischief {
  readonly acts: Act[] = [];
  /** What is refused now, and until which hour. */
  readonly refused = new Map<string, number>();
  /** Objects that were refused at any time. */
  readonly everRefused: ForgedDigest[] = [];
  readonly #random: SeededRandom;
  readonly #growing: GrowingWorld;
  readonly #trails: Trails;
  readonly #touched = new Set<ForgedDigest>();
  readonly #repairs: { readonly at: number; readonly putRight: () => void }[] = [];

  constructor(seed: string, growing: GrowingWorld, trails: Trails) {
    this.#random = new SeededRandom(seed);
    this.#growing = growing;
    this.#trails = trails;
  }

  happen(hour: number): void {
    for (const { at, putRight } of this.#repairs) if (at === hour) putRight();
    if (hour === 60 || hour === 175) this.#loseEnd(hour);
    if (hour === 75) this.#deleteWhole(hour);
    if (hour === 88 || hour === 198) this.#deleteEnd(hour);
    if (this.#random.below(12) === 0) this.#tamper(hour);
    if (hour > 2 && this.#random.below(12) === 0) this.#damageForNow(hour);
    if (this.#random.below(15) === 0) this.#refuse(hour);
  }

  /** What was delivered by then and nobody has touched, with both its neighbours. */
  #untouched(hour: number, newest: number): ForgedDigest | undefined {
    const [parts = []] = [this.#random.pick(this.#trails.chains)];
    const digests = parts.flatMap((part) => part.digests).filter(({ interval }) => interval.end <= START + hour * HOUR);
    const index = digests.length - 1 - this.#random.below(Math.min(digests.length, newest));
    const near = digests.slice(Math.max(0, index - 2), index + 3);
    if (near.some((digest) => this.#touched.has(digest))) return undefined;
    const digest = digests[index];
    if (digest) this.#touched.add(digest);
    return digest;
  }

  /** Half of it is done before a run has seen the object, the rest any time later. */
  #tamper(hour: number): void {
    const digest = this.#untouched(hour, this.#random.below(2) === 0 ? 1 : HOURS);
    if (!digest) return;
    const { world } = this.#growing;
    const [log] = digest.logs;
    const act = this.#random.pick(
      log ? (['modify log', 'delete log'] as const) : (['damage digest', 'delete digest'] as const),
    );
    if (act === 'modify log' && log) modifyLog(world, log.ref);
    if (act === 'delete log' && log) deleteObject(world, log.ref);
    if (act === 'damage digest') appendToObject(world, digest.ref, Uint8Array.of(1));
    if (act === 'delete digest') deleteObject(world, digest.ref);
    this.#growing.forgetOrder();
    const isFound = subjectIs(log ? log.ref : digest.ref);
    const isHole = isHoleAt(digest);
    this.acts.push({
      name: `${act} ${digest.ref.key}`,
      at: hour,
      isFound: (found) => isFound(found) || (!log && isHole(found)),
    });
  }

  /** Digest or log cannot be read for some hours. */
  #refuse(hour: number): void {
    const digest = this.#untouched(hour, 3);
    if (!digest) return;
    this.everRefused.push(digest);
    this.refused.set(
      this.#random.pick([digest.ref, ...digest.logs.map(({ ref }) => ref)]).key,
      hour + 1 + this.#random.below(8),
    );
    // Some of it is tampered with meanwhile.
    const [log] = digest.logs;
    if (!log || this.#random.below(2) === 0) return;
    modifyLog(this.#growing.world, log.ref);
    this.acts.push({ name: `modify refused ${log.ref.key}`, at: hour, isFound: subjectIs(log.ref) });
  }

  /** Digest or log is damaged before any run has seen it, and put right hours later: by then, the digest may list a log that is not what it was. */
  #damageForNow(hour: number): void {
    const digest = this.#untouched(hour, 1);
    if (!digest || digest.interval.end < START + hour * HOUR) return;
    const { world } = this.#growing;
    const until = hour + 1 + this.#random.below(30);
    const [log] = digest.logs;
    const act = this.#random.pick([
      'damage digest',
      'delete digest',
      ...(log ? (['modify log'] as const) : []),
    ] as const);
    const ref = act === 'modify log' && log ? log.ref : digest.ref;
    const object = objectAt(world, ref);
    if (act === 'modify log') modifyLog(world, ref);
    if (act === 'damage digest') replaceObject(world, ref, Uint8Array.of(1));
    if (act === 'delete digest') deleteObject(world, ref);
    const [isOf, isHole] = [subjectIs(ref), isHoleAt(digest)];
    const isFound = (found: Finding) => isOf(found) || (act !== 'modify log' && isHole(found));
    this.acts.push({ name: `${act} for now ${ref.key}`, at: hour, until, isFound });
    this.#growing.forgetOrder();
    this.#putRight(until, () => {
      putObject(world, ref.bucket, ref.key, object);
      if (!log || act === 'modify log' || this.#random.below(2) === 0) return;
      modifyLog(world, log.ref);
      this.acts.push({ name: `modify behind ${log.ref.key}`, at: until, isFound: subjectIs(log.ref) });
    });
  }

  #putRight(at: number, putRight: () => void): void {
    this.#repairs.push({
      at,
      putRight: () => {
        putRight();
        this.#growing.forgetOrder();
      },
    });
  }

  /** The newest digests of a chain are gone for a time. */
  #loseEnd(hour: number): void {
    const { world } = this.#growing;
    for (const digest of this.#newest(this.#trails.chains[1] ?? [], hour)) {
      const object = objectAt(world, digest.ref);
      deleteObject(world, digest.ref);
      const [isOf, isHole] = [subjectIs(digest.ref), isHoleAt(digest)];
      const isFound = (found: Finding) => isOf(found) || isHole(found);
      this.acts.push({ name: `lose ${digest.ref.key}`, at: hour, until: hour + 20, isFound });
      this.#putRight(hour + 20, () => putObject(world, digest.ref.bucket, digest.ref.key, object));
    }
    this.#growing.forgetOrder();
  }

  /** The three newest digests that nobody has touched. */
  #newest(parts: readonly ForgedChain[], hour: number): readonly ForgedDigest[] {
    const delivered = parts
      .flatMap((part) => part.digests)
      .filter(({ interval }) => interval.end <= START + hour * HOUR);
    const newest = delivered.slice(-3).filter((digest) => !this.#touched.has(digest));
    for (const digest of newest) this.#touched.add(digest);
    return newest;
  }

  #deleteEnd(hour: number): void {
    for (const digest of this.#newest(this.#trails.chains[0] ?? [], hour)) {
      deleteObject(this.#growing.world, digest.ref);
      const [isFound, isHole] = [subjectIs(digest.ref), isHoleAt(digest)];
      this.acts.push({
        name: `delete newest ${digest.ref.key}`,
        at: hour,
        isFound: (found) => isFound(found) || isHole(found),
      });
    }
    this.#growing.forgetOrder();
  }

  #deleteWhole(hour: number): void {
    const { digests, id } = this.#trails.doomed;
    for (const digest of digests)
      for (const ref of [digest.ref, ...digest.logs.map((log) => log.ref)]) deleteObject(this.#growing.world, ref);
    this.#growing.forgetOrder();
    const isFound = ({ code, subject }: Finding) =>
      code === 'checkpoint-chain-missing' &&
      subject.type === 'chain' &&
      formatChainId(subject.chain) === formatChainId(id);
    this.acts.push({ name: 'delete chain', at: hour, isFound });
  }
}

/** The store at an hour: some objects are refused, in the one way or the other; a listener is told of every read. */
function storeAt(store: ObjectStore, { refused }: Mischief, hour: number, onRead: () => void): ObjectStore {
  const refusal = { errorCode: 'SlowDown', message: 'no' };
  const fault = (key: string) => {
    const until = refused.get(key);
    if (until === undefined || until <= hour) return undefined;
    return until % 2 === 0 ? ({ status: 'denied', refusal } as const) : ({ status: 'unavailable', refusal } as const);
  };
  return {
    ...store,
    get: async (ref, maxBytes) => {
      onRead();
      return fault(ref.key) ?? store.get(ref, maxBytes);
    },
    open: async (ref, maxBytes) => fault(ref.key) ?? store.open(ref, maxBytes),
  };
}

/** `unreported`: killed before its report. `unremembered`: after it, and before the checkpoint. `stopped`: told to end in the middle. */
type End = 'whole' | 'unreported' | 'unremembered' | 'stopped';

interface ReportedRun extends Run {
  readonly hour: number;
  readonly end: Exclude<End, 'unreported'>;
}

const NEVER = new AbortController().signal;

async function live(seed: string, trails: Trails, hours: number, recheck: { share: number } | undefined) {
  const growing = new GrowingWorld(trails.forged.publicKeys);
  const parts = [...trails.chains.flat(), trails.doomed];
  for (const part of parts) growing.scheduleAll(trails.forged, part, DELIVERY);
  growing.scheduleAll(trails.forged, trails.backfill, 5 * HOUR + DELIVERY);
  const mischief = new Mischief(seed, growing, trails);
  const random = new SeededRandom(`${seed} runs`);
  const settings = { salt: seed, ...(recheck && { recheck }) };
  const job = new ScheduledJob(growing.world, settings);
  const runs: ReportedRun[] = [];
  const nowAt = (hour: number): Instant => START + hour * HOUR + 45 * MINUTE;
  for (let hour = 1; hour <= hours; hour += 1) {
    growing.deliver(nowAt(hour));
    mischief.happen(hour);
    const end = random.below(4) > 0 ? 'whole' : random.pick(['unreported', 'unremembered', 'stopped'] as const);
    const stop = new AbortController();
    let reads = end === 'stopped' ? random.below(8) : Number.POSITIVE_INFINITY;
    const store = storeAt(growing.store, mischief, hour, () => {
      reads -= 1;
      if (reads < 0) stop.abort();
    });
    const run = await job.run(
      nowAt(hour),
      { store, stopSignals: { stop: stop.signal, abandon: NEVER } },
      end === 'unreported' || end === 'unremembered',
    );
    if (end !== 'unreported') runs.push({ ...run, hour, end });
  }
  // Last of all, everything once more.
  const last = new ScheduledJob(growing.world, { ...settings, recheck: { share: 1 } });
  last.document = job.document;
  const { store } = growing;
  runs.push({ ...(await last.run(nowAt(hours), { store })), hour: hours + 1, end: 'whole' });
  const whole = await verifyWorld(growing.world, { store, now: nowAt(hours) });
  return { mischief, runs, whole };
}

/** What only says how far a run came that was stopped. */
const isOfStop = (end: End, { code }: Finding): boolean =>
  end === 'stopped' && (code === 'run-interrupted' || code === 'chain-interval-undetermined');

/** Holes that are seen in parts without the digests around them are one by their identity, and several by their time. */
const nameOf = (found: Finding): string =>
  `${identityOf(found)} ${found.code === 'chain-interval-undetermined' ? found.args.start : ''}`;

const isBad = (found: Finding): boolean => !['warning', 'accepted'].includes(effectOf(found));

/*
 * What may be said in that time that a whole run at its end does not say, and nothing else:
 * - of the runs themselves: that one was the first, that one was stopped, that earlier ones failed
 * - what was put right later, as long as it was not
 * - what could not be read at the time, and the hours that it left undetermined
 * - that a chain is gone of which nothing is left
 * - a hole in the time by the part of it that a run looks at: what lies on its other side comes later
 */
describe('nine days of hourly runs', () => {
  const trails = forgeTrails();

  it.each([
    ['that look at what is new', 'first', HOURS, undefined],
    ['of which one week looks again at some of the rest', 'second', 168, { share: 1 / 40 }],
  ])(
    '%s ends with what was done, and with nothing else',
    async (_, seed, hours, recheck) => {
      const { mischief, runs, whole } = await live(seed, trails, hours, recheck);
      const told = runs.map((run) => ({ ...run, findings: run.findings.filter((found) => !isOfStop(run.end, found)) }));
      const all = new Map(told.flatMap(({ findings }) => findings.map((found) => [identityOf(found), found])));
      const { acts, everRefused } = mischief;
      expect(acts.length).toBeGreaterThan(hours / 24);
      expect(everRefused.length).toBeGreaterThan(hours / 48);

      // None lost: each act is found, and so is all that a whole run at the end finds.
      const bad = [...all.values()].filter(isBad);
      // What was put right before a run had come to its end, nobody can find.
      const isMissed = ({ until, isFound }: Act) => until === undefined && !bad.some(isFound);
      expect(acts.filter(isMissed).map(({ name }) => name)).toEqual([]);
      expect(whole.findings.filter((found) => !all.has(identityOf(found)))).toEqual([]);

      // Nothing else is found.
      const refusedParts = everRefused.flatMap((digest) => [
        isHoleAt(digest),
        ...[digest.ref, ...digest.logs.map(({ ref }) => ref)].map(subjectIs),
      ]);
      const isExplained = (found: Finding) =>
        acts.some(({ isFound }) => isFound(found)) ||
        (effectOf(found) === 'undetermined' && refusedParts.some((isOf) => isOf(found))) ||
        isTheStop(trails, found) ||
        isTheEnd(trails, found) ||
        found.code === 'run-interrupted';
      expect(bad.filter((found) => !isExplained(found))).toEqual([]);

      // None before its time, and no run fails or is undetermined for nothing.
      for (const { hour, findings, outcome, end } of told) {
        for (const found of findings.filter(isBad)) {
          const act = acts.find(({ isFound }) => isFound(found));
          if (act && effectOf(found) === 'failed') expect(act.at).toBeLessThanOrEqual(hour);
        }
        // What could not be proven is said in every run until it is put right, and in none after that.
        // Nobody knows of a deleted newest digest before the next one names it.
        for (const { name, at, until = HOURS, isFound } of acts.filter((act) => act.until !== undefined)) {
          const isTold = findings.some((found) => effectOf(found) === 'failed' && isFound(found));
          if (hour < at || hour >= until) expect([hour, name, isTold]).toEqual([hour, name, false]);
          else if (end === 'whole' && (name.startsWith('damage') || (name.startsWith('delete') && hour > at)))
            expect([hour, name, isTold]).toEqual([hour, name, true]);
        }
        if (end === 'whole') expect([hour, outcome !== 'verified']).toEqual([hour, findings.some(isBad)]);
      }

      // What remains in the end is what a whole run says, and what only a memory can say.
      const known = new Set(whole.findings.map(identityOf));
      const more = (runs.at(-1)?.findings ?? []).filter((found) => !known.has(identityOf(found)));
      // Time that was verified once is lost where a whole run sees a gap. That an act explains it was held above.
      const codes = more.map(({ code }) => code).filter((code) => code !== 'chain-interval-lost');
      expect(new Set(codes)).toEqual(new Set(['checkpoint-chain-missing', 'checkpoint-earlier-failures']));

      // None doubled: no run says a thing twice, and one that is not looked at again on purpose is said by one whole run, or by two where it is newest.
      const twice = runs.flatMap(({ findings }) =>
        findings.map(nameOf).filter((name, index, names) => names.indexOf(name) < index),
      );
      expect(twice).toEqual([]);
      if (!recheck)
        for (const found of bad.filter(({ code }) => code === 'log-modified' || code === 'log-missing')) {
          const told = runs
            .slice(0, -1)
            .filter(
              ({ end, findings }) => end === 'whole' && findings.some((each) => identityOf(each) === identityOf(found)),
            );
          expect(told.length).toBeLessThanOrEqual(2);
        }
    },
    240_000,
  );
});
