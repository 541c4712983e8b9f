import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FINDING_EFFECTS, type Finding } from '../../../src/core/findings/finding.js';
import { formatChainId } from '../../../src/core/objects/chain-id.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import type { ChainReport } from '../../../src/core/report/verify-events.js';
import { HOUR, type Instant, type Interval, MINUTE } from '../../../src/core/time/instant.js';
import { type ForgedChain, type ForgedDigest, forgeChain } from '../../support/forge/forge.js';
import { KEY_A, KEY_B } from '../../support/forge/throwaway-keys.js';
import { type Run, verifyWorld } from '../../support/run/verify-world.js';
import { anyEdit, applyEdits, type Edit } from '../../support/tamper/random-edits.js';
import { stripMetadata } from '../../support/tamper/tamper.js';
import { compareWorlds, type State } from '../../support/tamper/what-was-done.js';
import { holds } from '../../support/worlds/holds.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const ACCOUNT = '111122223333';

interface Archive {
  readonly world: World;
  readonly chains: readonly ForgedChain[];
  readonly from: Instant;
  readonly to: Instant;
}

/** Two or three chains of six to ten hours: two trails of one folder whose names begin alike, one of an organization elsewhere. */
const archive = remember((chains: number, hours: number): Archive => {
  const world = emptyWorld();
  const shared = { accountId: ACCOUNT, region: 'us-east-1', homeRegion: 'us-east-1', start: START, hours } as const;
  const places = [
    { ...shared, bucket: 'acme-trails', trailName: 'main', logsPerHour: (hour: number) => hour % 3 },
    { ...shared, bucket: 'acme-trails', trailName: 'main_us-east-1', logsPerHour: 1 },
    {
      ...shared,
      bucket: 'acme-organization',
      prefix: 'audit/trails',
      organizationId: 'o-exampleorgid',
      accountId: '444455556666',
      region: 'eu-west-1',
      trailName: 'organization',
      logsPerHour: 2,
      key: (hour: number) => (hour < 4 ? KEY_A : KEY_B),
    },
  ];
  return {
    world,
    chains: places.slice(-chains).map((place) => forgeChain(world, place)),
    from: START,
    to: START + hours * HOUR,
  };
});

const anyArchive = fc.record({ chains: fc.integer({ min: 2, max: 3 }), hours: fc.integer({ min: 6, max: 10 }) });
/** How long after the last digest's end the run takes place: when it has just been delivered, when the next is due, long after. */
const anyDelay = fc.constantFrom(91 * MINUTE, 3 * HOUR, 100 * HOUR);

/*
 * What can be asked of a verifier for any set of edits, and where it must honestly fall short:
 *
 * - A deleted digest is named as missing where the digest after it survives. Deeper in a hole nobody names it, and the hole
 *   itself is reported. At the end there is no digest after it: only the age of what is left tells, and up to three hours
 *   that is a warning, since a late delivery looks the same.
 * - Of a trail whose every digest is gone nothing is left to see. That is why the trails are asked for by name.
 * - Logs are known by their digest alone. Where that is not trusted they are not judged, for good or ill, and the digest is
 *   reported in their stead.
 * - A digest that has lost its own signature is proven by the copy in the digest after it. Without that one nobody knows:
 *   then it is undetermined, never failed.
 */
describe('whatever is done to an archive', () => {
  holds(
    'is reported, and nothing else is',
    fc.tuple(anyArchive, fc.array(anyEdit, { minLength: 1, maxLength: 8 }), anyDelay),
    ([{ chains, hours }, edits, delay]) => check(archive(chains, hours), edits, delay, false),
    80,
  );

  holds(
    'is reported too in a copy that has lost all metadata',
    fc.tuple(anyArchive, fc.array(anyEdit, { maxLength: 8 }), anyDelay),
    ([{ chains, hours }, edits, delay]) => check(archive(chains, hours), edits, delay, true),
    50,
  );

  it('shows when a single object is touched, whichever it is', async () => {
    const whole = archive(2, 6);
    const count = [...whole.world.buckets.values()].reduce((sum, objects) => sum + objects.size, 0);
    for (let object = 0; object < count; object += 1) {
      // Odd numbers name any object: see applyEdits.
      await check(whole, [{ act: 'delete', object: 2 * object + 1 }], 3 * HOUR, false);
      await check(whole, [{ act: 'flip-content', object: 2 * object + 1, at: 801 }], 3 * HOUR, false);
    }
  });
});

