import { type FindingArguments, type FindingCode, finding, type Subject } from '../../src/core/findings/finding.js';
import { emptyTally } from '../../src/core/findings/outcome.js';
import type { ChainId } from '../../src/core/objects/chain-id.js';
import { type ReportHeader, type ReportSummary, RunAccount } from '../../src/core/report/report.js';
import type { ChainReport, QueryResultsEvent, VerifyEvent } from '../../src/core/report/verify-events.js';
import { HOUR } from '../../src/core/time/instant.js';
import type { Renderer } from '../../src/render/renderer.js';
import type { ForgeOptions } from '../support/forge/forge.js';
import { EVENTS_TRAIL } from '../support/worlds/example-trails.js';

/** A run that is over: what it told, and what it came to. */
export interface Run {
  readonly events: readonly VerifyEvent[];
  readonly summary: ReportSummary;
}

export const START = Date.UTC(2026, 2, 1, 0, 1, 31);
export const HEADER: ReportHeader = {
  tool: { name: 'trailproof', version: '1.2.3' },
  checkedAt: START + 24 * HOUR,
  request: { sources: ['s3://trails'] },
  keySource: 'keys.json',
};
export const FORGE: ForgeOptions = {
  ...EVENTS_TRAIL,
  start: START,
  hours: 4,
  logsPerHour: 2,
};
export const CHAIN: ChainId = {
  accountId: '111122223333',
  region: 'us-east-1',
  trailName: 'events',
  homeRegion: 'us-east-1',
  kind: 'standard',
};

/** What a chain came to, with nothing in it but what is given. */
export const chainReport = (given: Partial<ChainReport> = {}): ChainReport => ({
  chain: CHAIN,
  outcome: 'verified',
  places: [{ bucket: 'trails', prefix: '' }],
  digests: { ...emptyTally(), verified: 1 },
  logs: emptyTally(),
  logBytes: 0,
  asked: { start: START, end: START + HOUR },
  coverage: [{ state: 'proven', start: START, end: START + HOUR }],
  ...given,
});

/** Saved query results, with nothing in them but what is given. */
export const queryResults = (given: Partial<QueryResultsEvent> = {}): QueryResultsEvent => ({
  type: 'query-results',
  ref: { bucket: 'lake', key: 'results/result_sign.json' },
  accountId: '111122223333',
  outcome: 'verified',
  trusted: true,
  region: 'us-east-1',
  completedAt: START,
  files: [{ ref: { bucket: 'lake', key: 'results/result_1.csv.gz' }, outcome: 'verified', size: 1_234_567 }],
  findings: [],
  ...given,
});

/** A run of events made by hand. */
export function runOf(events: readonly VerifyEvent[], keysUsed: ReportSummary['keysUsed'] = []): Run {
  const account = new RunAccount();
  for (const event of events) account.add(event);
  return { events, summary: account.summarise(keysUsed) };
}

/** Everything that a renderer says of a run. */
export const render = (renderer: Renderer, { events, summary }: Run): string =>
  [renderer.begin(), ...events.map((event) => renderer.event(event)), renderer.end(summary)].join('');

const place = (name: string) => ({ bucket: 'trails', key: `AWSLogs/${name}.json.gz` });
const HASH_A = 'a1'.repeat(32);
const HASH_B = 'b2'.repeat(32);
const FINGERPRINT = '0f'.repeat(16);
const refusal = { errorCode: 'AccessDenied', message: 'User: nobody is not authorized to perform: s3:GetObject' };
const hour = { start: START, end: START + HOUR };
const content = { expected: HASH_A, actual: HASH_B };
const field = { field: 'logFiles[3].hashValue' };

