import type { Unread } from '../../core/contents.js';
import type { ObjectRef } from '../../core/objects.js';
import type { ObjectStore, StoredObject } from '../../ports/object-store.js';
import { ask, checkAskable } from './ask.js';
import { readBody } from './body.js';
import { classifyGet, S3Error } from './classify.js';
import { openClients, type S3Clients, type S3Settings } from './clients.js';
import { listFolderNames, listObjects } from './listing.js';

export type { S3Settings } from './clients.js';

/** S3, each request made once: what fails in passing is thrown as a `ServiceError`, for a retrying store to wrap. */
export interface S3Store extends ObjectStore {
  /** Closes all connections. */
  close(): void;
}

const OPERATION = 'GetObject';

/** Opens S3. Nothing is loaded or connected before the first request. */
export function openS3Store(settings: S3Settings): S3Store {
  const clients = openClients(settings);
  return {
    knowsBuckets: () => true,
    get: (ref, maxBytes) => getObject(clients, ref, maxBytes),
    list: (request) => listObjects(clients, request),
    listFolders: (bucket, prefix) => listFolderNames(clients, bucket, prefix),
    close: () => clients.close(),
  };
}

async function getObject(clients: S3Clients, ref: ObjectRef, maxBytes: number): Promise<StoredObject | Unread> {
  try {
    checkAskable(OPERATION, ref.bucket, [ref.key]);
    if (ref.key === '') throw new S3Error({ service: 'S3', operation: OPERATION }, NO_KEY, 400, {});
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    return await ask(clients, ref.bucket, OPERATION, async (client, call) => {
      const output = await client.send(new GetObjectCommand({ Bucket: ref.bucket, Key: ref.key }));
      const body = await readBody(call, output.Body, output.ContentLength, maxBytes);
      return body instanceof Uint8Array ? { status: 'found', body, metadata: output.Metadata ?? {} } : body;
    });
  } catch (error) {
    const unread = error instanceof S3Error ? classifyGet(error) : undefined;
    if (unread) return unread;
    throw error;
  }
}

const NO_KEY = { errorCode: 'InvalidURI', message: 'The key is empty.' };
