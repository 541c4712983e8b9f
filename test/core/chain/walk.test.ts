import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DigestJudgement, Expectation, VerifiedDigest } from '../../../src/core/chain/digest-verifier.js';
import { UnprovenLinks } from '../../../src/core/chain/signature-copies.js';
import { type Candidate, type WalkGround, type WalkStep, walkChain } from '../../../src/core/chain/walk.js';
import type { DigestLink } from '../../../src/core/digest/parse-digest.js';
import { finding } from '../../../src/core/findings/finding.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { HOUR, type Instant } from '../../../src/core/time/instant.js';
import { handMadeDigest, linkTo, placeOf } from '../../support/forge/hand-made.js';

const START = Date.UTC(2026, 2, 1, 0, 1, 31);
/** The end of the digest of that number. */
const at = (hour: number): Instant => START + hour * HOUR;
const place = (hour: number, bucket?: string, trail?: string): ObjectRef => placeOf(at(hour), bucket, trail);
const candidate = (hour: number): Candidate => ({ ref: place(hour), end: at(hour) });
const listed = (...hours: number[]): Candidate[] => hours.map(candidate);

/** A digest of that hour that links to the one before, to another place, or to none. */
const digest = (hour: number, previous: ObjectRef | 'start' = place(hour - 1)): VerifiedDigest =>
  handMadeDigest({ end: at(hour) }, previous === 'start' ? undefined : previous);

const uriOf = ({ bucket, key }: ObjectRef): string => `${bucket}/${key}`;
const missing = (ref: ObjectRef): DigestJudgement => ({
  ref,
  findings: [finding('digest-missing', { type: 'digest', ...ref }, {})],
});

interface Walked {
  readonly steps: readonly WalkStep[];
  /** Where the walk went. */
  readonly visited: readonly ObjectRef[];
  readonly expectations: readonly (Expectation | undefined)[];
  /** All that each visit was told, of which that is the first. */
  readonly known: readonly (readonly Expectation[])[];
  readonly passedOver: readonly Candidate[];
}

/** Walks over these judgements; whatever else is visited is missing. */
async function walk(
  candidates: readonly Candidate[],
  judgements: readonly (VerifiedDigest | DigestJudgement)[],
  changes: Partial<WalkGround> = {},
  links?: UnprovenLinks,
): Promise<Walked> {
  const given = judgements.map(
    (judgement): DigestJudgement =>
      'ref' in judgement ? judgement : { ref: judgement.place, findings: [], digest: judgement },
  );
  const visited: ObjectRef[] = [];
  const known: (readonly Expectation[])[] = [];
  const ground: WalkGround = {
    isFarEnough: () => false,
    follows: async () => true,
    relist: async () => undefined,
    identify: uriOf,
    visit: async (ref, told) => {
      visited.push(ref);
      known.push(told);
      return given.find((judgement) => ground.identify(judgement.ref) === ground.identify(ref)) ?? missing(ref);
    },
    ...changes,
  };
  const steps: WalkStep[] = [];
  const run = walkChain(candidates, ground, links);
  let next = await run.next();
  for (; !next.done; next = await run.next()) {
    if (next.value.type === 'digest')
      expect(visited).toHaveLength(steps.filter(({ type }) => type === 'digest').length + 1);
    steps.push(next.value);
  }
  return { steps, visited, expectations: known.map(([first]) => first), known, passedOver: next.value };
}

const byLink = (from: VerifiedDigest): Expectation => ({
  link: from.previous as DigestLink,
  successor: from.place,
  proven: true,
});

