import { Worker } from 'node:worker_threads';
import { growingHasher } from '../adapters/node/growing-hasher.js';
import { nodeInflater } from '../adapters/node/inflater.js';
import { nodeSha256 } from '../adapters/node/sha256.js';
import { nodeVerifySignature } from '../adapters/node/verify-signature.js';
import { workerHasher } from '../adapters/node/worker-hasher.js';
import type { Source } from '../app/discover.js';
import { storeHasher } from '../app/store-hasher.js';
import type { VerifyTools } from '../app/verify.js';
import type { KeySource, PublicKeyRecord } from '../ports/key-source.js';
import type { LogHasher } from '../ports/log-hasher.js';
import type { ObjectStore } from '../ports/object-store.js';
import type { Retry } from '../ports/service-error.js';
import type { TrailDirectory } from '../ports/trail-directory.js';
import { openHasher } from './compose-worker.js';
import type { SourceArgument } from './source.js';

/*
 * The one place that names concrete adapters. Whatever touches AWS is imported only when it is needed: a run over a
 * folder with a key file loads none of it.
 */

/** How AWS is reached; what is absent is found as the SDK finds it. */
export interface AwsOptions {
  readonly region?: string;
  readonly profile?: string;
  readonly endpointUrl?: string;
}

/** Something opened, to be closed at the end of the run. */
export interface Opened {
  close(): Promise<void>;
}

export interface OpenedSource extends Opened {
  readonly store: ObjectStore;
  readonly hasher: LogHasher;
  readonly sources: readonly Source[];
  /** Where saved query results may lie, if not only where trails do. */
  readonly exportSources?: readonly Source[];
}

export interface OpenedAws extends Opened {
  readonly keys: KeySource;
  readonly trails: TrailDirectory;
  /** The ARN of whoever asks. */
  describeCaller(region: string): Promise<string | undefined>;
}

const S3_LOGS_AT_ONCE = 64;

/** What inflating, hashing and checking signatures are done with on Node. */
export const nodeTools = {
  inflater: nodeInflater,
  newSha256: nodeSha256,
  verifySignature: nodeVerifySignature,
} satisfies Partial<VerifyTools>;

/** Opens what is to be verified. */
export async function openSource(source: SourceArgument, aws: AwsOptions): Promise<OpenedSource> {
  if (source.type === 's3') {
    const { store, hasher, close } = await openS3(aws);
    return { store, hasher, sources: [{ bucket: source.bucket, prefix: source.key }], close };
  }
  const [{ openArchive }, { localStore }] = await Promise.all([
    import('../adapters/local/open-archive.js'),
    import('../adapters/local/local-store.js'),
  ]);
  const archive = openArchive(source.path, nodeInflater);
  const store = localStore(archive.layout);
  const description = { type: 'local', layout: archive.layout } as const;
  const own = openHasher(description);
  const hasher = growingHasher(own, 256, () =>
    workerHasher(
      own,
      Number(process.env.T ?? 1),
      () => new Worker(new URL('./hash-worker.js', import.meta.url), { workerData: description }),
    ),
  );
  // Results are copied anywhere, and a folder of nothing else is an archive too.
  const exportSources = ['', ...archive.layout.bucketFolders].map((bucket) => ({ bucket, prefix: '' }));
  return { store, hasher, sources: archive.sources, exportSources, close: () => hasher.close() };
}

/** A folder whose files are read by their names, for looking at one of them. */
export async function openFile(folder: string): Promise<Opened & { readonly store: ObjectStore }> {
  const { localStore, realFolder } = await import('../adapters/local/local-store.js');
  return { store: localStore({ root: realFolder(folder), bucketFolders: [] }), close: async () => {} };
}

/** S3, with retries. */
export async function openS3(aws: AwsOptions): Promise<Omit<OpenedSource, 'sources'>> {
  const [{ openS3Store }, { retryingStore }] = await Promise.all([
    import('../adapters/s3/s3-store.js'),
    import('../adapters/wrap/retrying-store.js'),
  ]);
  const bare = openS3Store(aws);
  const store = retryingStore(bare, await newRetry());
  const hasher = storeHasher(store, nodeInflater, S3_LOGS_AT_ONCE);
  const close = async () => {
    await hasher.close();
    bare.close();
  };
  return { store, hasher, close };
}

/** Keys from saved answers, which need no network at all. */
export async function openKeyFiles(paths: readonly string[]): Promise<KeySource> {
  const { keyFileSource } = await import('../adapters/keys/key-file.js');
  return keyFileSource(paths);
}

/** CloudTrail and Organizations. */
export async function openAws(aws: AwsOptions): Promise<OpenedAws> {
  const [{ openCloudTrail }, { describeOrganization }, { describeCaller }, { createRetry }] = await Promise.all([
    import('../adapters/aws/cloudtrail.js'),
    import('../adapters/aws/organizations.js'),
    import('../adapters/aws/caller.js'),
    import('../adapters/wrap/retry.js'),
  ]);
  const settings = { ...aws, newRetry: () => createRetry(retryEnvironment) };
  const cloudTrail = openCloudTrail(settings);
  return {
    keys: cloudTrail.keys,
    trails: {
      describeTrails: (region) => cloudTrail.describeTrails(region),
      describeOrganization: (region) => describeOrganization(settings, region),
    },
    describeCaller: (region) => describeCaller(settings, region),
    close: async () => cloudTrail.close(),
  };
}

const retryEnvironment = {
  random: Math.random,
  sleep: (milliseconds: number) =>
    new Promise<void>((resolve) => {
      setTimeout(resolve, milliseconds);
    }),
  elapsed: () => performance.now(),
};

async function newRetry(): Promise<Retry> {
  const { createRetry } = await import('../adapters/wrap/retry.js');
  return createRetry(retryEnvironment);
}

/** Every region of the partition that a region belongs to. */
export async function findRegions(region: string): Promise<readonly string[]> {
  const { partitionOf, regionsOf } = await import('../adapters/aws/regions.js');
  return regionsOf(partitionOf(region));
}

/** What key files hold, in their order. */
export async function readKeys(paths: readonly string[]): Promise<readonly PublicKeyRecord[]> {
  const { readKeyFiles } = await import('../adapters/keys/key-file.js');
  return readKeyFiles(paths);
}

/** The region that environment or profile configure. */
export async function findRegion(profile: string | undefined): Promise<string | undefined> {
  const { configuredRegion } = await import('../adapters/aws/region.js');
  return configuredRegion(profile);
}
