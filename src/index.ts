import { collectReport } from './app/collect-report.js';
import type { Selection } from './app/discover.js';
import { readPolicy, toPolicy } from './compose/open-policy.js';
import { openRun } from './compose/open-run.js';
import type { VerifyEvent } from './core/events.js';
import type { PolicyDefinition } from './core/policy-definition.js';
import type { Report } from './core/report.js';
import type { KeySource } from './ports/key-source.js';

export { memoryStore } from './adapters/memory/memory-store.js';
export { nodeInflater } from './adapters/node/inflater.js';
export { nodeSha256 } from './adapters/node/sha256.js';
export { collectReport } from './app/collect-report.js';
export type { Selection, Source } from './app/discover.js';
export { storeHasher } from './app/store-hasher.js';
export { type VerifyRequest, type VerifyTools, verifyTrails } from './app/verify.js';
export { UsageError } from './compose/usage-error.js';
export * from './core/index.js';
export type { Inflated, Inflater } from './ports/inflater.js';
export { type KeyAnswer, KeyFileError, type KeySource, type PublicKeyRecord } from './ports/key-source.js';
export type { LogHasher } from './ports/log-hasher.js';
export {
  BodyError,
  CredentialsError,
  type ListedObject,
  ListingError,
  type ListRequest,
  type ObjectStore,
  type OpenedObject,
  type StoredObject,
  StoreOpenError,
  StoreUnreachableError,
} from './ports/object-store.js';
export type { NewSha256, Sha256 } from './ports/sha256.js';

/** What {@link verify} is to do. */
export interface VerifyOptions extends Selection {
  /** A folder with a copy of a bucket, or `s3://BUCKET[/PREFIX]`; needed where no trail is named. */
  readonly source?: string;
  /** Only this trail. Where there is no source, AWS is asked where it delivers to; unless the source is a folder, also what it delivered last. */
  readonly trailArn?: string;
  /** Saved answers of ListPublicKeys (files or folders), or a source of keys; AWS is asked when absent. */
  readonly keys?: string | readonly string[] | KeySource;
  /** How long ago the newest digest of a chain may have ended, in milliseconds: what is older fails. */
  readonly maxAge?: number;
  /** Accounts that must have digests. */
  readonly expectAccounts?: readonly string[];
  /** Regions that each account, expected or found, must have digests of. */
  readonly expectRegions?: readonly string[];
  /** Where the time to verify begins; with the oldest digest found when absent. */
  readonly from?: Date;
  /** Where it ends; with the newest digest found when absent. */
  readonly to?: Date;
  /** Whether objects are reported that no digest lists; by default in a folder, where listing costs nothing, and not in S3. */
  readonly auditUnreferenced?: boolean;
  /** Whether older versions are looked for of what is missing or changed, and the verification goes on with them. */
  readonly useVersions?: boolean;
  /** Whether the logs that verified are searched for the events that explain what is missing or changed: they are read a second time. */
  readonly attribute?: boolean;
  /** Where objects are read that were delivered elsewhere, each as `FROM=TO` (buckets, or buckets and prefixes); the report says so. */
  readonly relocated?: readonly string[];
  /** What findings do to the outcome, and which are accepted: a file in YAML or JSON, or what would stand in one. */
  readonly policy?: string | PolicyDefinition;
  /** AWS profile. */
  readonly profile?: string;
  /** Where to send AWS requests. */
  readonly endpointUrl?: string;
  /** The time by which it is judged which digests are due; the present when absent. */
  readonly now?: Date;
  /** Ends the run when it is aborted: what is under way is finished, and the report is marked as `interrupted`. */
  readonly signal?: AbortSignal;
  /** Shown every event as it comes, in order. */
  readonly onEvent?: (event: VerifyEvent) => void;
}

/**
 * Verifies the trails and the saved query results in a bucket or in a copy of one, as the command `trailproof verify` does.
 *
 * Tampering, loss and whatever could not be decided are findings in the report, never exceptions.
 * @throws {UsageError} when the options do not fit; {@link StoreOpenError} when the folder cannot be opened; {@link KeyFileError} when a key file cannot be used;
 * {@link ListingError} when the bucket cannot be listed; {@link CredentialsError} without usable AWS credentials;
 * {@link StoreUnreachableError} when S3 cannot be reached, or not any more
 */
export async function verify(options: VerifyOptions): Promise<Report> {
  const { from, to, keys, profile, endpointUrl, policy, now = new Date(), onEvent, ...rest } = options;
  const run = await openRun(
    {
      ...rest,
      ...(from && { from: from.getTime() }),
      ...(to && { to: to.getTime() }),
      ...(policy !== undefined && {
        policy: await (typeof policy === 'string' ? readPolicy(policy) : toPolicy(policy)),
      }),
      keys: typeof keys === 'string' ? [keys] : keys,
      aws: { ...(profile !== undefined && { profile }), ...(endpointUrl !== undefined && { endpointUrl }) },
    },
    now.getTime(),
  );
  try {
    return await collectReport(run.header, run.start(), onEvent);
  } finally {
    await run.close();
  }
}
