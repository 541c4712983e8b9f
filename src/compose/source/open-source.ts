import { MessageChannel } from 'node:worker_threads';
import type { AskedService } from '../../adapters/aws/configured-endpoint.js';
import { stoppingFolder } from '../../adapters/decorators/stopping-store.js';
import { nodeSha256 } from '../../adapters/node/sha256.js';
import { growingHasher } from '../../adapters/node/threads/lazy-pool.js';
import { answerThrough } from '../../adapters/node/threads/rpc.js';
import { workerHasher } from '../../adapters/node/threads/worker-pool.js';
import { nodeVerifySignature } from '../../adapters/node/verify-signature.js';
import type { StopSignal } from '../../app/async/cancellation.js';
import type { Source } from '../../app/listing/discover-folders.js';
import type { VerifyTools } from '../../app/run/verify-trails.js';
import { partitionOf, regionsIn } from '../../core/objects/partition.js';
import type { KeySource, PublicKeyRecord } from '../../ports/key-source.js';
import type { LogHasher } from '../../ports/log-hasher.js';
import type { ObjectStore } from '../../ports/object-store.js';
import type { TrailDirectory } from '../../ports/trail-directory.js';
import type { VersionedObjects } from '../../ports/versioned-objects.js';
import { type AwsAccess, type AwsOptions, refuseUnknownProfile, toAccess } from '../aws/aws-access.js';
import { newRetry, type Pace } from '../aws/request-limits.js';
import { refuseFoundKeys } from '../examined-files.js';
import { nodeInflater } from '../inflate/inflater.js';
import { startThread, threadsHere } from '../threads/start-thread.js';
import { isRaised, raisedBy, type StopFlag } from '../threads/stop-flag.js';
import type { SourceArgument } from './parse-source.js';

/*
 * The one place that names concrete adapters. Whatever touches AWS is imported only when it is needed: a run over a
 * folder with a key file loads none of it.
 */

/** Something opened, to be closed at the end of the run. */
export interface Opened {
  close(): Promise<void>;
}

export interface OpenedSource extends Opened {
  readonly store: ObjectStore;
  readonly hasher: LogHasher;
  /** Only where versions are kept. */
  readonly versions?: VersionedObjects;
  /** The URL that S3 is asked at, where that is not AWS's. */
  readonly endpoint?: string;
  readonly sources: readonly Source[];
}

export interface OpenedAws extends Opened {
  readonly keys: KeySource;
  /** The URL that CloudTrail is asked at, where that is not AWS's. */
  readonly endpoint?: string;
  readonly trails: TrailDirectory;
  /** The ARN of whoever asks. */
  describeCaller(region: string): Promise<string | undefined>;
}

/** What inflating, hashing and checking signatures are done with on Node. */
export const nodeTools = {
  inflater: nodeInflater,
  newSha256: nodeSha256,
  verifySignature: nodeVerifySignature,
} satisfies Partial<VerifyTools>;

/** What a run may use. */
export interface Resources extends Pace {
  /** Threads beside this one; as many as there are further cores where absent. */
  readonly threads?: number;
}

/** So many logs are hashed in this thread before others are started: it takes as long to start them. */
const WORTH_THREADS = 256;

/** Opens what is to be verified. Once the signal is aborted, nothing more of it is read: then it throws {@link StoppedError}. */
export async function openSource(
  source: SourceArgument,
  aws: AwsOptions,
  resources: Resources = {},
  signal?: StopSignal,
): Promise<OpenedSource> {
  const stop = raisedBy(signal);
  return source.type === 's3'
    ? openBucket(source.bucket, source.key, aws, resources, stop)
    : openFolder(source.path, resources, stop);
}

async function openFolder(path: string, { threads = threadsHere() }: Resources, stop: StopFlag): Promise<OpenedSource> {
  const [{ localStore, realFolder }, { openLocalHasher }] = await Promise.all([
    import('../../adapters/local/local-store.js'),
    import('../threads/open-local-hasher.js'),
  ]);
  const root = realFolder(path);
  const isStopped = isRaised(stop);
  const own = openLocalHasher(root, isStopped);
  const startWorker = () => startThread({ type: 'local', root, stop }, { resourceLimits: SMALL_YOUNG_GENERATION });
  const hasher = growingHasher(own, WORTH_THREADS, () =>
    workerHasher({ own, threads, startWorker, isStopped, batchesInHand: 4, ownBatches: 1 }),
  );
  // A folder tells of no buckets: what lies where is found out by the digests in it.
  const store = stoppingFolder(localStore(root), isStopped);
  return { store, hasher, sources: [{ bucket: '', prefix: '' }], close: () => hasher.close() };
}

