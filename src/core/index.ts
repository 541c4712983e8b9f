/*
 * The package entry `trailproof/core`: the checks without any input or output, for browsers and for programs that read the
 * files themselves. Every name here is API, and so is every type that one of them names.
 */

export type { VerifiedDigest } from './chain/digest-verifier.js';
export {
  type DigestEvidence,
  type DigestVerdict,
  type LogVerdict,
  verifyDigest,
  verifyLog,
} from './chain/verify-digest.js';
export type { DigestMetadata } from './content/object-content.js';
export { toDataSigningString } from './digest/data-signing-string.js';
export {
  type DigestLink,
  type DigestParse,
  type LogReference,
  parseDigest,
  type UnverifiedDigest,
} from './digest/parse-digest.js';
export { type ErrorCode, TrailproofError } from './errors/trailproof-error.js';
export type { Actor } from './events/trail-event.js';
export type { AnyCode, Argument, JsonSchema, Optional } from './findings/codes/arguments.js';
export type { DefaultEffect, ValuesOf } from './findings/codes/define.js';
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
} from './findings/finding.js';
export type { Outcome } from './findings/outcome.js';
export { type ListedKey, parseKeyList } from './keys/key-list.js';
export {
  fingerprintOf,
  type PublicKey,
  parsePublicKey,
  verifySignature,
  type WebCryptoKey,
} from './keys/public-key.js';
export type { ChainId, ChainKind } from './objects/chain-id.js';
export {
  type DigestKey,
  type Folder,
  type LogKey,
  type LogKind,
  parseDigestKey,
  parseLogKey,
} from './objects/cloudtrail-key.js';
export type { LeftoverKind } from './objects/leftovers.js';
export type { ObjectRef } from './objects/object-ref.js';
export { parseTrailArn, type TrailArn } from './objects/trail-arn.js';
export type { KeyHazard } from './objects/unsafe-key.js';
export { REPORT_FORMAT, REPORT_VERSION } from './report/report.js';
export type { Instant, Interval } from './time/instant.js';