describe('a sound chain', () => {
  const chain = [digest(1, 'start'), digest(2), digest(3)];

  it('is walked link by link from the newest digest, each with what its successor says', async () => {
    const candidates = listed(1, 2, 3);
    const { steps, expectations, passedOver } = await walk(candidates, chain);
    expect(steps).toEqual(
      [...chain].reverse().map((each) => ({
        type: 'digest',
        end: each.end,
        judgement: { ref: each.place, findings: [], digest: each },
      })),
    );
    expect(expectations).toEqual([undefined, byLink(digest(3)), byLink(digest(2))]);
    expect(passedOver).toEqual([]);
    expect(candidates).toEqual(listed(1, 2, 3));
  });

  it('begins with what is known of the newest digest', async () => {
    const word: Expectation = { link: linkTo(place(3)), successor: place(4), proven: false };
    const links = new UnprovenLinks(uriOf);
    links.add(word.successor, word.link);
    const { expectations } = await walk(listed(1, 2, 3), chain, {}, links);
    expect(expectations[0]).toEqual(word);
    expect(expectations[1]).toEqual(byLink(digest(3)));
  });

  it('is walked along links that no listing has shown', async () => {
    const { visited, passedOver } = await walk(listed(3), chain);
    expect(visited).toEqual([place(3), place(2), place(1)]);
    expect(passedOver).toEqual([]);
  });

  it('passes over any number of others that end with it', async () => {
    // More than a call can have arguments.
    const others = Array.from({ length: 130_000 }, () => ({
      ref: { bucket: 'b', key: 'planted' },
      end: digest(3).end,
    }));
    const { visited, passedOver } = await walk([...listed(1, 2), ...others, ...listed(3)], chain);
    expect(visited).toEqual([place(3), place(2), place(1)]);
    expect(passedOver).toHaveLength(130_000);
  });

  it('is walked no further than far enough, by the start of verified digests', async () => {
    const asked: Instant[] = [];
    const isFarEnough = ({ start }: { readonly start: Instant }) => {
      asked.push(start);
      return start <= at(1);
    };
    const { visited, steps, passedOver } = await walk(listed(0, 1, 2, 3), [...chain, digest(0, 'start')], {
      isFarEnough,
    });
    expect(visited).toEqual([place(3), place(2)]);
    expect(steps.map(({ type }) => type)).toEqual(['digest', 'digest']);
    expect(asked).toEqual([at(2), at(1)]);
    expect(passedOver).toEqual(listed(0, 1));
  });

  it('of nothing is nothing', async () => {
    expect(await walk([], [])).toEqual({ steps: [], visited: [], expectations: [], known: [], passedOver: [] });
  });
});