async function openBucket(
  bucket: string,
  prefix: string,
  aws: AwsOptions,
  resources: Resources,
  stop: StopFlag,
): Promise<OpenedSource> {
  const [{ openS3Here }, access] = await Promise.all([import('../aws/open-s3.js'), toAccess(aws)]);
  const endpoint = await endpointOf('S3', access);
  const { threads, pace } = share(resources);
  const isStopped = isRaised(stop);
  const s3 = openS3Here(access, pace, isStopped);
  const startWorker = () => {
    const { port1, port2 } = new MessageChannel();
    answerThrough(port1, s3.describeAccess);
    const options = { transferList: [port2], resourceLimits: MODEST_YOUNG_GENERATION };
    return startThread({ type: 's3', access: port2, pace, stop }, options);
  };
  const hasher = growingHasher(s3.hasher, WORTH_THREADS, () =>
    workerHasher({ own: s3.hasher, threads, startWorker, isStopped, batchesInHand: 8, ownBatches: 4 }),
  );
  const close = async () => {
    await hasher.close();
    await s3.close();
  };
  return { store: s3.store, versions: s3.versions, hasher, ...endpoint, sources: [{ bucket, prefix }], close };
}

/** Divides what is allowed in all among the threads; where it is less than one each, there are fewer of them. */
function share({ threads = threadsHere(), concurrency, rate }: Resources): {
  readonly threads: number;
  readonly pace: Pace;
} {
  const used = Math.min(threads, (concurrency ?? Number.POSITIVE_INFINITY) - 1);
  const pace = {
    ...(concurrency !== undefined && { concurrency: Math.floor(concurrency / (used + 1)) }),
    ...(rate !== undefined && { rate: rate / (used + 1) }),
  };
  return { threads: used, pace };
}

/** A small young generation for threads that read one file after the other: all that they allocate is dropped with the file. */
const SMALL_YOUNG_GENERATION = { maxYoungGenerationSizeMb: 3 };
/** A larger one where hundreds of objects are under way at once: what survives too early is dear to collect. */
const MODEST_YOUNG_GENERATION = { maxYoungGenerationSizeMb: 12 };

/** A folder whose files are read by their names, for looking at one of them. */
export async function openFile(folder: string): Promise<Opened & { readonly store: ObjectStore }> {
  const { localStore, realFolder } = await import('../../adapters/local/local-store.js');
  return { store: localStore(realFolder(folder)), close: async () => {} };
}

/** S3 without other threads. */
export async function openS3(aws: AwsOptions): Promise<Omit<OpenedSource, 'sources'>> {
  const [{ openS3Here }, access] = await Promise.all([import('../aws/open-s3.js'), toAccess(aws)]);
  return { ...openS3Here(access, {}), ...(await endpointOf('S3', access)) };
}

/**
 * Keys from saved answers, which need no network at all.
 * @param examined what they are to check: no key file is taken that was only found there
 * @throws {UsageError} for such a file
 */
export async function openKeyFiles(paths: readonly string[], examined: readonly string[]): Promise<KeySource> {
  const { keyFileSource, keyFilesIn } = await import('../../adapters/keys/key-file.js');
  refuseFoundKeys(paths.flatMap(keyFilesIn), examined);
  return keyFileSource(paths, await inputReader());
}

/** CloudTrail and Organizations. */
export async function openAws(aws: AwsOptions): Promise<OpenedAws> {
  const [{ openCloudTrail }, { describeOrganization, listAccounts }, { describeCaller }, access] = await Promise.all([
    import('../../adapters/aws/cloudtrail.js'),
    import('../../adapters/aws/organizations.js'),
    import('../../adapters/aws/caller-identity.js'),
    toAccess(aws),
  ]);
  const settings = { ...access, newRetry };
  const endpoint = await endpointOf('CloudTrail', access);
  const cloudTrail = openCloudTrail(settings, endpoint.endpoint);
  return {
    keys: cloudTrail.keys,
    ...endpoint,
    trails: {
      describeTrails: (region) => cloudTrail.describeTrails(region),
      regionsOf: findRegions,
      trailStatus: (arn, region) => cloudTrail.trailStatus(arn, region),
      describeOrganization: (region) => describeOrganization(settings, region),
      listAccounts: (region) => listAccounts(settings, region),
    },
    describeCaller: (region) => describeCaller(settings, region),
    close: async () => cloudTrail.close(),
  };
}

async function endpointOf(service: AskedService, access: AwsAccess): Promise<{ readonly endpoint?: string }> {
  const { configuredEndpoint } = await import('../../adapters/aws/configured-endpoint.js');
  const endpoint = await configuredEndpoint(service, access);
  return endpoint === undefined ? {} : { endpoint };
}

/** Every region of the partition that a region belongs to. */
export async function findRegions(region: string): Promise<readonly string[]> {
  return regionsIn(partitionOf(region));
}

/** What key files hold, in their order. */
export async function readKeys(paths: readonly string[]): Promise<readonly PublicKeyRecord[]> {
  const { readKeyFiles } = await import('../../adapters/keys/key-file.js');
  return readKeyFiles(paths, await inputReader());
}

async function inputReader(): Promise<(path: string, maxBytes: number) => Promise<Uint8Array>> {
  const { readInput } = await import('../../adapters/local/input-file.js');
  return async (path, maxBytes) => (await readInput(path, maxBytes)).bytes;
}

/** The region that environment or profile configure. @throws {UsageError} where there is no such profile */
export async function findRegion(profile: string | undefined): Promise<string | undefined> {
  await refuseUnknownProfile(profile);
  const { configuredRegion } = await import('../../adapters/aws/configured-region.js');
  return configuredRegion(profile);
}
