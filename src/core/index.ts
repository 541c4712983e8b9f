export { awsCliPolicy } from './aws-cli-policy.js';
export { type ChainId, type ChainKind, chainOf, formatChainId } from './chain.js';
export type { DigestFacts, DigestMetadata, GzipFault, LogFacts, ReadContent, StoredHash, Unread } from './contents.js';
export { CONTROLS, type Control, formatControl } from './controls.js';
export {
  type CoverageInterval,
  CoverageLedger,
  type CoverageState,
  type EndRules,
  STALE_FAILURE_AGE,
  STALE_WARNING_AGE,
} from './coverage.js';
export {
  type DigestLink,
  type DigestParse,
  type LogReference,
  MAX_DIGEST_DEPTH,
  MAX_DIGEST_VALUES,
  parseDigest,
  type UnverifiedDigest,
} from './digest.js';
export { type ErrorCode, TrailproofError } from './errors.js';
export type {
  ChainEvent,
  ChainReport,
  DigestEvent,
  FindingsEvent,
  GapEvent,
  JudgedQueryFile,
  LogEvent,
  QueryResultsEvent,
  VerifyEvent,
} from './events.js';
export { timeOf, type Whereabouts, whereaboutsOf } from './finding-place.js';
export {
  type Acceptance,
  type Effect,
  effectOf,
  FINDING_CODES,
  FINDING_EFFECTS,
  type Finding,
  type FindingArguments,
  type FindingCode,
  type FindingOf,
  finding,
  type KeyFault,
  type Naming,
  outcomeOfEffects,
  outcomeOfFindings,
  type Refusal,
  type SignFileProblem,
  type Subject,
  type UnexplainedTime,
  type UnvouchedReason,
} from './findings.js';
export { type GzipFrame, type GzipTrailer, isGzip, parseGzipHeader, parseGzipTrailer } from './gzip.js';
export { identityOf, identityOfChain } from './identity.js';
export { formatInstant, type Instant, type Interval, parseInstant } from './instant.js';
export type { KeyHazard } from './key-hazard.js';
export { KeyListError, type ListedKey, parseKeyList } from './key-list.js';
export {
  type DigestKey,
  type Folder,
  LOG_KINDS,
  type LogKey,
  type LogKind,
  parseDigestKey,
  parseLogKey,
  toDigestKey,
  toLogKey,
} from './object-key.js';
export { isSameObject, type ObjectRef, toS3Uri } from './objects.js';
export { foldOutcomes, type Outcome, outcomeOf, type Tally } from './outcome.js';
export type {
  DigestJudgement,
  DigestObject,
  Expectation,
  FindKey,
  KeyLookup,
  Policy,
  VerifiedDigest,
} from './policy.js';
export {
  type ExceptionDefinition,
  type FindingPolicy,
  NEVER_ACCEPTED,
  type PolicyDefinition,
  type PolicyException,
  type PolicyFault,
  type PolicySummary,
  parsePolicy,
  type RuleEffect,
} from './policy-definition.js';
export { applyPolicy, type RuledFinding } from './policy-rules.js';
export {
  fingerprintOf,
  MIN_MODULUS_BITS,
  type PublicKey,
  PublicKeyError,
  parsePublicKey,
  verifySignature,
  type WebCryptoKey,
} from './public-key.js';
export {
  type HashedQueryFile,
  isQueryFileName,
  judgeQueryFile,
  judgeSignature,
  NOT_SIGNED,
  type SignatureVerdict,
  signingWindow,
  toQuerySigningString,
  unreadSignFile,
} from './query-results.js';
export {
  type QueryTotals,
  REPORT_FORMAT,
  REPORT_VERSION,
  type Report,
  type ReportedChain,
  type ReportedFinding,
  type ReportedQueryResults,
  type ReportHeader,
  type ReportSummary,
  RunAccount,
  toReportedChain,
  toReportedFinding,
  toReportedQueryResults,
  toReportHead,
} from './report.js';
export {
  type ListedQueryFile,
  parseSignFile,
  SIGN_FILE_NAME,
  type SignFile,
  type SignFileClaims,
} from './sign-file.js';
export { isSignedBy, toDataSigningString } from './signing.js';
export { type ExaminedDigest, KEY_VALIDITY_TOLERANCE, strictPolicy } from './strict-policy.js';
export { parseTrailArn, type TrailArn } from './trail-arn.js';
export type { Actor } from './trail-event.js';
export { UnprovenLinks } from './unproven-links.js';
export { type Candidate, type WalkGround, type WalkStep, walkChain } from './walk.js';
