import type { DigestJudgement, Expectation, Policy } from '../../core/chain/digest-verifier.js';
import { UnprovenLinks } from '../../core/chain/signature-copies.js';
import { Unvisited } from '../../core/chain/unvisited.js';
import { type WalkGround, type WalkStep, walkChain } from '../../core/chain/walk.js';
import { walkUnlinked } from '../../core/chain/walk-unlinked.js';
import type { LogFacts } from '../../core/content/object-content.js';
import type { LogReference } from '../../core/digest/parse-digest.js';
import { type Finding, finding, outcomeOfFindings } from '../../core/findings/finding.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import type { Instant } from '../../core/time/instant.js';
import type { Inflater } from '../../ports/inflater.js';
import type { LogHasher } from '../../ports/log-hasher.js';
import { identifyIn, type ObjectStore } from '../../ports/object-store.js';
import { NEVER_STOPS, type Stop } from '../async/cancellation.js';
import { turnstile } from '../async/limit-concurrency.js';
import { type ReadAhead, readAhead } from '../async/read-ahead.js';
import { LogSearch } from '../attribution/search-logs.js';
import { DIGEST_BYTES_AHEAD, DIGESTS_AHEAD, DIGESTS_EXAMINED_AT_ONCE, LOGS_AHEAD } from '../limits.js';
import { type AbsentDays, MissingLogs } from '../listing/absent-days.js';
import { StopSearch } from '../listing/stop-search.js';
import { fetchDigest, inflateDigest, readUnprovenLink } from '../objects/read-digest.js';
import type { Recovery } from '../objects/recover-versions.js';
import type { JudgeFindings } from '../policy/applied-policy.js';
import { type ChainPlan, isReported } from './chain-plan.js';
import { ChainAccount } from './chain-totals.js';
import { DigestPrefetch } from './digest-prefetch.js';
import { findNewest } from './find-newest.js';
import { lookBack } from './look-back.js';

/** The rules of walking that differ between `verify` and `validate-logs`. */
export interface WalkRules extends Pick<WalkGround, 'isFarEnough' | 'follows' | 'relist'> {
  /** Whether digests that no link leads to are verified as well. */
  readonly visitsUnlinked: boolean;
  /** Whether logs before a restart are searched for the event that ended the run. */
  readonly searchesStops: boolean;
}

/** What the verification of a chain works with. */
export interface Workbench<Examined> {
  readonly store: ObjectStore;
  readonly inflater: Inflater;
  readonly hasher: LogHasher;
  readonly policy: Policy<Examined>;
  /** Read once a run. */
  readonly now: Instant;
  /** Where older versions are looked for; nowhere when absent. */
  readonly recovery?: Recovery;
  /** Goes on to its end when absent. */
  readonly stop?: Stop;
  /** What findings do to the outcome; what they do by themselves when absent. */
  readonly judge?: JudgeFindings;
  /** Where it is looked whether all of a day is absent; a log that is not there is missing when absent. */
  readonly absentDays?: AbsentDays;
}

interface LogCheck {
  readonly size: number;
  readonly findings: readonly Finding[];
}

interface Item {
  readonly step: WalkStep;
  readonly references: readonly LogReference[];
  readonly checks: Promise<readonly LogCheck[]>;
}

/** Stands for the rest of a walk that was stopped. */
const CUT = 'cut';

/**
 * Verifies a chain: newest digest first, each followed by its logs. Everything is read ahead in parallel; the order of
 * events is that of the walk. They come by the digest.
 */
export async function* verifyChain<Examined>(
  plan: ChainPlan,
  bench: Workbench<Examined>,
  rules: WalkRules,
): AsyncGenerator<readonly VerifyEvent[]> {
  const account = new ChainAccount(plan, bench.now, bench.judge);
  const { stop = NEVER_STOPS, absentDays } = bench;
  const stops = rules.searchesStops && new StopSearch(plan.chain, new LogSearch(bench.store, bench.inflater, stop));
  const missing = absentDays && new MissingLogs(absentDays, plan);
  const items = readAhead(walkAndHash(plan, bench, rules), LOGS_AHEAD, weightOf);
  try {
    for (let item = await nextItem(items, stop); item; item = await nextItem(items, stop)) {
      const checks = item === CUT ? undefined : await stop.untilAbandoned(settle(item, missing));
      if (item === CUT || !checks) {
        account.cut();
        break;
      }
      if (stops) stops.see(item.step);
      const events = account.addStep(item.step);
      for (const [index, reference] of item.references.entries()) {
        const { size = 0, findings = [] } = checks[index] ?? {};
        events.push(account.addLog(reference, size, findings));
      }
      yield events;
    }
  } finally {
    await stop.untilAbandoned(items.return());
  }
  const { time } = account;
  const findings = stops ? await stops.judge(time.findings) : time.findings.map(({ finding }) => finding);
  yield account.close(time, findings);
}

/** What was found out about the logs of a digest. */
async function settle(
  { step, references, checks }: Item,
  missing: MissingLogs | undefined,
): Promise<readonly LogCheck[]> {
  const digest = step.type === 'digest' ? step.judgement.digest : undefined;
  const settled = await checks;
  const isAnyMissing = settled.some(({ findings }) => findings.some(({ code }) => code === 'log-missing'));
  if (!missing || !digest || !isAnyMissing) return settled;
  const judged: LogCheck[] = [];
  for (const [index, reference] of references.entries()) {
    const { size = 0, findings = [] } = settled[index] ?? {};
    judged.push({ size, findings: await missing.judge(findings, reference, digest) });
  }
  return judged;
}

const weightOf = (item: Item | typeof CUT): number => (item === CUT ? 0 : 1 + item.references.length);

