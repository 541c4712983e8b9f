/*
 * The package entry `trailproof/core`: the checks without any input or output, for browsers and for programs that read the
 * files themselves. Every name here is API, and so is every type that one of them names.
 */
export type { ChainId, ChainKind } from './chain.js';
export type { DigestMetadata } from './contents.js';
export { type DigestLink, type DigestParse, type LogReference, parseDigest, type UnverifiedDigest } from './digest.js';
export { type ErrorCode, TrailproofError } from './errors.js';
export {
  type Acceptance,
  type Effect,
  FINDING_CODES,
  FINDING_EFFECTS,
  type Finding,
  type FindingArguments,
  type FindingCode,
  type FindingOf,
  type KeyFault,
  type Naming,
  outcomeOfFindings,
  type Refusal,
  type SignFileProblem,
  type Subject,
  type UnexplainedTime,
  type UnvouchedReason,
} from './findings.js';
export type { Instant, Interval } from './instant.js';
export type { KeyHazard } from './key-hazard.js';
export { type ListedKey, parseKeyList } from './key-list.js';
export type { LeftoverKind } from './leftovers.js';
export { type DigestKey, type Folder, type LogKey, type LogKind, parseDigestKey, parseLogKey } from './object-key.js';
export type { ObjectRef } from './objects.js';
export type { Outcome } from './outcome.js';
export type { VerifiedDigest } from './policy.js';
export { fingerprintOf, type PublicKey, parsePublicKey, verifySignature, type WebCryptoKey } from './public-key.js';
export { REPORT_FORMAT, REPORT_VERSION } from './report.js';
export { toDataSigningString } from './signing.js';
export { parseTrailArn, type TrailArn } from './trail-arn.js';
export type { Actor } from './trail-event.js';
export { type DigestEvidence, type DigestVerdict, type LogVerdict, verifyDigest, verifyLog } from './verify-digest.js';
