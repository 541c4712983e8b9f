import fc from 'fast-check';
import { describe } from 'vitest';
import { effectOf, type Finding, type FindingCode } from '../../src/core/findings/finding.js';
import type { Outcome } from '../../src/core/findings/outcome.js';
import { formatChainId } from '../../src/core/objects/chain-id.js';
import { type Interval, MINUTE } from '../../src/core/time/instant.js';
import { anyEdit, applyEdits } from '../support/tamper/random-edits.js';
import { anyPlanting, anyTaking, plant, takeAll, takenBy } from '../support/worlds/acts.js';
import { broken, holds } from '../support/worlds/holds.js';
import { anyBoundedScene, Scene } from '../support/worlds/scene.js';
import { tell } from '../support/worlds/tell.js';

const anyWidening = fc.record({
  plan: anyBoundedScene,
  takings: fc.array(anyTaking, { maxLength: 1 }),
  edits: fc.array(anyEdit, { maxLength: 2 }),
  plantings: fc.array(anyPlanting, { maxLength: 1 }),
  /** Minutes by which each end is moved. */
  earlier: fc.nat(600),
  later: fc.nat(600),
});

const RANK: Readonly<Record<Outcome, number>> = { verified: 0, undetermined: 1, failed: 2 };

describe('a wider time', () => {
  holds('has every finding of the narrower one', anyWidening, async (widening) => {
    const scene = new Scene(widening.plan);
    const world = scene.world();
    const taken = widening.takings.flatMap((taking) => takenBy(taking, scene.living, scene.delivered));
    takeAll(world, taken);
    applyEdits(world, widening.edits);
    // A planted digest may hold a true copy of a signature that was lost. Only a wider time comes to it, and rightly so.
    const plantings = widening.plantings.filter(
      (planting) => planting.act !== 'plant-digest' || planting.link === 'none' || widening.plan.metadata === 'kept',
    );
    for (const planting of plantings) plant(world, planting, scene.living, scene.delivered);
    const narrow = await scene.verify(world);
    const { from = 0, to, ...rest } = scene.request;
    const { earlier, later } = widening;
    const wide = await scene.verifyAs(world, {
      ...rest,
      from: from - earlier * MINUTE,
      ...(to !== undefined && { to: to + later * MINUTE }),
    });
    const ofEvidence = narrow.findings.filter(isOfEvidence);
    const lost = ofEvidence.filter((found) => !isFoundIn(wide.findings, found, scene.time));
    const isBetter = ofEvidence.length > 0 && RANK[wide.outcome] < RANK[narrow.outcome];
    if (lost.length === 0 && !isBetter) return;
    throw broken(
      `${narrow.outcome}, and over the wider time ${wide.outcome}; lost:`,
      ...tell(lost),
      'the wider time has',
      ...tell(wide.findings),
    );
  });
});

/** That there is nothing, or no digest in a folder, of the time asked for is no longer so where that time has one. */
const isOfEvidence = (found: Finding): boolean =>
  found.code !== 'folder-without-digests-in-range' && found.code !== 'nothing-found' && effectOf(found) !== 'warning';

/** Codes that may take the place of one another: which of them it is depends on what lies beyond the time asked for. */
const FAMILIES: readonly ReadonlySet<FindingCode>[] = [
  new Set([
    'chain-gap',
    'chain-interval-lost',
    'chain-interval-undetermined',
    'chain-ends-early',
    'chain-begins-late',
  ] as const),
  new Set(['log-unreferenced', 'log-unaccounted', 'log-in-gap'] as const),
];
const [OF_TIME] = FAMILIES;

function isFoundIn(wide: readonly Finding[], narrow: Finding, time: Interval): boolean {
  const family = FAMILIES.find((codes) => codes.has(narrow.code)) ?? new Set([narrow.code]);
  const same = wide.filter((found) => subjectOf(found) === subjectOf(narrow) && family.has(found.code));
  if (family !== OF_TIME) return same.length > 0;
  const spans = same.map((found) => clip(intervalOf(found), time));
  return isCovered(clip(intervalOf(narrow), time), spans);
}

const subjectOf = ({ subject }: Finding): string =>
  subject.type === 'chain' ? formatChainId(subject.chain) : JSON.stringify(subject);

const intervalOf = ({ args }: Finding): Interval =>
  'start' in args && 'end' in args && args.start !== undefined && args.end !== undefined
    ? { start: args.start, end: args.end }
    : { start: 0, end: 0 };

const clip = (span: Interval, time: Interval): Interval => ({
  start: Math.max(span.start, time.start),
  end: Math.min(span.end, time.end),
});

function isCovered({ start, end }: Interval, spans: readonly Interval[]): boolean {
  let at = start;
  for (const span of [...spans].sort((a, b) => a.start - b.start)) if (span.start <= at) at = Math.max(at, span.end);
  return at >= end;
}
