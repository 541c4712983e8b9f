import type { Actor } from '../events/trail-event.js';
import type { LeftoverKind } from '../objects/leftovers.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { KeyHazard } from '../objects/unsafe-key.js';
import type { Instant, Interval } from '../time/instant.js';

/** Why a service or a file system refused or failed, in its own words. From outside: escape before showing. */
export interface Refusal {
  /** The error code of the service, for example `AccessDenied`, or of the system, for example `EACCES`. */
  readonly errorCode: string;
  readonly message: string;
}

/** Why a public key cannot be used: no RSA key at all, an RSA key that is too short, or not the key it is named as. */
export type KeyFault = 'unreadable' | 'too-short' | 'fingerprint-mismatch';

/** What is wrong with the document of a sign file, or with one of its fields. */
export type SignFileProblem =
  | 'not-utf8'
  | 'not-json'
  | 'not-an-object'
  | 'nested-too-deep'
  | 'duplicate-key'
  | 'field-missing'
  | 'field-type-wrong'
  | 'timestamp-invalid'
  | 'hash-malformed'
  | 'fingerprint-malformed'
  | 'signature-malformed'
  | 'region-invalid';

/** Why many logs of a folder are reported as one: digests never mention their kind, or they are older than every digest. */
export type UnvouchedReason = 'kind-never-mentioned' | 'before-oldest-digest';

/** How closely an event names what it explains: the object itself, a folder that holds it, its whole bucket, its trail. */
export type Naming = 'object' | 'folder' | 'bucket' | 'trail';

/** What a finding about a chain says of its time. */
export interface UnexplainedTime extends Partial<Interval> {
  readonly previous?: ObjectRef;
  readonly next?: ObjectRef;
  readonly last?: ObjectRef;
}
/** The finding that is attributed; the one that is said has the same subject. */
interface Explaining extends UnexplainedTime {
  readonly explains: keyof FindingArguments;
}

interface Recovered {
  /** Of the version that CloudTrail delivered. */
  readonly versionId: string;
  /** What became of it. */
  readonly act: 'overwritten' | 'deleted';
  readonly replacedAt: Instant;
}
interface NoArguments {
  readonly [name: string]: never;
}
interface SizeLimit {
  /** `stored`: the object as it lies in the bucket. `inflated`: what comes out of its gzip stream. */
  readonly measure: 'stored' | 'inflated';
  /** In bytes. */
  readonly limit: number;
}
/** A document may also be too large by its JSON values, whose number `limit` then is. */
interface DocumentLimit {
  readonly measure: SizeLimit['measure'] | 'values';
  readonly limit: number;
}
/** Faults of a document that are told one by one, and those beyond: so many or more. */
interface FaultLimit {
  readonly limit: number;
  readonly count: number;
}
interface FieldFault {
  /** For example `logFiles[3].hashValue`. */
  readonly field: string;
}
/** A log whose gzip stream is not one whole member. */
interface LogContent {
  readonly expected: string;
  /** SHA-256 of what could be inflated; absent when nothing sensible could. */
  readonly actual?: string;
}
interface Expectation {
  readonly expected: string;
  readonly actual: string;
}

/**
 * The arguments of every finding code. A code is API: it never changes its meaning. Texts have at most 1,024 UTF-16 units:
 * of a longer one the beginning, an ellipsis and how many units were left out (`abc…+9000`).
 * Times are instants (milliseconds since 1970), hashes and fingerprints lower-case hexadecimal.
 */
