import { type Finding, finding } from '../../core/findings/finding.js';
import type { Whereabouts } from '../../core/findings/finding-scope.js';
import { applyPolicy } from '../../core/policy/apply-policy.js';
import type { FindingPolicy, PolicyException } from '../../core/policy/parse-policy.js';
import type { Instant } from '../../core/time/instant.js';

/** Gives findings the effects that they have in a run. @param within what is known of the thing that they were found in */
export type JudgeFindings = (findings: readonly Finding[], within?: Whereabouts) => readonly Finding[];

/** Findings as they are where there is no policy. */
export const asFound: JudgeFindings = (findings) => findings;

/** The policy of a run. What it makes of a finding does not depend on what it was asked before. */
export class AppliedPolicy {
  readonly #policy: FindingPolicy;
  readonly #now: Instant;
  readonly #expired = new Set<PolicyException>();

  constructor(policy: FindingPolicy, now: Instant) {
    this.#policy = policy;
    this.#now = now;
  }

  readonly judge: JudgeFindings = (findings, within) =>
    findings.map((found) => {
      const ruled = applyPolicy(this.#policy, found, this.#now, within);
      for (const exception of ruled.expired) this.#expired.add(exception);
      return ruled.finding;
    });

  /** The exceptions that would have applied to something, had they not expired. To be asked when everything was judged. */
  expired(): readonly Finding[] {
    // In the order of the policy: in which order they were met depends on timing.
    const said = [...this.#expired]
      .sort((a, b) => a.index - b.index)
      .map(({ index, reason, ticket, until }) => {
        const args = { exception: `exceptions[${index}]`, reason, ...(ticket !== undefined && { ticket }), until };
        return finding('policy-exception-expired', { type: 'run' }, args);
      });
    return this.judge(said);
  }
}
