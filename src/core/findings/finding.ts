import { shortenTexts } from '../encoding/shorten-text.js';
import type { ChainId } from '../objects/chain-id.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { Instant } from '../time/instant.js';
import type { FindingArguments } from './finding-arguments.js';
import type { Outcome } from './outcome.js';

export type {
  FindingArguments,
  KeyFault,
  Naming,
  Refusal,
  SignFileProblem,
  UnexplainedTime,
  UnvouchedReason,
} from './finding-arguments.js';

/**
 * What a finding does to the outcome of the chain and the run. A warning changes nothing: it is there to be read. Nor does
 * what is accepted: it speaks against the evidence, and a policy puts up with it.
 */
export type Effect = DefaultEffect | 'accepted';

type DefaultEffect = Exclude<Outcome, 'verified'> | 'warning';

/** Why a finding is accepted, as an exception of a policy says. From outside: escape before showing. */
export interface Acceptance {
  readonly reason: string;
  readonly ticket?: string;
  /** From then on it is not accepted any more. */
  readonly until: Instant;
}

/** What a finding is about. */
export type Subject =
  | ({ readonly type: 'digest' | 'log' | 'query-sign-file' | 'query-file' } & ObjectRef)
  | { readonly type: 'chain'; readonly chain: ChainId }
  | { readonly type: 'folder'; readonly bucket: string; readonly key: string }
  | { readonly type: 'public-key'; readonly fingerprint: string }
  /** `source`: the one that it is about, in a run over several. */
  | { readonly type: 'run'; readonly source?: string };

export type FindingCode = keyof FindingArguments;

/** Something that was seen, as data: no prose. */
export type Finding = { [C in FindingCode]: FindingOf<C> }[FindingCode];

export interface FindingOf<C extends FindingCode> {
  readonly code: C;
  readonly subject: Subject;
  readonly args: FindingArguments[C];
  /** Present where a policy has another one than {@link FINDING_EFFECTS}. */
  readonly effect?: Effect;
  /** Present where an exception of a policy applies. */
  readonly accepted?: Acceptance;
}