describe('an archive that nobody touched', () => {
  it.each([2, 3])('is verified whole: %i chains', async (count) => {
    const { world, chains, from, to } = archive(count, 10);
    const { summary, findings } = await verifyWorld(world, { from, to, now: to + 91 * MINUTE });
    expect(findings).toEqual([]);
    expect(summary).toMatchObject({
      outcome: 'verified',
      warnings: 0,
      totals: {
        chains: { verified: count, failed: 0, undetermined: 0 },
        digests: { verified: 10 * count, failed: 0, undetermined: 0 },
        logs: { verified: chains.flatMap(({ digests }) => digests.flatMap(({ logs }) => logs)).length, failed: 0 },
      },
    });
  });

  it('is verified without metadata but for the newest digest of each chain and its logs', async () => {
    const { world, chains, from, to } = copy(archive(3, 8));
    stripMetadata(world);
    const { findings, outcome } = await verifyWorld(world, { from, to, now: to + 91 * MINUTE });
    expect(outcome).toBe('undetermined');
    const newest = chains.map(({ digests }) => digests.at(-1)?.ref);
    expect(new Set(findings.map(({ code }) => code))).toEqual(
      new Set(['digest-signature-missing', 'digest-logs-unverifiable', 'chain-interval-undetermined']),
    );
    const named = findings
      .filter(({ code }) => code === 'digest-signature-missing')
      .map(({ subject }) => placeIn(subject));
    expect(named.sort()).toEqual(newest.map((ref) => ref && place(ref)).sort());
  });
});

async function check(original: Archive, edits: readonly Edit[], delay: number, stripped: boolean): Promise<void> {
  const { world, chains, from, to } = copy(original);
  if (stripped) stripMetadata(world);
  applyEdits(world, edits);
  const trails = chains.map(({ id }) => id.trailName);
  const now = to + delay;
  const run = await verifyWorld(world, { from, to, trails, now });
  const truth = new Truth(original, world, run);

  expect(truth.violations()).toEqual([]);
  const states = new Set(truth.objects.values());
  const isTouched = states.has('changed') || states.has('deleted');
  if (isTouched) {
    const isMaybeLate = run.findings.some(({ code }) => code === 'chain-end-late');
    if (!isMaybeLate) expect(run.outcome).not.toBe('verified');
    expect(run.findings).not.toEqual([]);
  } else expect(run.outcome).toBe(truth.isEveryNewestSigned() ? 'verified' : 'undetermined');
  checkCoverage(truth, run, { start: from, end: to });
}

/** The coverage of each chain adds up to what was asked, and no digest that is gone or invalid proves any of it. */
function checkCoverage(truth: Truth, { events }: Run, asked: Interval): void {
  for (const event of events) {
    if (event.type !== 'chain') continue;
    const { coverage, chain } = event.report;
    expect(coverage.map(({ start }) => start)).toEqual([asked.start, ...coverage.slice(0, -1).map(({ end }) => end)]);
    expect(coverage.at(-1)?.end).toBe(asked.end);
    for (const { ref, interval } of truth.digestsOf(formatChainId(chain))) {
      // A starting digest proves none of its hour.
      const isProof = truth.trusted.has(place(ref)) && interval.start > START;
      if (isProven(event.report, interval) !== isProof) expect.fail(`coverage of ${place(ref)}`);
    }
  }
}

const isProven = ({ coverage }: ChainReport, { start, end }: Interval): boolean =>
  coverage.some((part) => part.state === 'proven' && part.start <= start && part.end >= end);

/** What was done, and what the run says of it. */
class Truth {
  readonly objects: ReadonlyMap<string, State>;
  /** The worst that is said of each object by its name. */
  readonly named = new Map<string, 'failed' | 'undetermined'>();
  readonly trusted = new Set<string>();
  readonly #findings: readonly Finding[];
  readonly #chains: readonly ForgedChain[];
  readonly #digestOfLog = new Map<string, ForgedDigest>();
  readonly #successors = new Map<string, ForgedDigest>();