describe('where there is no link to go by', () => {
  it('a missing digest is passed to the newest that is older', async () => {
    const { steps, visited, expectations } = await walk(listed(1, 2, 5), [digest(1, 'start'), digest(2), digest(5)]);
    expect(visited).toEqual([5, 4, 2, 1].map((hour) => place(hour)));
    expect(expectations).toEqual([undefined, byLink(digest(5)), undefined, byLink(digest(2))]);
    expect(steps.map((step) => step.type === 'digest' && [step.end, step.judgement.findings.length])).toEqual([
      [at(5), 0],
      [at(4), 1],
      [at(2), 0],
      [at(1), 0],
    ]);
  });

  it('a missing digest at the end of the list is the end', async () => {
    const { visited } = await walk(listed(5), [digest(5)]);
    expect(visited).toEqual([place(5), place(4)]);
  });

  it('a starting digest is a gap when there are older ones', async () => {
    const { steps, expectations } = await walk(listed(1, 3, 4), [digest(1, 'start'), digest(3, 'start'), digest(4)]);
    expect(steps.map(({ type }) => type)).toEqual(['digest', 'digest', 'gap', 'digest']);
    expect(steps[2]).toEqual({ type: 'gap', upper: digest(3, 'start'), lower: candidate(1) });
    expect(expectations).toEqual([undefined, byLink(digest(4)), undefined]);
  });

  it('a digest that is not verified is no gap', async () => {
    const broken: DigestJudgement = { ref: place(3), findings: [] };
    const { steps } = await walk(listed(1, 3), [digest(1, 'start'), broken]);
    expect(steps.map(({ type }) => type)).toEqual(['digest', 'digest']);
  });

  it('what an unverified digest says of its predecessor is a hint and no more', async () => {
    const hinting: DigestJudgement = { ref: place(3), findings: [], unprovenLink: linkTo(place(2)) };
    const { visited, expectations } = await walk(listed(1, 2, 3), [digest(1, 'start'), digest(2), hinting]);
    expect(visited).toEqual([place(3), place(2), place(1)]);
    expect(expectations[1]).toEqual({ link: linkTo(place(2)), successor: place(3), proven: false });
    expect(expectations[2]).toEqual(byLink(digest(2)));
  });

  it('a hint is remembered over others, that are no hints or another, until its place is come to', async () => {
    const hinting = (hour: number, target: ObjectRef): DigestJudgement => ({
      ref: place(hour),
      findings: [],
      unprovenLink: linkTo(target),
    });
    const planted: DigestJudgement = { ref: place(4), findings: [] };
    const judgements = [hinting(6, place(2)), hinting(5, place(2)), planted, hinting(3, place(1)), missing(place(2))];
    const links = new UnprovenLinks(uriOf);
    const { known } = await walk(listed(1, 2, 3, 4, 5, 6), judgements, {}, links);
    const said = (successor: number, target: number) => ({
      link: linkTo(place(target)),
      successor: place(successor),
      proven: false,
    });
    expect(known).toEqual([[], [], [], [], [said(5, 2), said(6, 2)], [said(3, 1)]]);
    for (const hour of [1, 2]) expect(links.to(place(hour))).toEqual([]);
  });

  it('and it leads nowhere: not past listed digests, nor to what is not listed', async () => {
    for (const target of [1, -7]) {
      const hinting: DigestJudgement = { ref: place(3), findings: [], unprovenLink: linkTo(place(target)) };
      const { visited, expectations } = await walk(listed(1, 2, 3), [digest(1, 'start'), digest(2), hinting]);
      expect(visited).toEqual([place(3), place(2), place(1)]);
      expect(expectations[1]).toBeUndefined();
    }
  });
});

describe('what is passed over', () => {
  it('are the digests between a link and its target, oldest first', async () => {
    const { visited, passedOver } = await walk(listed(1, 2, 3, 4), [digest(1, 'start'), digest(4, place(1))]);
    expect(visited).toEqual([place(4), place(1)]);
    expect(passedOver).toEqual(listed(2, 3));
  });

  it('are digests of the same time in another place, but never the one that was visited', async () => {
    const twin = (hour: number): Candidate => ({ ref: place(hour, 'other'), end: at(hour) });
    const candidates = [twin(1), candidate(1), candidate(2), twin(2)];
    const { visited, passedOver } = await walk(candidates, [digest(2, place(1))]);
    expect(visited).toEqual([twin(2).ref, candidate(1).ref]);
    expect(passedOver).toEqual([twin(1), candidate(2)]);
  });

  it('are not copies that stand for the same digest', async () => {
    const copy = (hour: number): Candidate => ({ ref: place(hour, 'copy'), end: at(hour) });
    const identify = ({ key }: ObjectRef) => key;
    const { steps, passedOver } = await walk([copy(1), copy(2)], [digest(1, 'start'), digest(2)], { identify });
    expect(steps).toHaveLength(2);
    expect(passedOver).toEqual([]);
  });
});

