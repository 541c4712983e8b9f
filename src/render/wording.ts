import type { FindingCode, FindingOf } from '../core/findings.js';
import { ATTRIBUTION_WORDING } from './wording-attribution.js';
import { AUDIT_WORDING } from './wording-audit.js';
import { CHAIN_WORDING, RUN_WORDING, TRAIL_WORDING } from './wording-chain.js';
import { CHECKPOINT_WORDING } from './wording-checkpoint.js';
import { DIGEST_FORM_WORDING } from './wording-digest-form.js';
import { DIGEST_PROOF_WORDING } from './wording-digest-proof.js';
import { LOG_WORDING } from './wording-log.js';
import { QUERY_WORDING } from './wording-query.js';
import { RECOVERY_WORDING } from './wording-recovery.js';
import type { Wording, Wordings } from './wording-shared.js';

/** Words for every finding code; a code without any does not compile. */
export const WORDING: Wordings<FindingCode> = {
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
