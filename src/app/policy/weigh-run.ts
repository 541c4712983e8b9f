import { effectOf, type Finding, outcomeOfEffects } from '../../core/findings/finding.js';
import type { Whereabouts } from '../../core/findings/finding-scope.js';
import { foldOutcomes, type Outcome } from '../../core/findings/outcome.js';
import { type ChainId, formatChainId } from '../../core/objects/chain-id.js';
import type { ChainReport, RunEvent } from '../../core/report/verify-events.js';
import { outcomeOfResults } from '../query-results/verify-query-results.js';
import { type AppliedPolicy, asFound } from './applied-policy.js';

/**
 * The stage behind a verification. Findings get the effects that the policy has for them, and chains and saved query
 * results the outcome that these leave. Before the end come the exceptions that would have applied, had they not expired.
 * @param run with findings as they were found, and chains as far as digests prove them
 * @param policy findings do what they do by themselves when absent
 */
export async function* weighRun(
  run: AsyncIterable<RunEvent>,
  policy: AppliedPolicy | undefined,
): AsyncGenerator<RunEvent> {
  const weighing = new Weighing(policy);
  for await (const event of run) {
    const expired = event.type === 'end' ? (policy?.expired() ?? []) : [];
    if (expired.length > 0) yield { type: 'findings', findings: expired };
    yield weighing.event(event);
  }
}

/** What the findings about a chain, its digests and its logs come to. */
interface ChainWeight {
  outcome: Outcome;
  accepted: number;
}

class Weighing {
  readonly #policy: AppliedPolicy | undefined;
  /** Of chains that are not done. */
  readonly #chains = new Map<string, ChainWeight>();

  constructor(policy: AppliedPolicy | undefined) {
    this.#policy = policy;
  }

  event(event: RunEvent): RunEvent {
    switch (event.type) {
      case 'digest':
      case 'log': {
        if (event.findings.length === 0) return event;
        const findings = this.#judge(event.findings, event.chain);
        this.#count(event.chain, findings);
        return { ...event, findings };
      }
      case 'findings': {
        const findings = this.#judge(event.findings);
        for (const found of findings) if (found.subject.type === 'chain') this.#count(found.subject.chain, [found]);
        return { ...event, findings };
      }
      case 'query-results': {
        const { accountId, files } = event;
        const findings = this.#judge(event.findings, accountId === undefined ? {} : { accountId });
        return { ...event, outcome: outcomeOfResults(findings, files), findings };
      }
      case 'chain':
        return { ...event, report: this.#close(event.report) };
      default:
        return event;
    }
  }

  #judge(findings: readonly Finding[], within?: Whereabouts): readonly Finding[] {
    return (this.#policy?.judge ?? asFound)(findings, within);
  }

  #count(chain: ChainId, findings: readonly Finding[]): void {
    const id = formatChainId(chain);
    const weight = this.#chains.get(id) ?? { outcome: 'verified', accepted: 0 };
    weight.outcome = foldOutcomes([weight.outcome, outcomeOfEffects(findings)]);
    weight.accepted += findings.filter((found) => effectOf(found) === 'accepted').length;
    this.#chains.set(id, weight);
  }

  #close(report: ChainReport): ChainReport {
    const id = formatChainId(report.chain);
    const { outcome, accepted } = this.#chains.get(id) ?? { outcome: 'verified', accepted: 0 };
    this.#chains.delete(id);
    return { ...report, outcome: foldOutcomes([report.outcome, outcome]), ...(accepted > 0 && { accepted }) };
  }
}
