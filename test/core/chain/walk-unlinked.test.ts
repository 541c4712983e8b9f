import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DigestJudgement, Expectation } from '../../../src/core/chain/digest-verifier.js';
import { UnprovenLinks } from '../../../src/core/chain/signature-copies.js';
import { Unvisited } from '../../../src/core/chain/unvisited.js';
import { type Candidate, type WalkGround, type WalkStep, walkChain } from '../../../src/core/chain/walk.js';
import { walkUnlinked } from '../../../src/core/chain/walk-unlinked.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { HOUR, type Instant } from '../../../src/core/time/instant.js';
import { handMadeDigest, linkTo, placeOf } from '../../support/forge/hand-made.js';

const START = Date.UTC(2026, 2, 1, 0, 1, 31);
const at = (hour: number): Instant => START + hour * HOUR;
const identify = ({ bucket, key }: ObjectRef): string => `${bucket}/${key}`;

/** A candidate in one of several buckets. */
const inBucket = (hour: number, bucket: number): Candidate => ({ ref: placeOf(at(hour), `b${bucket}`), end: at(hour) });

interface Visit {
  readonly ref: ObjectRef;
  readonly known: readonly Expectation[];
}

/** A ground on which these judgements are found, and nothing else, and the visits that were paid. */
function groundOf(judgements: readonly DigestJudgement[], oldest: Instant) {
  const found = new Map(judgements.map((judgement) => [identify(judgement.ref), judgement]));
  const visits: Visit[] = [];
  const ground = {
    isFarEnough: ({ start }: { readonly start: Instant }) => start <= oldest,
    identify,
    visit: async (ref: ObjectRef, known: readonly Expectation[]): Promise<DigestJudgement> => {
      visits.push({ ref, known });
      return found.get(identify(ref)) ?? { ref, findings: [] };
    },
  };
  return { ground, visits };
}

type UnlinkedGround = ReturnType<typeof groundOf>['ground'];

async function collect(steps: AsyncIterable<WalkStep>): Promise<WalkStep[]> {
  const all: WalkStep[] = [];
  for await (const step of steps) all.push(step);
  return all;
}

/** What {@link walkUnlinked} comes to, walk by walk over all that is left: easy to believe, and slow. */
async function* walkAgainAndAgain(candidates: readonly Candidate[], ground: UnlinkedGround): AsyncGenerator<WalkStep> {
  const links = new UnprovenLinks(identify);
  for (let rest = candidates; rest.length > 0; ) {
    const walked = {
      ...ground,
      follows: async (link, remaining) => remaining.some(({ ref }) => identify(ref) === identify(link)),
      relist: async () => undefined,
    } satisfies WalkGround;
    const walk = walkChain(rest, walked, links);
    let next = await walk.next();
    for (; !next.done; next = await walk.next())
      if (next.value.type === 'digest') yield { ...next.value, isUnlinked: true };
    rest = next.value;
  }
}

const HOURS = 6;
const BUCKETS = 3;
const anyPlace = fc.record({ hour: fc.nat(HOURS), bucket: fc.nat(BUCKETS) });
const anyJudgement = fc
  .record({ of: anyPlace, to: fc.option(anyPlace), verified: fc.boolean() })
  .map(({ of, to, verified }): DigestJudgement => {
    const { ref, end } = inBucket(of.hour, of.bucket);
    const previous = to ? inBucket(to.hour, to.bucket).ref : undefined;
    if (verified) return { ref, findings: [], digest: handMadeDigest({ end }, previous, ref) };
    return { ref, findings: [], ...(previous && { unprovenLink: linkTo(previous) }) };
  });

it('comes to every digest once, in the order of walks over all that is left', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(anyPlace, { selector: ({ hour, bucket }) => `${hour}/${bucket}`, maxLength: 20 }),
      fc.array(anyJudgement, { maxLength: 20 }),
      fc.nat(HOURS),
      async (places, judgements, oldest) => {
        const candidates = places.map(({ hour, bucket }) => inBucket(hour, bucket)).sort((a, b) => a.end - b.end);
        const [fast, slow] = [groundOf(judgements, at(oldest)), groundOf(judgements, at(oldest))];
        const steps = await collect(
          walkUnlinked(new Unvisited(candidates, identify), fast.ground, new UnprovenLinks(identify)),
        );
        expect(steps).toEqual(await collect(walkAgainAndAgain(candidates, slow.ground)));
        expect(fast.visits).toEqual(slow.visits);
        expect(fast.visits).toHaveLength(candidates.length);
      },
    ),
    { numRuns: 1_000 },
  );
});

it('visits one of several references to the same object', async () => {
  const { ground, visits } = groundOf([], at(0));
  const copies = [inBucket(1, 0), inBucket(1, 1), inBucket(1, 0), inBucket(2, 0)];
  await collect(walkUnlinked(new Unvisited(copies, identify), ground, new UnprovenLinks(identify)));
  expect(visits.map(({ ref }) => ref)).toEqual([inBucket(2, 0), inBucket(1, 0), inBucket(1, 1)].map(({ ref }) => ref));
});

it('expects those that follow in the order in which it comes to them, without those that it came to by a link', async () => {
  const candidates = [inBucket(1, 0), inBucket(2, 0), inBucket(2, 1), inBucket(2, 2), inBucket(3, 0)];
  const { ground, visits } = groundOf([], at(0));
  await collect(walkUnlinked(new Unvisited(candidates, identify), ground, new UnprovenLinks(identify)));
  const unvisited = new Unvisited(candidates, identify);
  expect([...unvisited.upcoming()].map(({ ref }) => ref)).toEqual(visits.map(({ ref }) => ref));
  const upcoming = unvisited.upcoming();
  expect(upcoming.next().value).toEqual(inBucket(3, 0));
  expect(unvisited.takeSame(inBucket(2, 1).ref)).toEqual(inBucket(2, 1));
  expect(unvisited.takeSame(inBucket(2, 1).ref)).toBeUndefined();
  expect([...upcoming]).toEqual([inBucket(2, 2), inBucket(1, 0), inBucket(2, 0)]);
});

it.each([
  ['end together', () => 1],
  ['end by twos', (index: number) => index >> 1],
  ['all end apart', (index: number) => index],
])('takes steps in proportion to the digests that were planted where they %s', async (_, endOf) => {
  const stepsFor = async (count: number): Promise<number> => {
    let steps = 0;
    const plant = (index: number): Candidate => ({
      ref: { bucket: `b${index}`, key: 'planted' },
      get end() {
        steps += 1;
        return endOf(index);
      },
    });
    const { ground, visits } = groundOf([], -1);
    const counted = {
      ...ground,
      identify: (ref: ObjectRef) => {
        steps += 1;
        return identify(ref);
      },
    };
    const unvisited = new Unvisited(
      Array.from({ length: count }, (_, index) => plant(index)),
      counted.identify,
    );
    expect([...unvisited.upcoming()]).toHaveLength(count);
    await collect(walkUnlinked(unvisited, counted, new UnprovenLinks(counted.identify)));
    expect(visits).toHaveLength(count);
    return steps;
  };
  // Each is found in a list that is halved again and again: a hundred steps are plenty, and a thousand too many.
  expect(await stepsFor(1_000)).toBeLessThan(100 * 1_000);
  expect(await stepsFor(8_000)).toBeLessThan(100 * 8_000);
});
