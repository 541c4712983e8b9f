import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Unread } from '../../core/content/object-content.js';
import { identifyByName, type ObjectRef } from '../../core/objects/object-ref.js';
import type { ResumableStore, ResumePoint, StoredObject, VersionedObject } from '../../ports/object-store.js';
import type { ServiceCall } from '../../ports/service-error.js';
import type { VersionedObjects } from '../../ports/versioned-objects.js';
import { classifyGet, S3Error } from './errors/s3-error.js';
import { listFolderNames, listObjects } from './sdk/list-objects.js';
import { listNewest, listVersionFolderNames, listVersions } from './sdk/list-versions.js';
import { measureBody, openBody, readBody, refuseUnlessWhole } from './sdk/read-body.js';
import { type DescribeAccess, describeAccess } from './sdk/s3-access.js';
import { openClients, type S3Clients, type S3Settings } from './sdk/s3-clients.js';
import { ask, checkAskable } from './sdk/send-request.js';

export type { S3Settings } from './sdk/s3-clients.js';

/** S3, each request made once: what fails in passing is thrown as a `ServiceError`, for a retrying store to wrap. */
export interface S3Store extends ResumableStore, VersionedObjects {
  readonly describeAccess: DescribeAccess;
  /** Closes all connections. */
  close(): void;
}

const OPERATION = 'GetObject';

/** Opens S3. Nothing is loaded or connected before the first request. */
export function openS3Store(settings: S3Settings): S3Store {
  const clients = openClients(settings);
  return {
    knowsBuckets: () => true,
    identify: identifyByName,
    get: (ref, maxBytes) => getObject(clients, ref, maxBytes),
    versions: (ref) => listVersions(clients, ref),
    getVersion: (ref, versionId, maxBytes) => getObject(clients, ref, maxBytes, { VersionId: versionId }),
    listNewest: (request) => listNewest(clients, request),
    listVersionFolders: (bucket, prefix, most) => listVersionFolderNames(clients, bucket, prefix, most),
    open: (ref, maxBytes, from) => openObject(clients, ref, maxBytes, from),
    list: (request) => listObjects(clients, request),
    listFolders: (bucket, prefix, most) => listFolderNames(clients, bucket, prefix, most),
    describeAccess: (bucket) => describeAccess(clients, bucket),
    close: () => clients.close(),
  };
}

const getObject = (
  clients: S3Clients,
  ref: ObjectRef,
  maxBytes: number,
  version: { readonly VersionId?: string } = {},
): Promise<StoredObject | Unread> =>
  request(clients, ref, version, async (output, call) => {
    const body = await readBody(call, output.Body, output.ContentLength, maxBytes);
    return body instanceof Uint8Array ? { status: 'found', body, metadata: output.Metadata ?? {} } : body;
  });

/** @param measured how long the body is where its length is not announced: it must be known before its bytes are used */
const openObject = (
  clients: S3Clients,
  ref: ObjectRef,
  maxBytes: number,
  from: ResumePoint | undefined,
  measured?: number,
): Promise<VersionedObject | Unread> =>
  // `If-Match`: the rest of another object is no rest of this one.
  request(clients, ref, from ? { Range: `bytes=${from.offset}-`, IfMatch: from.version } : {}, async (output, call) => {
    const offset = from ? startOf(output.ContentRange) : 0;
    const length = output.ContentLength ?? measured;
    if (length === undefined) {
      const size = await measureBody(call, output.Body, maxBytes - offset);
      return typeof size === 'number' ? openObject(clients, ref, maxBytes, from, size) : size;
    }
    const body = openBody(call, output.Body, length, maxBytes - offset);
    if ('status' in body) return body;
    if (offset !== (from?.offset ?? 0)) {
      await body.return();
      throw new S3Error(call, { errorCode: 'InvalidRange', message: 'Another part of the object came.' }, 200, {});
    }
    // What was inflated on its way has no part that could be asked for.
    const version = (output.ContentLength === undefined ? undefined : output.ETag) ?? NO_VERSION;
    return { status: 'found', size: offset + length, version, body };
  });

/** Where the bytes begin that came; 0 when the whole object did. */
const startOf = (range: string | undefined): number => Number(/^bytes (\d+)-/.exec(range ?? '')?.[1] ?? 0);

async function request<T>(
  clients: S3Clients,
  ref: ObjectRef,
  conditions: { readonly Range?: string; readonly IfMatch?: string; readonly VersionId?: string },
  read: (output: GetObjectCommandOutput, call: ServiceCall) => Promise<T>,
): Promise<T | Exclude<Unread, { status: 'unavailable' | 'too-large' }>> {
  try {
    checkAskable(OPERATION, ref.bucket, [ref.key]);
    if (ref.key === '') throw new S3Error({ service: 'S3', operation: OPERATION }, NO_KEY, 400, {});
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    return await ask(clients, ref.bucket, OPERATION, async (client, call) => {
      const output = await client.send(new GetObjectCommand({ Bucket: ref.bucket, Key: ref.key, ...conditions }));
      if (conditions.Range === undefined) refuseUnlessWhole(call, output);
      return read(output, call);
    });
  } catch (error) {
    const unread = error instanceof S3Error ? classifyGet(error) : undefined;
    if (unread) return unread;
    throw error;
  }
}

/** Matches no object, so that nothing is gone on with that cannot be told apart from another. */
const NO_VERSION = '"none"';

const NO_KEY = { errorCode: 'InvalidURI', message: 'The key is empty.' };
