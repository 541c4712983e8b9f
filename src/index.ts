import { collectReport } from './app/collect-report.js';
import type { Selection } from './app/discover.js';
import { verifyTrails } from './app/verify.js';
import { nodeTools, openAws, openKeyFiles, openSource } from './cli/compose.js';
import { parseSource } from './cli/source.js';
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
  /** A folder with a copy of a bucket, or `s3://BUCKET[/PREFIX]`. */
  readonly source: string;
  /** Saved answers of ListPublicKeys (files or folders), or a source of keys; AWS is asked when absent. */
  readonly keys?: string | readonly string[] | KeySource;
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
  const { from, to, accounts, regions, trails } = options;
  const selection = {
    ...(from && { from: from.getTime() }),
    ...(to && { to: to.getTime() }),
    ...(accounts && { accounts }),
    ...(regions && { regions }),
    ...(trails && { trails }),
  };
  const argument = parseSource(options.source);
  const auditUnreferenced = options.auditUnreferenced ?? argument.type === 'local';
  const checkedAt = (options.now ?? new Date()).getTime();
  const keys = await openKeys(options);
  const opened = await openSource(argument, toAwsOptions(options));
  try {
    const header = {
      tool: { name: 'trailproof', version: VERSION },
      checkedAt,
      request: { sources: [options.source], ...selection, auditUnreferenced },
      keySource: keys.source.description,
    } as const;
    const tools = { ...nodeTools, ...opened, keys: keys.source, now: checkedAt };
    const { sources, exportSources } = opened;
    const request = { ...selection, auditUnreferenced, sources, ...(exportSources && { exportSources }) };
    return await collectReport(header, verifyTrails(request, tools), options.onEvent);
  } finally {
    await Promise.all([opened.close(), keys.close()]);
  }
}

async function openKeys(options: VerifyOptions): Promise<{ readonly source: KeySource; close(): Promise<void> }> {
  const { keys } = options;
  const close = async () => {};
  if (typeof keys === 'string') return { source: await openKeyFiles([keys]), close };
  if (isPaths(keys)) return { source: await openKeyFiles(keys), close };
  if (keys) return { source: keys, close };
  const aws = await openAws(toAwsOptions(options));
  return { source: aws.keys, close: () => aws.close() };
}

const isPaths = (keys: VerifyOptions['keys']): keys is readonly string[] => Array.isArray(keys);

const toAwsOptions = ({ profile, endpointUrl }: VerifyOptions) => ({
  ...(profile !== undefined && { profile }),
  ...(endpointUrl !== undefined && { endpointUrl }),
});
