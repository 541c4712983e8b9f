import type { FindingCode, FindingOf } from '../../core/findings/finding.js';
import { ATTRIBUTION_WORDING } from './attribution.js';
import { AUDIT_WORDING } from './audit.js';
import { CHAIN_WORDING, RUN_WORDING, TRAIL_WORDING } from './chain.js';
import { CHECKPOINT_WORDING } from './checkpoint.js';
import { DIGEST_FORM_WORDING } from './digest-format.js';
import { DIGEST_PROOF_WORDING } from './digest-signature.js';
import { LOG_WORDING } from './log.js';
import { QUERY_WORDING } from './query-results.js';
import { RECOVERY_WORDING } from './recovery.js';
import type { Wording, Wordings } from './shared.js';

/** Words for every finding code; a code without any does not compile. */
const WORDING: Wordings<FindingCode> = {
  ...DIGEST_FORM_WORDING,
  ...DIGEST_PROOF_WORDING,
  ...LOG_WORDING,
  ...AUDIT_WORDING,
  ...RECOVERY_WORDING,
  ...ATTRIBUTION_WORDING,
  ...CHAIN_WORDING,
  ...TRAIL_WORDING,
  ...QUERY_WORDING,
  ...RUN_WORDING,
  ...CHECKPOINT_WORDING,
};

/** All that is said of one finding. */
export interface Worded {
  readonly title: string;
  readonly meaning: string;
  readonly next: string;
}

/** Puts a finding into words. */
export function toWords<C extends FindingCode>({ code, args }: FindingOf<C>): Worded {
  const wording: Wording<C> = WORDING[code];
  return { title: wording.title(args), meaning: wording.meaning(args), next: wording.next(args) };
}