/** Arguments for every code. */
export const EXAMPLES: { readonly [C in FindingCode]: FindingArguments[C] } = {
  'digest-missing': {},
  'digest-access-denied': refusal,
  'digest-archived': { storageClass: 'GLACIER' },
  'digest-unavailable': { errorCode: 'SlowDown', message: 'Please reduce your request rate.' },
  'digest-too-large': { measure: 'inflated', limit: 2 ** 27 },
  'digest-key-unrecognised': {},
  'digest-gzip-header-invalid': {},
  'digest-gzip-data-invalid': {},
  'digest-gzip-truncated': {},
  'digest-gzip-checksum-mismatch': {},
  'digest-gzip-length-mismatch': {},
  'digest-gzip-trailing-data': {},
  'digest-not-utf8': {},
  'digest-not-json': {},
  'digest-not-an-object': {},
  'digest-nested-too-deep': { limit: 16 },
  'digest-duplicate-key': { field: 'logFiles' },
  'digest-field-missing': field,
  'digest-field-type-wrong': { ...field, expected: 'string' },
  'digest-timestamp-invalid': { field: 'digestEndTime' },
  'digest-interval-invalid': { start: START + HOUR, end: START },
  'digest-hash-malformed': field,
  'digest-fingerprint-malformed': { field: 'digestPublicKeyFingerprint' },
  'digest-signature-malformed': { field: 'previousDigestSignature' },
  'digest-algorithm-unknown': { field: 'digestSignatureAlgorithm', actual: 'SHA1withRSA' },
  'digest-link-incomplete': { missing: ['previousDigestS3Bucket', 'previousDigestSignature'] },
  'digest-faults-limited': { limit: 32, count: 17 },
  'digest-moved': { from: place('elsewhere') },
  'digest-name-mismatch': { field: 'digestEndTime', expected: '20260301T010131Z', actual: '20260301T020131Z' },
  'digest-signature-missing': {},
  'digest-signature-invalid': { fingerprint: FINGERPRINT },
  'digest-signature-conflict': {},
  'digest-key-unknown': { fingerprint: FINGERPRINT, region: 'us-east-1' },
  'digest-keys-unavailable': { ...refusal, region: 'us-east-1' },
  'digest-key-unsuitable': { fingerprint: FINGERPRINT, reason: 'fingerprint-mismatch' },
  'digest-key-outside-validity': { fingerprint: FINGERPRINT, validity: hour, signedAt: START + 9 * HOUR },
  'digest-link-mismatch': { ...content, successor: place('after'), part: 'signature' },
  'digest-unlinked': {},
  'digest-interval-break': { ...hour, successor: place('after') },
  'digest-logs-unverifiable': { count: 1234 },
  'log-missing': { expected: HASH_A },
  'log-day-absent': { expected: HASH_A, verifyFrom: hour.end },
  'log-modified': content,
  'log-access-denied': refusal,
  'log-archived': { storageClass: 'DEEP_ARCHIVE' },
  'log-unavailable': { errorCode: 'EIO', message: 'i/o error' },
  'log-too-large': { measure: 'stored', limit: 2 ** 28 },
  'log-gzip-header-invalid': { expected: HASH_A },
  'log-gzip-data-invalid': { expected: HASH_A },
  'log-gzip-truncated': content,
  'log-gzip-checksum-mismatch': content,
  'log-gzip-length-mismatch': content,
  'log-gzip-trailing-data': { expected: HASH_A, actual: HASH_A },
  'log-unreferenced': {},
  'log-unaccounted': { ...hour, state: 'undetermined' },
  'log-in-gap': hour,
  'log-pending': hour,
  'log-key-unrecognised': {},
  'object-key-unsafe': { reason: 'parent-folder' },
  'object-key-collides': { other: place('LOG') },
  'folder-leftovers': { kinds: ['duplicate', 'system-file'], count: 12, example: place('log') },
  'folder-logs-unvouched': { reason: 'kind-never-mentioned', count: 1234, example: place('log') },
  'folder-unrecognised': {},
  'digest-recovered': { versionId: 'nMLtt3sXjo', act: 'deleted', replacedAt: START },
  'log-recovered': { versionId: 'nMLtt3sXjo', act: 'overwritten', replacedAt: START },
  'object-versions-unmatched': { count: 12 },
  'object-versions-unavailable': refusal,
  'attribution-event': {
    explains: 'chain-gap',
    ...hour,
    previous: place('before'),
    next: place('after'),
    eventId: '8f0d1c5e-6a3b-4d51-9c8f-2f1f6f0e8a11',
    eventName: 'StopLogging',
    eventTime: START,
    names: 'trail',
    identityType: 'IAMUser',
    identityArn: 'arn:aws:iam::111122223333:user/eve',
    principalId: 'AIDACKCEVSQ6C2EXAMPLE',
    sourceIpAddress: '192.0.2.7',
    userAgent: 'aws-cli/2.27.1',
    log: place('log'),
    hasMore: false,
  },
  'attribution-none': { explains: 'chain-gap', ...hour, searched: 1234, unsearched: 1, refusedCalls: 2 },
  'attribution-limited': { limit: 1000, count: 17 },
  'chain-stopped': {
    ...hour,
    previous: place('before'),
    next: place('after'),
    eventId: '11112222-3333-4444-5555-666677778888',
    eventName: 'StopLogging',
    eventTime: START - 60_000,
    identityArn: 'arn:aws:iam::111122223333:user/eve',
    sourceIpAddress: '192.0.2.7',
    log: place('log'),
  },
  'chain-gap': { ...hour, previous: place('before'), next: place('after') },
  'chain-interval-lost': { ...hour, previous: place('before'), next: place('after') },
  'chain-interval-undetermined': { ...hour, next: place('after') },
  'chain-begins-late': { ...hour, first: place('first') },
  'chain-begins-unanchored': { first: place('first'), predecessor: place('before') },
  'chain-ends-early': { ...hour, last: place('last') },
  'chain-end-late': { ...hour, last: place('last') },
  'chain-newest-digest-old': { ...hour, last: place('last') },
  'chain-newest-digest-deleted': { ...hour, deliveredAt: START + 2 * HOUR, last: place('last') },
  'chain-ends-before-siblings': { ...hour, last: place('last'), sibling: place('sibling') },
  'chain-sibling-missing': { sibling: place('sibling') },
  'chain-hourly-digests-missing': { backfill: place('backfill') },
  'trail-not-logging': { stoppedAt: START },
  'trail-delivery-failing': { part: 'digests', errorCode: 'AccessDenied' },
  'trail-status-unavailable': { ...refusal, regions: ['eu-west-1', 'us-east-1'] },
  'organization-accounts-unavailable': refusal,
  'organization-account-left': { accountId: '444455556666', last: place('last') },
  'query-sign-file-missing': {},
  'query-sign-file-access-denied': refusal,
  'query-sign-file-archived': { storageClass: 'GLACIER' },
  'query-sign-file-unavailable': { errorCode: 'EIO', message: 'i/o error' },
  'query-sign-file-too-large': { measure: 'stored', limit: 2 ** 24 },
  'query-sign-file-malformed': { problem: 'field-missing', field: 'files[3].fileHashValue' },
  'query-algorithm-unknown': { field: 'signatureAlgorithm', actual: 'SHA1withRSA' },
  'query-faults-limited': { limit: 32, count: 1 },
  'query-list-empty': {},
  'query-list-truncated': { missing: ['result_4.csv.gz'], more: 8 },
  'query-file-name-unsafe': { field: 'files[0].fileName', name: '../../passwd' },
  'query-signature-invalid': { fingerprint: FINGERPRINT },
  'query-key-unknown': { fingerprint: FINGERPRINT, region: 'us-east-1' },
  'query-keys-unavailable': { ...refusal, region: 'us-east-1' },
  'query-key-unsuitable': { fingerprint: FINGERPRINT, reason: 'too-short' },
  'query-files-unverifiable': { count: 30 },
  'query-folder-not-listed': refusal,
  'query-file-missing': { expected: HASH_A },
  'query-file-modified': content,
  'query-file-access-denied': refusal,
  'query-file-archived': { storageClass: 'DEEP_ARCHIVE' },
  'query-file-unavailable': { errorCode: 'SlowDown', message: 'Please reduce your request rate.' },
  'query-file-too-large': { measure: 'stored', limit: 2 ** 41 },
  'query-file-unlisted': {},
  'folder-without-digests': {},
  'folder-without-digests-in-range': {},
  'folder-digests-pending': { since: START },
  'folder-logs-alone': {},
  'folder-access-denied': refusal,
  'folder-unavailable': { errorCode: 'NoSuchBucket', message: 'no such bucket: trails' },
  'folder-second-copy': { other: place('elsewhere') },
  'folder-names-limited': { limit: 10_000, count: 1234 },
  'folder-search-incomplete': { searched: 10_000, unsearched: 1234 },
  'folder-digests-misplaced': {
    count: 12,
    example: { bucket: 'trails', key: 'awslogs/111122223333/CloudTrail-Digest/' },
  },
  'public-key-fingerprint-mismatch': { expected: FINGERPRINT, actual: '1e'.repeat(16) },
  'public-key-unreadable': {},
  'selection-not-found': { option: 'account', value: '444455556666' },
  'expected-digests-missing': { accountId: '444455556666', region: 'us-east-1' },
  'objects-relocated': { relocation: 'trails=archive/copy' },
  'objects-unpacked': { example: place('digest') },
  'relocation-unused': { relocation: 'trials=archive/copy' },
  'relocation-unconfirmed': { relocation: 'trails=archive/copy' },
  'setting-in-source': { setting: 'keys', file: 'archive/keys.json', place: '/evidence/archive/keys.json' },
  'nothing-found': {},
  'source-unavailable': {
    errorCode: 'AccessDenied',
    message: 'the role arn:aws:iam::444455556666:role/audit cannot be assumed',
  },
  'run-interrupted': { unvisited: 3 },
  'checkpoint-begun': {},
  'checkpoint-unauthenticated': {},
  'checkpoint-chain-missing': { remembered: place('last'), end: START },
  'checkpoint-chain-unseen': {},
  'checkpoint-digest-unreached': { remembered: place('last'), end: START },
  'checkpoint-digest-changed': { part: 'hash', expected: HASH_A, actual: HASH_B },
  'checkpoint-earlier-failures': { count: 4, since: START },
  'policy-exception-expired': {
    exception: 'exceptions[2]',
    reason: 'migration',
    ticket: 'SEC-12',
    until: START,
  },
};

