import { type Finding, type FindingCode, outcomeOfFindings } from '../findings/finding.js';
import type { Outcome } from '../findings/outcome.js';

/**
 * Why a digest proves nothing. `failed`: it is broken or gone. `undetermined`: it could not be read or checked. `unsigned`: it
 * could, but for a signature, which it has not: somebody lost CloudTrail's, or anybody wrote it. `unsigned-start`: the same, and
 * it claims to be a starting digest.
 */
export type Trouble = Exclude<Outcome, 'verified'> | 'unsigned' | 'unsigned-start';

const OF_UNSIGNED: ReadonlySet<FindingCode> = new Set(['digest-signature-missing', 'digest-logs-unverifiable']);

/** What everything found about a digest amounts to; undefined where nothing speaks against it. */
export function troubleOf(found: readonly Finding[]): Exclude<Trouble, 'unsigned-start'> | undefined {
  const outcome = outcomeOfFindings(found);
  if (outcome !== 'undetermined') return outcome === 'verified' ? undefined : outcome;
  return outcomeOfFindings(found.filter(({ code }) => !OF_UNSIGNED.has(code))) === 'verified' ? 'unsigned' : outcome;
}

const FROM_LEAST: readonly Trouble[] = ['unsigned', 'unsigned-start', 'undetermined', 'failed'];

/** The one that says more against the time of both. */
export const worseTrouble = (a: Trouble | undefined, b: Trouble): Trouble =>
  a && FROM_LEAST.indexOf(a) > FROM_LEAST.indexOf(b) ? a : b;