export interface FindingArguments {
  // A digest as an object.
  'digest-missing': NoArguments;
  'digest-access-denied': Refusal;
  'digest-archived': { readonly storageClass: string };
  'digest-unavailable': Refusal;
  'digest-too-large': DocumentLimit;
  'digest-key-unrecognised': NoArguments;
  // A digest as a gzip stream.
  'digest-gzip-header-invalid': NoArguments;
  'digest-gzip-data-invalid': NoArguments;
  'digest-gzip-truncated': NoArguments;
  'digest-gzip-checksum-mismatch': NoArguments;
  'digest-gzip-length-mismatch': NoArguments;
  'digest-gzip-trailing-data': NoArguments;
  // A digest as a document.
  'digest-not-utf8': NoArguments;
  'digest-not-json': NoArguments;
  'digest-not-an-object': NoArguments;
  'digest-nested-too-deep': { readonly limit: number };
  'digest-duplicate-key': FieldFault;
  'digest-field-missing': FieldFault;
  'digest-field-type-wrong': FieldFault & { readonly expected: string };
  'digest-timestamp-invalid': FieldFault;
  'digest-interval-invalid': Interval;
  'digest-hash-malformed': FieldFault;
  'digest-fingerprint-malformed': FieldFault;
  'digest-signature-malformed': FieldFault;
  'digest-algorithm-unknown': FieldFault & { readonly actual: string };
  'digest-link-incomplete': { readonly missing: readonly string[] };
  'digest-faults-limited': FaultLimit;
  // A digest as evidence.
  'digest-moved': { readonly from: ObjectRef };
  'digest-name-mismatch': FieldFault & Expectation;
  /** `metadataFile`: the one beside the digest that cannot be used. */
  'digest-signature-missing': { readonly metadataFile?: string };
  'digest-signature-invalid': { readonly fingerprint: string };
  'digest-signature-conflict': NoArguments;
  'digest-key-unknown': { readonly fingerprint: string; readonly region: string };
  'digest-keys-unavailable': Refusal & { readonly region: string };
  'digest-key-unsuitable': { readonly fingerprint: string; readonly reason: KeyFault };
  'digest-key-outside-validity': {
    readonly fingerprint: string;
    readonly validity: Interval;
    readonly signedAt: number;
  };
  'digest-link-mismatch': Expectation & { readonly successor: ObjectRef; readonly part: 'hash' | 'signature' };
  'digest-unlinked': NoArguments;
  'digest-interval-break': Interval & { readonly successor: ObjectRef };
  'digest-logs-unverifiable': { readonly count: number };
  // A log.
  'log-missing': { readonly expected: string };
  /** `verifyFrom`, `verifyTo`: where the time begins or ends in which all logs of the chain have their days. */
  'log-day-absent': { readonly expected: string; readonly verifyFrom?: Instant; readonly verifyTo?: Instant };
  'log-modified': Expectation;
  'log-access-denied': Refusal;
  'log-archived': { readonly storageClass: string };
  'log-unavailable': Refusal;
  'log-too-large': SizeLimit;
  'log-gzip-header-invalid': LogContent;
  'log-gzip-data-invalid': LogContent;
  'log-gzip-truncated': LogContent;
  'log-gzip-checksum-mismatch': LogContent;
  'log-gzip-length-mismatch': LogContent;
  'log-gzip-trailing-data': LogContent;
  // An object that no digest vouches for.
  'log-unreferenced': NoArguments;
  'log-unaccounted': Interval & { readonly state: 'lost' | 'undetermined' };
  'log-in-gap': Interval;
  /** From the end of the newest digest to the time in the log's name. */
  'log-pending': Interval;
  'log-key-unrecognised': NoArguments;
  'object-key-unsafe': { readonly reason: KeyHazard };
  'object-key-collides': { readonly other: ObjectRef };
  'folder-logs-unvouched': {
    readonly reason: UnvouchedReason;
    readonly count: number;
    readonly example: ObjectRef;
  };
  /** `count`: files of these kinds, told as one. */
  'folder-leftovers': { readonly kinds: readonly LeftoverKind[]; readonly count: number; readonly example: ObjectRef };
  'folder-unrecognised': NoArguments;
  // The older versions of an object that is missing or not what it should be.
  'digest-recovered': Recovered;
  'log-recovered': Recovered;
  /** `count`: older versions, all of which were read. */
  'object-versions-unmatched': { readonly count: number };
  /** Not all older versions could be listed or read, and none of those that could is valid. Why the newest of them could not. */
  'object-versions-unavailable': Refusal;
  // What verified logs say of how something came about.
  'attribution-event': Explaining &
    Actor & {
      readonly eventId: string;
      readonly eventName: string;
      readonly eventTime: Instant;
      readonly names: Naming;
      /** The verified log that holds the event. */
      readonly log: ObjectRef;
      /** Whether there are more events than those that are told: the earliest and the latest are. */
      readonly hasMore: boolean;
    };
  /** Numbers of logs, and of calls that name the subject and failed: so many or more where it is 100. */
  'attribution-none': Explaining & {
    readonly searched: number;
    readonly unsearched: number;
    readonly refusedCalls: number;
  };
  /** `count`: findings beyond the limit, which are not attributed. */
  'attribution-limited': { readonly limit: number; readonly count: number };
  // A chain over time.
  'chain-gap': Interval & { readonly previous: ObjectRef; readonly next: ObjectRef };
  'chain-stopped': Interval &
    Actor & {
      readonly previous: ObjectRef;
      readonly next: ObjectRef;
      readonly eventId: string;
      readonly eventName: string;
      readonly eventTime: Instant;
      /** The verified log that holds the event. */
      readonly log: ObjectRef;
    };
  'chain-interval-lost': Interval & { readonly previous?: ObjectRef; readonly next?: ObjectRef };
  'chain-interval-undetermined': Interval & { readonly previous?: ObjectRef; readonly next?: ObjectRef };
  'chain-begins-late': Interval & { readonly first: ObjectRef };
  'chain-begins-unanchored': { readonly first: ObjectRef; readonly predecessor: ObjectRef };
  'chain-ends-early': Interval & { readonly last: ObjectRef };
  'chain-end-late': Interval & { readonly last: ObjectRef };
  'chain-newest-digest-old': Interval & { readonly last: ObjectRef };
  'chain-newest-digest-deleted': Partial<Interval> & { readonly deliveredAt: Instant; readonly last?: ObjectRef };
  'chain-ends-before-siblings': Interval & { readonly last: ObjectRef; readonly sibling: ObjectRef };
  'chain-sibling-missing': { readonly sibling: ObjectRef };
  // A trail, as CloudTrail and Organizations tell of it.
  /** `backfill`: the newest backfill digest of the trail. */
  'chain-hourly-digests-missing': { readonly backfill: ObjectRef };
  'trail-not-logging': { readonly stoppedAt?: Instant };
  'trail-delivery-failing': { readonly part: 'digests' | 'logs'; readonly errorCode: string };
  'trail-status-unavailable': Refusal;
  'organization-accounts-unavailable': Refusal;
  /** `last`: its newest digest, where there is one at the time asked for. */
  'organization-account-left': { readonly accountId: string; readonly last?: ObjectRef };
  // The sign file of saved query results.
  'query-sign-file-missing': NoArguments;
  'query-sign-file-access-denied': Refusal;
  'query-sign-file-archived': { readonly storageClass: string };
  'query-sign-file-unavailable': Refusal;
  'query-sign-file-too-large': DocumentLimit;
  'query-sign-file-malformed': { readonly problem: SignFileProblem; readonly field?: string };
  'query-algorithm-unknown': FieldFault & { readonly actual: string };
  'query-faults-limited': FaultLimit;
  'query-list-empty': NoArguments;
  /** `more`: present where there are others than those that are named. */
  'query-list-truncated': { readonly missing: readonly string[]; readonly more?: number };
  'query-file-name-unsafe': FieldFault & { readonly name: string };
  'query-signature-invalid': { readonly fingerprint: string };
  'query-key-unknown': { readonly fingerprint: string; readonly region: string };
  'query-keys-unavailable': Refusal & { readonly region: string };
  'query-key-unsuitable': { readonly fingerprint: string; readonly reason: KeyFault };
  'query-files-unverifiable': { readonly count: number };
  'query-folder-not-listed': Refusal;
  // A file of saved query results.
  'query-file-missing': { readonly expected: string };
  'query-file-modified': Expectation;
  'query-file-access-denied': Refusal;
  'query-file-archived': { readonly storageClass: string };
  'query-file-unavailable': Refusal;
  'query-file-too-large': SizeLimit;
  'query-file-unlisted': NoArguments;
  // A folder, a key, a run.
  'folder-without-digests': NoArguments;
  'folder-without-digests-in-range': NoArguments;
  /** `since`: the time of the oldest log, by its name. */
  'folder-digests-pending': { readonly since: Instant };
  'folder-logs-alone': NoArguments;
  'folder-access-denied': Refusal;
  'folder-unavailable': Refusal;
  /** `other`: a folder that was delivered to the same place, and is read. */
  'folder-second-copy': { readonly other: ObjectRef };
  'folder-search-incomplete': { readonly searched: number; readonly unsearched: number };
  /** `count`: folders that look as if they held digests; `example`: the first of them. */
  'folder-digests-misplaced': { readonly count: number; readonly example: ObjectRef };
  'public-key-fingerprint-mismatch': Expectation;
  'public-key-unreadable': NoArguments;
  'selection-not-found': { readonly option: 'account' | 'region' | 'trail'; readonly value: string };
  'expected-digests-missing': { readonly accountId?: string; readonly region?: string };
  /** `FROM=TO`: buckets, or buckets and prefixes. */
  'objects-relocated': { readonly relocation: string };
  'relocation-unused': { readonly relocation: string };
  'relocation-unconfirmed': { readonly relocation: string };
  /** A file that the run was told by and that lies in what it verifies: as it was named, and its path without links. */
  'setting-in-source': {
    readonly setting: 'config' | 'policy' | 'keys' | 'checkpoint-key' | 'aws';
    readonly file: string;
    readonly place: string;
  };
  /** `example`: as it was delivered, `X.json.gz`. */
  'objects-unpacked': { readonly example: ObjectRef };
  'nothing-found': NoArguments;
  /** One of several sources. */
  'source-unavailable': Refusal;
  /** `unvisited`: accounts and regions that were not begun. */
  'run-interrupted': { readonly unvisited: number };
  // What an earlier run remembers.
  'checkpoint-begun': NoArguments;
  'checkpoint-unauthenticated': NoArguments;
  'checkpoint-chain-missing': { readonly remembered: ObjectRef; readonly end: Instant };
  'checkpoint-chain-unseen': NoArguments;
  'checkpoint-digest-unreached': { readonly remembered: ObjectRef; readonly end: Instant };
  'checkpoint-digest-changed': Expectation & { readonly part: 'hash' | 'signature' };
  'checkpoint-earlier-failures': { readonly count: number; readonly since: Instant };
  /** `exception`: where it stands in the policy, like `exceptions[2]`. */
  'policy-exception-expired': {
    readonly exception: string;
    readonly reason: string;
    readonly ticket?: string;
    readonly until: Instant;
  };
}