/** Undefined at the end of the walk. */
async function nextItem(items: ReadAhead<Item | typeof CUT>, stop: Stop): Promise<Item | typeof CUT | undefined> {
  const next = await stop.untilAbandoned(items.next());
  if (!next) return CUT;
  return next.done ? undefined : next.value;
}

const sizeOf = (facts: LogFacts | undefined): number => (facts?.status === 'read' ? facts.size : 0);

function judge<Examined>(
  policy: Policy<Examined>,
  reference: LogReference,
  facts: LogFacts | undefined,
): readonly Finding[] {
  if (facts) return policy.judgeLog(reference, facts);
  const subject = { type: 'log', bucket: reference.bucket, key: reference.key } as const;
  return [finding('log-unavailable', subject, { errorCode: 'NoAnswer', message: 'the log hasher gave no answer' })];
}

/** A check for each reference, in their order. */
async function checkLogs<Examined>(
  references: readonly LogReference[],
  { hasher, policy, recovery }: Workbench<Examined>,
): Promise<readonly LogCheck[]> {
  const facts = await hasher.hash(references);
  const checks = references.map((reference, index) => ({
    size: sizeOf(facts[index]),
    findings: judge(policy, reference, facts[index]),
  }));
  if (!recovery) return checks;
  const recovered = references.map(async (reference, index) => {
    const { size = 0, findings = [] } = checks[index] ?? {};
    if (outcomeOfFindings(findings) !== 'failed') return { size, findings };
    return { size, findings: [...findings, ...(await recovery.ofLog(reference))] };
  });
  return Promise.all(recovered);
}

/** The walk, with the logs of every trusted digest already being hashed. */
async function* walkAndHash<Examined>(
  plan: ChainPlan,
  bench: Workbench<Examined>,
  rules: WalkRules,
): AsyncGenerator<Item | typeof CUT> {
  for await (const step of walk(plan, bench, rules)) {
    const isChecked = step.type === 'digest' && isReported(plan, step);
    const references = isChecked ? (step.judgement.digest?.logs ?? []) : [];
    const checks = references.length === 0 ? NO_CHECKS : checkLogs(references, bench);
    // Awaited in its turn; until then a failure must not count as unhandled.
    checks.catch(() => {});
    yield { step, references, checks };
    if (bench.stop?.cuts()) {
      yield CUT;
      return;
    }
  }
}

const NO_CHECKS: Promise<readonly LogCheck[]> = Promise.resolve([]);

/** The main walk, and then those over digests that no link led to. */
async function* walk<Examined>(
  plan: ChainPlan,
  bench: Workbench<Examined>,
  rules: WalkRules,
): AsyncGenerator<WalkStep> {
  const { store, inflater, policy, recovery } = bench;
  const identify = identifyIn(store);
  const inTurn = turnstile(DIGESTS_EXAMINED_AT_ONCE);
  const prefetch = new DigestPrefetch(
    async (ref) => {
      const object = await fetchDigest(store, ref);
      return inTurn(async () => {
        const facts = inflateDigest(inflater, object);
        const content = await policy.examine({ ref, facts, bucketKnown: store.knowsBuckets(ref) });
        return { content, size: facts.status === 'read' ? facts.bytes.length : 0 };
      });
    },
    identify,
    DIGESTS_AHEAD,
    DIGEST_BYTES_AHEAD,
  );
  const ground: WalkGround = {
    isFarEnough: rules.isFarEnough,
    follows: rules.follows,
    identify,
    visit: rememberLast(async (ref, known) => {
      const judgement = await conclude(policy, await prefetch.take(ref), known);
      if (!recovery || outcomeOfFindings(judgement.findings) !== 'failed') return judgement;
      return recovery.ofDigest(ref, judgement, async (facts) =>
        conclude(policy, await policy.examine({ ref, facts, bucketKnown: store.knowsBuckets(ref) }), known),
      );
    }),
    relist: async (link, remaining, end) => {
      const candidates = await rules.relist(link, remaining, end);
      if (candidates) prefetch.expect(candidates.toReversed());
      return candidates;
    },
  };
  prefetch.expect(plan.candidates.toReversed());
  const links = new UnprovenLinks(identify);
  const linkOf = (ref: ObjectRef) => readUnprovenLink(store, inflater, ref);
  const candidates = await findNewest(plan, { visit: ground.visit, linkOf, links });
  if (candidates.length > plan.candidates.length) prefetch.expect(candidates.toReversed());
  const rest = yield* lookBack(walkChain(candidates, ground, links), plan, ground, links);
  if (!rules.visitsUnlinked) return;
  const unvisited = new Unvisited(rest, identify);
  prefetch.expect(unvisited.upcoming());
  yield* walkUnlinked(unvisited, ground, links);
}

/** With one after the other of what is known of a digest, until it is verified. */
async function conclude<Examined>(
  policy: Policy<Examined>,
  examined: Examined,
  [first, ...others]: readonly Expectation[],
): Promise<DigestJudgement> {
  let judgement = await policy.conclude(examined, first);
  for (const each of others) {
    if (judgement.digest) break;
    judgement = await policy.conclude(examined, each);
  }
  return judgement;
}

/** The same, with the last answer kept: what a search for the newest digest ends with is what the walk begins with. */
function rememberLast(visit: WalkGround['visit']): WalkGround['visit'] {
  let last:
    | { readonly asked: Parameters<WalkGround['visit']>; readonly judgement: Promise<DigestJudgement> }
    | undefined;
  return (ref, known) => {
    const [lastRef, lastKnown] = last?.asked ?? [];
    const isSame = lastRef === ref && lastKnown?.length === known.length;
    if (!last || !isSame || known.some((each, index) => each !== lastKnown[index]))
      last = { asked: [ref, known], judgement: visit(ref, known) };
    return last.judgement;
  };
}