  constructor({ world: before, chains }: Archive, after: World, { findings, events }: Run) {
    this.objects = new Map(compareWorlds(before, after).map(({ ref, state }) => [place(ref), state]));
    this.#findings = findings;
    this.#chains = chains;
    for (const { code, subject } of findings) {
      const effect = FINDING_EFFECTS[code];
      const at = placeIn(subject);
      if (at !== undefined && effect !== 'warning' && this.named.get(at) !== 'failed') this.named.set(at, effect);
    }
    for (const event of events) if (event.type === 'digest' && event.trusted) this.trusted.add(place(event.ref));
    for (const digest of chains.flatMap(({ digests }) => digests))
      for (const log of digest.logs) this.#digestOfLog.set(place(log.ref), digest);
    for (const { digests } of chains) {
      for (const [index, { ref }] of digests.entries()) {
        const successor = digests[index + 1];
        if (successor) this.#successors.set(place(ref), successor);
      }
    }
  }

  /** Objects that were touched and are not reported, and objects that are named though they should not be. */
  violations(): string[] {
    return [...this.objects].flatMap(([at, state]) => {
      const named = this.named.get(at);
      if (state === 'changed' || state === 'deleted')
        return this.#isReported(at, state) ? [] : [`${state}, unreported: ${at}`];
      const isWronged = named === 'failed' || (named !== undefined && this.#isProvable(at));
      return isWronged ? [`${state}, yet ${named}: ${at}`] : [];
    });
  }

  digestsOf(id: string): readonly ForgedDigest[] {
    return this.#chains.find((chain) => formatChainId(chain.id) === id)?.digests ?? [];
  }

  isEveryNewestSigned(): boolean {
    return this.#chains.every(({ digests }) =>
      digests.slice(-1).every(({ ref }) => this.objects.get(place(ref)) === 'intact'),
    );
  }

  /** Intact logs are, and digests where their own signature or a proven copy of it is left. */
  #isProvable(at: string): boolean {
    const successor = this.#successors.get(at);
    return this.objects.get(at) === 'intact' || (successor !== undefined && this.trusted.has(place(successor.ref)));
  }

  #isReported(at: string, state: State): boolean {
    if (this.named.has(at)) return true;
    const digest = this.#digestOfLog.get(at);
    if (digest) {
      const above = place(digest.ref);
      return (
        !this.trusted.has(above) &&
        (this.named.has(above) || this.#isReported(above, this.objects.get(above) ?? 'deleted'))
      );
    }
    return state === 'deleted' && this.#isInHole(at);
  }

  #isInHole(at: string): boolean {
    const chain = this.#chains.find(({ digests }) => digests.some(({ ref }) => place(ref) === at));
    const digest = chain?.digests.find(({ ref }) => place(ref) === at);
    if (!chain || !digest) return false;
    return this.#findings.some(({ code, subject, args }) => {
      if (code === 'selection-not-found') return 'value' in args && args.value === chain.id.trailName;
      if (code === 'nothing-found') return true;
      if (subject.type !== 'chain' || formatChainId(subject.chain) !== formatChainId(chain.id)) return false;
      const isHole = FINDING_EFFECTS[code] !== 'warning' || code === 'chain-end-late';
      const { start = Number.POSITIVE_INFINITY, end = 0 } = 'start' in args ? args : {};
      return isHole && start <= digest.interval.start && end >= digest.interval.end;
    });
  }
}

const place = ({ bucket, key }: ObjectRef): string => `${bucket}/${key}`;

const placeIn = (subject: Finding['subject']): string | undefined =>
  subject.type === 'digest' || subject.type === 'log' ? place(subject) : undefined;

function copy(original: Archive): Archive {
  const buckets = new Map([...original.world.buckets].map(([bucket, objects]) => [bucket, new Map(objects)]));
  return { ...original, world: { ...original.world, buckets } };
}

function remember(make: (chains: number, hours: number) => Archive): (chains: number, hours: number) => Archive {
  const known = new Map<string, Archive>();
  return (chains, hours) => {
    const id = `${chains}/${hours}`;
    const found = known.get(id) ?? make(chains, hours);
    known.set(id, found);
    return found;
  };
}