/** A finding of that code about a thing that it can be about. */
export const exampleOf = <C extends FindingCode>(code: C) => finding(code, subjectFor(code), EXAMPLES[code]);

const QUERY_FILE_CODES = /^query-file-(?!name-unsafe$)/;

function subjectFor(code: FindingCode): Subject {
  if (code.startsWith('digest-') || code === 'checkpoint-digest-changed') return { type: 'digest', ...place('digest') };
  if (code.startsWith('log-') || code.startsWith('object-')) return { type: 'log', ...place('log') };
  if (QUERY_FILE_CODES.test(code)) return { type: 'query-file', bucket: 'lake', key: 'results/result_1.csv.gz' };
  if (code.startsWith('query-')) return { type: 'query-sign-file', bucket: 'lake', key: 'results/result_sign.json' };
  if (code.startsWith('folder-')) return { type: 'folder', bucket: 'trails', key: 'AWSLogs/' };
  if (/^chain-|^checkpoint-(?:chain|digest|earlier)-|^attribution-(?:event|none)$/.test(code))
    return { type: 'chain', chain: CHAIN };
  if (code.startsWith('public-key-')) return { type: 'public-key', fingerprint: FINGERPRINT };
  return code === 'source-unavailable' ? { type: 'run', source: 's3://other-trails' } : { type: 'run' };
}
