import type { ChainId } from './chain.js';
import type { FindingArguments } from './finding-arguments.js';
import type { ObjectRef } from './objects.js';
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

/** What a finding does to the outcome of the thing it is about. A warning changes nothing: it is there to be read. */
export type Effect = Exclude<Outcome, 'verified'> | 'warning';

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
}

/** What each finding does to the outcome. This table is the policy of `trailproof verify`. */
export const FINDING_EFFECTS: { readonly [C in FindingCode]: Effect } = {
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
  'folder-unrecognised': 'warning',
  'digest-recovered': 'warning',
  'log-recovered': 'warning',
  'object-versions-unmatched': 'warning',
  'object-versions-unavailable': 'warning',
  'attribution-event': 'warning',
  'attribution-none': 'warning',
  'attribution-limited': 'warning',
  'chain-gap': 'warning',
  'chain-interval-lost': 'failed',
  'chain-interval-undetermined': 'undetermined',
  'chain-begins-late': 'warning',
  'chain-begins-unanchored': 'warning',
  'chain-ends-early': 'failed',
  'chain-end-late': 'warning',
  'chain-newest-digest-old': 'warning',
  'chain-newest-digest-deleted': 'failed',
  'chain-ends-before-siblings': 'warning',
  'chain-sibling-missing': 'warning',
  'trail-not-logging': 'warning',
  'trail-delivery-failing': 'warning',
  'trail-status-unavailable': 'warning',
  'organization-accounts-unavailable': 'warning',
  'query-sign-file-missing': 'undetermined',
  'query-sign-file-access-denied': 'undetermined',
  'query-sign-file-archived': 'undetermined',
  'query-sign-file-unavailable': 'undetermined',
  'query-sign-file-too-large': 'undetermined',
  'query-sign-file-malformed': 'failed',
  'query-algorithm-unknown': 'failed',
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
  'folder-without-digests-in-range': 'failed',
  'folder-access-denied': 'undetermined',
  'folder-unavailable': 'undetermined',
  'folder-search-incomplete': 'undetermined',
  'public-key-fingerprint-mismatch': 'warning',
  'public-key-unreadable': 'warning',
  'selection-not-found': 'undetermined',
  'expected-digests-missing': 'failed',
  'objects-relocated': 'warning',
  'nothing-found': 'undetermined',
  'source-unavailable': 'undetermined',
  'run-interrupted': 'undetermined',
  'checkpoint-begun': 'warning',
  'checkpoint-unauthenticated': 'warning',
  'checkpoint-chain-missing': 'failed',
  'checkpoint-digest-unreached': 'failed',
  'checkpoint-digest-changed': 'failed',
  'checkpoint-earlier-failures': 'warning',
};

export const FINDING_CODES = Object.keys(FINDING_EFFECTS) as readonly FindingCode[];

export function finding<C extends FindingCode>(code: C, subject: Subject, args: FindingArguments[C]): Finding {
  return { code, subject, args } as FindingOf<C> as Finding;
}

/** The outcome of one thing given everything found about it; verified when nothing speaks against it. */
export function outcomeOfFindings(findings: readonly Finding[]): Outcome {
  let outcome: Outcome = 'verified';
  for (const { code } of findings) {
    const effect = FINDING_EFFECTS[code];
    if (effect === 'failed') return 'failed';
    if (effect === 'undetermined') outcome = 'undetermined';
  }
  return outcome;
}
