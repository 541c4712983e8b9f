import type { StopSignal } from './app/async/cancellation.js';
import type { Recheck } from './app/incremental/recheck.js';
import { collectReport, type ReportEvent, withReport } from './app/run/collect-report.js';
import type { CheckpointOptions } from './compose/checkpoint/open-incremental.js';
import { CheckpointNotWrittenError } from './compose/errors/checkpoint-not-written-error.js';
import { UsageError } from './compose/errors/usage-error.js';
import { readPolicy, toPolicy } from './compose/read-policy.js';
import { openRun, type RunOptions } from './compose/run/open-run.js';
import type { PolicyDefinition } from './core/policy/parse-policy.js';
import type { Report } from './core/report/report.js';
import type { RunRequest } from './core/report/request.js';
import type { VerifyEvent } from './core/report/verify-events.js';
import type { KeySource } from './ports/key-source.js';

export type { StopSignal } from './app/async/cancellation.js';
export type { Recheck } from './app/incremental/recheck.js';
export type { ReportEvent } from './app/run/collect-report.js';
export { CheckpointNotWrittenError } from './compose/errors/checkpoint-not-written-error.js';
export type { CoverageInterval, CoverageState } from './core/coverage/coverage.js';
export { type ErrorCode, TrailproofError } from './core/errors/trailproof-error.js';
export type { Actor } from './core/events/trail-event.js';
export type { AnyCode, Argument, JsonSchema, Optional } from './core/findings/codes/arguments.js';
export type { DefaultEffect, ReportedValuesOf, ValuesOf } from './core/findings/codes/define.js';
export {
  type Acceptance,
  type Effect,
  FINDING_CODES,
  FINDING_EFFECTS,
  type Finding,
  type FindingArguments,
  type FindingCode,
  type FindingKind,
  type FindingOf,
  type KeyFault,
  type Naming,
  type Refusal,
  type SignFileProblem,
  type Subject,
  type UnexplainedTime,
  type UnvouchedReason,
} from './core/findings/finding.js';
export type { Outcome, Tally } from './core/findings/outcome.js';
export type { ListedKey } from './core/keys/key-list.js';
export type { ChainId, ChainKind } from './core/objects/chain-id.js';
export type { LeftoverKind } from './core/objects/leftovers.js';
export type { ObjectRef } from './core/objects/object-ref.js';
export type { KeyHazard } from './core/objects/unsafe-key.js';
export type { ExceptionDefinition, PolicyDefinition, PolicySummary, RuleEffect } from './core/policy/parse-policy.js';
export type { Control } from './core/report/controls.js';
export {
  type QueryTotals,
  REPORT_FORMAT,
  REPORT_VERSION,
  type Report,
  type ReportedChain,
  type ReportedQueryResults,
  type ReportHeader,
  type ReportSummary,
  type RequestedSelection,
  type SourceRequest,
} from './core/report/report.js';
export type { ReportedArguments, ReportedFinding, ReportedFindingOf } from './core/report/reported-finding.js';
export type { RunRequest } from './core/report/request.js';
export type {
  ChainEvent,
  ChainReport,
  DigestEvent,
  EndEvent,
  FindingsEvent,
  GapEvent,
  JudgedQueryFile,
  LogEvent,
  QueryResultsEvent,
  VerifyEvent,
} from './core/report/verify-events.js';
export type { Instant, Interval } from './core/time/instant.js';
export type { KeyAnswer, KeySource, PublicKeyRecord } from './ports/key-source.js';

/** What {@link verify} is to do. */
export interface VerifyOptions extends Omit<RunRequest, 'from' | 'to'> {
  /** A folder with a copy of a bucket, or `s3://BUCKET[/PREFIX]`; needed where no trail is named. */
  readonly source?: string;
  /** Where the time to verify begins; with the oldest digest found when absent. */
  readonly from?: Date;
  /** Where it ends; with the newest digest found when absent. */
  readonly to?: Date;
  /** Saved answers of ListPublicKeys (files or folders), or a source of keys; AWS is asked when absent. */
  readonly keys?: string | readonly string[] | KeySource;
  /** What findings do to the outcome, and which are accepted: a file in YAML or JSON, or what would stand in one. */
  readonly policy?: string | PolicyDefinition;
  /** Goes on from what an earlier run has verified, and leaves word for the next one; everything is verified when absent. */
  readonly checkpoint?: CheckpointChoice;
  /** AWS profile. */
  readonly profile?: string;
  /** The IAM role to act as, assumed with the credentials of the profile. */
  readonly roleArn?: string;
  /** What the trust policy of the role asks for. */
  readonly externalId?: string;
  /** Where to send AWS requests. */
  readonly endpointUrl?: string;
  /** Pays for the requests to a bucket whose owner does not (Requester Pays). */
  readonly requestPayer?: boolean;
  /** The time by which it is judged which digests are due; the present when absent. */
  readonly now?: Date;
  /** An `AbortSignal`. Ends the run when it is aborted: what is under way is finished, and the report is marked as `interrupted`. */
  readonly signal?: StopSignal;
  /** Shown every event as it comes, in order. A promise that it gives is waited for before the next event. When it throws, the run ends. */
  readonly onEvent?: (event: VerifyEvent) => unknown;
}