/** What each finding does to the outcome where no policy says otherwise. */
export const FINDING_EFFECTS: { readonly [C in FindingCode]: DefaultEffect } = {
  'digest-missing': 'failed',
  'digest-access-denied': 'undetermined',
  'digest-archived': 'undetermined',
  'digest-unavailable': 'undetermined',
  'digest-too-large': 'undetermined',
  'digest-key-unrecognised': 'warning',
  'digest-gzip-header-invalid': 'failed',
  'digest-gzip-data-invalid': 'failed',
  'digest-gzip-truncated': 'failed',
  'digest-gzip-checksum-mismatch': 'failed',
  'digest-gzip-length-mismatch': 'failed',
  'digest-gzip-trailing-data': 'failed',
  'digest-not-utf8': 'failed',
  'digest-not-json': 'failed',
  'digest-not-an-object': 'failed',
  'digest-nested-too-deep': 'failed',
  'digest-duplicate-key': 'failed',
  'digest-field-missing': 'failed',
  'digest-field-type-wrong': 'failed',
  'digest-timestamp-invalid': 'failed',
  'digest-interval-invalid': 'failed',
  'digest-hash-malformed': 'failed',
  'digest-fingerprint-malformed': 'failed',
  'digest-signature-malformed': 'failed',
  'digest-algorithm-unknown': 'failed',
  'digest-link-incomplete': 'failed',
  'digest-faults-limited': 'failed',
  'digest-moved': 'failed',
  'digest-name-mismatch': 'failed',
  'digest-signature-missing': 'undetermined',
  'digest-signature-invalid': 'failed',
  'digest-signature-conflict': 'failed',
  'digest-key-unknown': 'undetermined',
  'digest-keys-unavailable': 'undetermined',
  'digest-key-unsuitable': 'undetermined',
  'digest-key-outside-validity': 'warning',
  'digest-link-mismatch': 'failed',
  'digest-unlinked': 'warning',
  'digest-interval-break': 'warning',
  'digest-logs-unverifiable': 'undetermined',
  'log-missing': 'failed',
  'log-day-absent': 'undetermined',
  'log-modified': 'failed',
  'log-access-denied': 'undetermined',
  'log-archived': 'undetermined',
  'log-unavailable': 'undetermined',
  'log-too-large': 'undetermined',
  'log-gzip-header-invalid': 'failed',
  'log-gzip-data-invalid': 'failed',
  'log-gzip-truncated': 'failed',
  'log-gzip-checksum-mismatch': 'failed',
  'log-gzip-length-mismatch': 'failed',
  'log-gzip-trailing-data': 'failed',
  'log-unreferenced': 'failed',
  'log-unaccounted': 'undetermined',
  'log-in-gap': 'warning',
  'log-pending': 'warning',
  'log-key-unrecognised': 'warning',
  'object-key-unsafe': 'warning',
  'object-key-collides': 'warning',
  'folder-logs-unvouched': 'warning',
  'folder-leftovers': 'warning',
  'folder-unrecognised': 'warning',
  'digest-recovered': 'warning',
  'log-recovered': 'warning',
  'object-versions-unmatched': 'warning',
  'object-versions-unavailable': 'warning',
  'attribution-event': 'warning',
  'attribution-none': 'warning',
  'attribution-limited': 'warning',
  'chain-gap': 'undetermined',
  'chain-stopped': 'warning',
  'chain-interval-lost': 'failed',
  'chain-interval-undetermined': 'undetermined',
  'chain-begins-late': 'undetermined',
  'chain-begins-unanchored': 'warning',
  'chain-ends-early': 'failed',
  'chain-end-late': 'warning',
  'chain-newest-digest-old': 'warning',
  'chain-newest-digest-deleted': 'failed',
  'chain-ends-before-siblings': 'warning',
  'chain-sibling-missing': 'warning',
  'chain-hourly-digests-missing': 'failed',
  'trail-not-logging': 'warning',
  'trail-delivery-failing': 'warning',
  'trail-status-unavailable': 'warning',
  'organization-accounts-unavailable': 'warning',
  'organization-account-left': 'warning',
  'query-sign-file-missing': 'undetermined',
  'query-sign-file-access-denied': 'undetermined',
  'query-sign-file-archived': 'undetermined',
  'query-sign-file-unavailable': 'undetermined',
  'query-sign-file-too-large': 'undetermined',
  'query-sign-file-malformed': 'failed',
  'query-algorithm-unknown': 'failed',
  'query-faults-limited': 'failed',
  'query-list-empty': 'failed',
  'query-list-truncated': 'failed',
  'query-file-name-unsafe': 'failed',
  'query-signature-invalid': 'failed',
  'query-key-unknown': 'undetermined',
  'query-keys-unavailable': 'undetermined',
  'query-key-unsuitable': 'undetermined',
  'query-files-unverifiable': 'undetermined',
  'query-folder-not-listed': 'warning',
  'query-file-missing': 'failed',
  'query-file-modified': 'failed',
  'query-file-access-denied': 'undetermined',
  'query-file-archived': 'undetermined',
  'query-file-unavailable': 'undetermined',
  'query-file-too-large': 'undetermined',
  'query-file-unlisted': 'warning',
  'folder-without-digests': 'failed',
  'folder-without-digests-in-range': 'undetermined',
  'folder-digests-pending': 'warning',
  'folder-logs-alone': 'undetermined',
  'folder-access-denied': 'undetermined',
  'folder-unavailable': 'undetermined',
  'folder-second-copy': 'undetermined',
  'folder-search-incomplete': 'undetermined',
  'folder-digests-misplaced': 'undetermined',
  'public-key-fingerprint-mismatch': 'warning',
  'public-key-unreadable': 'warning',
  'selection-not-found': 'undetermined',
  'expected-digests-missing': 'failed',
  'objects-relocated': 'warning',
  'relocation-unused': 'warning',
  'relocation-unconfirmed': 'undetermined',
  'setting-in-source': 'warning',
  'objects-unpacked': 'warning',
  'nothing-found': 'undetermined',
  'source-unavailable': 'undetermined',
  'run-interrupted': 'undetermined',
  'checkpoint-begun': 'warning',
  'checkpoint-unauthenticated': 'warning',
  'checkpoint-chain-missing': 'failed',
  'checkpoint-chain-unseen': 'undetermined',
  'checkpoint-digest-unreached': 'failed',
  'checkpoint-digest-changed': 'failed',
  'checkpoint-earlier-failures': 'warning',
  'policy-exception-expired': 'warning',
};

/** Every finding code. Codes are API: a code never changes its meaning and is never used again for another. */
export const FINDING_CODES = Object.keys(FINDING_EFFECTS) as readonly FindingCode[];

/** A finding. Texts from outside among its arguments are shortened, since anybody may have written them, at any length. */
export function finding<C extends FindingCode>(code: C, subject: Subject, args: FindingArguments[C]): Finding {
  return { code, subject, args: shortenTexts(args) } as FindingOf<C> as Finding;
}

/** What a finding does to the outcome of the chain and the run. */
export const effectOf = ({ code, effect }: Finding): Effect => effect ?? FINDING_EFFECTS[code];

/**
 * The outcome of one thing given everything found about it; verified when nothing speaks against it. A policy has no part
 * in it: a log that was changed has failed, whoever accepts that.
 */
export const outcomeOfFindings = (findings: readonly Finding[]): Outcome =>
  fold(findings, ({ code }) => FINDING_EFFECTS[code]);

/** What findings come to in the outcome of a chain or a run. Verified when none counts against it: that alone proves nothing. */
export const outcomeOfEffects = (findings: readonly Finding[]): Outcome => fold(findings, effectOf);

/** What one thing is under a policy: `accepted` where it is not verified, and nothing of that counts. */
export type Standing = Outcome | 'accepted';

/** What one thing is under a policy, from its outcome and everything found about it. */
export function standingOf(outcome: Outcome, findings: readonly Finding[]): Standing {
  if (outcome !== 'verified' && findings.length === 0) return outcome;
  const standing = outcomeOfEffects(findings);
  return standing === 'verified' && outcome !== 'verified' ? 'accepted' : standing;
}

function fold(findings: readonly Finding[], toEffect: (finding: Finding) => Effect): Outcome {
  let outcome: Outcome = 'verified';
  for (const found of findings) {
    const effect = toEffect(found);
    if (effect === 'failed') return 'failed';
    if (effect === 'undetermined') outcome = 'undetermined';
  }
  return outcome;
}
