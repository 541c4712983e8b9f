import { collectReport } from './app/collect-report.js';
import type { Selection } from './app/discover.js';
import { verifyTrails } from './app/verify.js';
import { nodeTools, openAws, openKeyFiles, openSource } from './cli/compose.js';
import { toTrailArn } from './cli/expectation-flags.js';
import { findTarget } from './cli/find-target.js';
import { once, RunResources } from './cli/run-resources.js';
import { VERSION } from './cli/version.js';
import type { VerifyEvent } from './core/events.js';
import type { Report } from './core/report.js';
import type { KeySource } from './ports/key-source.js';

export { memoryStore } from './adapters/memory/memory-store.js';
export { nodeInflater } from './adapters/node/inflater.js';
export { nodeSha256 } from './adapters/node/sha256.js';
export { collectReport } from './app/collect-report.js';
export type { Selection, Source } from './app/discover.js';
export { storeHasher } from './app/store-hasher.js';
export { type VerifyRequest, type VerifyTools, verifyTrails } from './app/verify.js';
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
  /** AWS profile. */
  readonly profile?: string;
  /** Where to send AWS requests. */
  readonly endpointUrl?: string;
  /** The time by which it is judged which digests are due; the present when absent. */
  readonly now?: Date;
  /** Shown every event as it comes, in order. */
  readonly onEvent?: (event: VerifyEvent) => void;
}

/**
 * Verifies the trails and the saved query results in a bucket or in a copy of one, as the command `trailproof verify` does.
 *
 * Tampering, loss and whatever could not be decided are findings in the report, never exceptions.
 * @throws {StoreOpenError} when the folder cannot be opened; {@link KeyFileError} when a key file cannot be used;
 * {@link ListingError} when the bucket cannot be listed; {@link CredentialsError} without usable AWS credentials;
 * {@link StoreUnreachableError} when S3 cannot be reached, or not any more
 */
export async function verify(options: VerifyOptions): Promise<Report> {
  const { from, to, accounts, regions, trails, maxAge, expectAccounts, expectRegions } = options;
  const selection = {
    ...(from && { from: from.getTime() }),
    ...(to && { to: to.getTime() }),
    ...(accounts && { accounts }),
    ...(regions && { regions }),
    ...(trails && { trails }),
    ...(maxAge !== undefined && { maxAge }),
    ...(expectAccounts && { expectAccounts }),
    ...(expectRegions && { expectRegions }),
  };
  const arn = options.trailArn === undefined ? undefined : toTrailArn(options.trailArn);
  const aws = { ...toAwsOptions(options), ...(arn && { region: arn.homeRegion }) };
  const checkedAt = (options.now ?? new Date()).getTime();
  const resources = new RunResources();
  const online = once(async () => resources.add(await openAws(aws)));
  try {
    const target = await findTarget(options.source, arn, async () => (await online()).trails);
    const { argument, name, isLive, trail, trailDirectory } = target;
    const auditUnreferenced = options.auditUnreferenced ?? argument.type === 'local';
    const keys = await openKeys(options.keys, online);
    const opened = resources.add(await openSource(argument, aws));
    const header = {
      tool: { name: 'trailproof', version: VERSION },
      checkedAt,
      request: { sources: [name], ...selection, ...(arn && { trailArn: arn.text }), auditUnreferenced },
      keySource: keys.description,
    } as const;
    const tools = { ...nodeTools, ...opened, keys, now: checkedAt, ...(trailDirectory && { trailDirectory }) };
    const { sources, exportSources } = opened;
    const found = { ...(trail && { trail }), isLive, sources, ...(exportSources && { exportSources }) };
    const run = verifyTrails({ ...selection, ...found, auditUnreferenced }, tools);
    return await collectReport(header, run, options.onEvent);
  } finally {
    await resources.close();
  }
}

async function openKeys(
  keys: VerifyOptions['keys'],
  online: () => Promise<{ readonly keys: KeySource }>,
): Promise<KeySource> {
  if (typeof keys === 'string') return openKeyFiles([keys]);
  if (isPaths(keys)) return openKeyFiles(keys);
  return keys ?? (await online()).keys;
}

const isPaths = (keys: VerifyOptions['keys']): keys is readonly string[] => Array.isArray(keys);

const toAwsOptions = ({ profile, endpointUrl }: VerifyOptions) => ({
  ...(profile !== undefined && { profile }),
  ...(endpointUrl !== undefined && { endpointUrl }),
});