/** Where runs that go on from one another leave word. */
export interface CheckpointChoice {
  /** A file, or `s3://BUCKET/KEY`; not in the bucket or folder that is verified. */
  readonly place: string;
  /** The text of the key that signs it and must have signed what is there, as `trailproof checkpoint key` makes it. */
  readonly key?: string;
  /** How much of what was verified before is verified again in each run; nothing when absent. */
  readonly recheck?: Recheck;
}

/**
 * Verifies the trails and the saved query results in a bucket or in a copy of one, as the command `trailproof verify` does.
 *
 * Tampering, loss and everything that could not be decided are findings in the report, never exceptions.
 *
 * Not checked: whose the public keys are (all trust rests on `keys`), and whether CloudTrail recorded every event.
 * @throws {TrailproofError} with a `code`: `usage` when the options do not fit; `source` when the folder cannot be opened; `key-file` when a key file
 * cannot be used; `listing` when the bucket cannot be listed; `credentials` without usable AWS credentials; `unreachable` when S3 stops answering;
 * `service` when AWS refuses a call that the run needs (DescribeTrails for `trailArn`); `stopped` when `signal` ends it before there is
 * anything to report; `checkpoint` when the checkpoint cannot be read;
 * `checkpoint-not-written`, a {@link CheckpointNotWrittenError} that has the report, when it cannot be written. Where another run has
 * written it meanwhile, that one stays, and the next run verifies again what this run has. What `onEvent` throws comes as it is.
 */
export async function verify({ onEvent, ...options }: VerifyOptions): Promise<Report> {
  return collectReport(verifyEvents(options), onEvent);
}

/**
 * Verifies as {@link verify} does, and gives each event as it comes: every digest, log, gap and chain in an order that depends on the
 * input alone. The last event is the report. The run keeps the pace of the reader, and ends when the reader stops reading. Nothing
 * happens before the first event is asked for; a checkpoint is written after the report, when the next event is asked for.
 *
 * Times in events are milliseconds since 1970; in the report they are ISO 8601 text.
 * @throws {TrailproofError} as {@link verify}
 */
export async function* verifyEvents(
  options: Omit<VerifyOptions, 'onEvent'>,
): AsyncGenerator<VerifyEvent | ReportEvent, void, undefined> {
  const run = await openRun(await toRunOptions(options), (options.now ?? new Date()).getTime());
  try {
    for await (const event of withReport(run.header, run.start())) {
      yield event;
      if (event.type !== 'report') continue;
      await run.remember().catch((error: unknown) => {
        throw new CheckpointNotWrittenError(event.report, error);
      });
    }
  } finally {
    await run.close();
  }
}

/** @throws {UsageError} */
async function toRunOptions(options: Omit<VerifyOptions, 'onEvent'>): Promise<RunOptions> {
  const { from, to, keys, policy, checkpoint, now: _, ...others } = options;
  const { profile, roleArn, externalId, endpointUrl, requestPayer, ...rest } = others;
  return {
    ...rest,
    ...(from && { from: from.getTime() }),
    ...(to && { to: to.getTime() }),
    ...(checkpoint && { checkpoint: await toCheckpoint(checkpoint) }),
    ...(policy !== undefined && {
      policy: await (typeof policy === 'string' ? readPolicy(policy) : toPolicy(policy)),
      settingFiles: typeof policy === 'string' ? [{ setting: 'policy', file: policy }] : [],
    }),
    keys: typeof keys === 'string' ? [keys] : keys,
    aws: {
      ...(profile !== undefined && { profile }),
      ...(roleArn !== undefined && { role: { arn: roleArn, ...(externalId !== undefined && { externalId }) } }),
      ...(endpointUrl !== undefined && { endpointUrl }),
      ...(requestPayer && { requestPayer }),
    },
  };
}

/** @throws {UsageError} */
async function toCheckpoint({ place, key, recheck }: CheckpointChoice): Promise<CheckpointOptions> {
  const { parseKey } = await import('./compose/checkpoint/open-checkpoint.js');
  const isFit =
    !recheck ||
    ('share' in recheck
      ? recheck.share > 0 && recheck.share <= 1
      : recheck.within > 0 && Number.isFinite(recheck.within));
  if (!isFit) throw new UsageError('checkpoint.recheck: a share is above 0 and up to 1, a time above 0');
  return {
    place,
    ...(key !== undefined && { key: await parseKey(key, 'checkpoint.key', 'sign') }),
    ...(recheck && { recheck }),
  };
}