describe('a link', () => {
  it.each<[string, ObjectRef]>([
    ['itself', place(3)],
    ['its successor', place(4)],
    ['the future', place(99)],
    ['the same time elsewhere', place(3, 'other')],
  ])('to %s is not followed', async (_, target) => {
    const { visited, expectations, steps } = await walk(listed(2, 3, 4), [
      digest(2, 'start'),
      digest(3, target),
      digest(4),
    ]);
    expect(visited).toEqual([place(4), place(3), place(2)]);
    expect(expectations[2]).toBeUndefined();
    expect(steps.every(({ type }) => type === 'digest')).toBe(true);
  });

  it('to a place whose name tells no time is taken to end where its successor starts', async () => {
    const target = { bucket: 'b', key: 'some/name' };
    const { steps, visited } = await walk(listed(1, 2, 3), [digest(3, target)]);
    expect(visited.slice(0, 3)).toEqual([place(3), target, place(1)]);
    expect(steps[1]).toMatchObject({ type: 'digest', end: at(2) });
  });

  it('is not followed by a digest of no length to such a place', async () => {
    const still = handMadeDigest({ start: at(3), end: at(3) }, { bucket: 'b', key: 'some/name' });
    expect((await walk(listed(3), [still])).visited).toEqual([place(3)]);
  });

  it('is followed only where the ground allows, which sees what is left', async () => {
    const asked: unknown[] = [];
    const follows = async (link: DigestLink, remaining: readonly Candidate[]) => {
      asked.push([link, [...remaining]]);
      return false;
    };
    const { visited, expectations, steps } = await walk(listed(1, 2, 3), [digest(3), digest(1)], { follows });
    expect(visited).toEqual([place(3), place(2), place(1)]);
    expect(expectations).toEqual([undefined, undefined, undefined]);
    expect(steps).toHaveLength(3);
    expect(asked).toEqual([
      [linkTo(place(2)), listed(1, 2)],
      [linkTo(place(0)), []],
    ]);
  });

  it('into a new place brings the digests that lie there', async () => {
    const moved = (hour: number): Candidate => ({ ref: place(hour, 'old'), end: at(hour) });
    const asked: unknown[] = [];
    const relist: WalkGround['relist'] = async (link, remaining, end) => {
      asked.push([link.bucket, [...remaining], end]);
      return link.bucket === 'old' && asked.length === 2 ? [moved(1), moved(2), moved(3)] : undefined;
    };
    const chain = [digest(5), digest(4, place(3, 'old'))];
    const { visited, passedOver } = await walk(listed(2, 4, 5), chain, { relist });
    expect(asked).toEqual([
      ['trail', listed(2, 4), at(5)],
      ['old', listed(2), at(4)],
    ]);
    expect(visited).toEqual([place(5), place(4), place(3, 'old'), place(2, 'old'), place(1, 'old')]);
    expect(passedOver).toEqual([]);
  });
});

describe('any archive', () => {
  const hours = fc.uniqueArray(fc.nat(12), { maxLength: 10 }).map((list) => list.sort((a, b) => a - b));
  const words = fc.array(
    fc.record({ hour: fc.nat(12), to: fc.oneof(fc.constant('start' as const), fc.nat(14)), verified: fc.boolean() }),
  );

  it('is walked in finite time, backwards, each listed digest visited or given back once', async () => {
    await fc.assert(
      fc.asyncProperty(hours, words, fc.boolean(), async (found, said, stops) => {
        const judgements = said.map(({ hour, to, verified }) => {
          const made = digest(hour, to === 'start' ? to : place(to));
          if (verified) return made;
          const judgement = { ref: made.place, findings: [] };
          return made.previous ? { ...judgement, unprovenLink: made.previous } : judgement;
        });
        const { steps, visited, passedOver } = await walk(listed(...found), judgements, {
          isFarEnough: ({ start }) => stops && start < at(4),
        });
        const ends = steps.flatMap((step) => (step.type === 'digest' ? [step.end] : []));
        expect(ends).toEqual([...new Set(ends)].sort((a, b) => b - a));
        const seen = [...visited.map(uriOf), ...passedOver.map(({ ref }) => uriOf(ref))];
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen).toEqual(expect.arrayContaining(found.map((hour) => uriOf(place(hour)))));
        expect(passedOver).toEqual([...passedOver].sort((a, b) => a.end - b.end));
        expect(found.length === 0 || visited.length > 0).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
