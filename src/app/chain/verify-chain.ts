import type { Policy } from '../../core/chain/digest-verifier.js';
import type { WalkStep } from '../../core/chain/walk.js';
import type { LogFacts } from '../../core/content/object-content.js';
import type { LogReference } from '../../core/digest/parse-digest.js';
import { type Finding, finding, outcomeOfFindings } from '../../core/findings/finding.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import type { Instant } from '../../core/time/instant.js';
import type { LogHasher } from '../../ports/log-hasher.js';
import { NEVER_STOPS, type Stop } from '../async/cancellation.js';
import { type ReadAhead, readAhead } from '../async/read-ahead.js';
import { LOGS_AHEAD } from '../limits.js';
import { type AbsentDays, MissingLogs } from '../listing/absent-days.js';
import { type ChainPlan, isReported } from './chain-plan.js';
import { ChainAccount } from './chain-totals.js';
import type { StopSearch } from './stop-search.js';
import { type WalkBench, type WalkRules, walkDigests } from './walk-digests.js';

/** What the verification of a chain works with. */
export interface Workbench<Examined> extends WalkBench<Examined> {
  readonly hasher: LogHasher;
  /** Read once a run. */
  readonly now: Instant;
  /** Goes on to its end when absent. */
  readonly stop?: Stop;
  /** Where it is looked whether all of a day is absent; a log that is not there is missing when absent. */
  readonly absentDays?: AbsentDays;
  /** Where it is looked for what ended a run before a gap; nowhere when absent. */
  readonly stops?: Pick<StopSearch, 'judge'>;
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
 * events is that of the walk. They come by the digest. The outcome of the chain is what its digests prove: what the findings
 * make of it, is said behind the verification.
 */
export async function* verifyChain<Examined>(
  plan: ChainPlan,
  bench: Workbench<Examined>,
  rules: WalkRules,
): AsyncGenerator<readonly VerifyEvent[]> {
  const account = new ChainAccount(plan, bench.now);
  const { stop = NEVER_STOPS, absentDays, stops } = bench;
  const missing = absentDays && new MissingLogs(absentDays, plan);
  const items = readAhead(walkAndHash(plan, bench, rules), LOGS_AHEAD, weightOf);
  try {
    for (let item = await nextItem(items, stop); item; item = await nextItem(items, stop)) {
      const checks = item === CUT ? undefined : await stop.untilAbandoned(settle(item, missing));
      if (item === CUT || !checks) {
        account.cut();
        break;
      }
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
  const findings = await stop.untilAbandoned(stops?.judge(plan.chain, time.findings) ?? NO_STOPS);
  yield account.close(time, findings ?? time.findings.map(({ finding }) => finding));
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
  for await (const step of walkDigests(plan, bench, rules)) {
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

/** Nobody looks for what ended a run. */
const NO_STOPS: Promise<undefined> = Promise.resolve(undefined);
const NO_CHECKS: Promise<readonly LogCheck[]> = Promise.resolve([]);
