import { MAX_CHECKPOINT_BYTES } from '../../core/checkpoint/checkpoint-document.js';
import type { Unread } from '../../core/content/object-content.js';
import { type ObjectRef, toS3Uri } from '../../core/objects/object-ref.js';
import { type CheckpointStore, CheckpointStoreError, type StoredCheckpoint } from '../../ports/checkpoint-store.js';
import { StoreUnreachableError } from '../../ports/object-store.js';
import { type Retry, ServiceError } from '../../ports/service-error.js';
import { classifyGet, S3Error } from './errors/s3-error.js';
import { readBody, refuseUnlessWhole } from './sdk/read-body.js';
import { openClients, type S3Clients, type S3Settings } from './sdk/s3-clients.js';
import { ask, checkAskable } from './sdk/send-request.js';

export interface CheckpointObject extends CheckpointStore {
  /** Closes all connections. */
  close(): void;
}

/**
 * An object of S3, replaced by conditional writes: the revision is its ETag. Encryption is left to the bucket. A service
 * that only resembles S3 must know `If-Match` and `If-None-Match` of PutObject, or two runs may overwrite one another: after a
 * write it is asked for one that must be refused, and refused itself where it is not.
 * @param newRetry makes what retries one operation: that a write failed says nothing of whether it can be read what became of it
 */
export function checkpointObject(settings: S3Settings, ref: ObjectRef, newRetry: () => Retry): CheckpointObject {
  const clients = openClients(settings);
  const place = { ref, name: `the checkpoint ${toS3Uri(ref)}` };
  const read = () => orStoreError(place, 'read', () => newRetry()(() => getObject(clients, place)));
  return {
    read,
    write: (bytes, revision) =>
      orStoreError(place, 'write', async () => {
        let isInDoubt = false;
        const attempt = async () => {
          try {
            return await putObject(clients, ref, bytes, revision);
          } catch (error) {
            isInDoubt = true;
            throw error;
          }
        };
        try {
          const result = await newRetry()(attempt);
          // The conflict may be with an earlier attempt, of which no answer came.
          if (result === 'conflict' && !(isInDoubt && (await holds(read, bytes)))) return 'conflict';
        } catch (error) {
          if (!(await holds(read, bytes).catch(() => false))) throw error;
        }
        // Where no answer comes, the next run asks again: what was written stands.
        await newRetry()(() => refuseUnconditional(clients, place, bytes, revision)).catch((error: unknown) => {
          if (!(error instanceof ServiceError || error instanceof StoreUnreachableError)) throw error;
        });
        return 'written';
      }),
    close: () => clients.close(),
  };
}

interface Place {
  readonly ref: ObjectRef;
  readonly name: string;
}

/** Whether what was to be written is there by now. */
async function holds(read: () => Promise<StoredCheckpoint | undefined>, bytes: Uint8Array): Promise<boolean> {
  const present = await read();
  return present?.bytes.length === bytes.length && present.bytes.every((byte, index) => byte === bytes[index]);
}

async function getObject(clients: S3Clients, { ref, name }: Place): Promise<StoredCheckpoint | undefined> {
  try {
    checkAskable('GetObject', ref.bucket, [ref.key]);
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    return await ask(clients, ref.bucket, 'GetObject', async (client, call) => {
      const output = await client.send(new GetObjectCommand({ Bucket: ref.bucket, Key: ref.key }));
      refuseUnlessWhole(call, output);
      const bytes = await readBody(call, output.Body, output.ContentLength, MAX_CHECKPOINT_BYTES);
      if (!(bytes instanceof Uint8Array))
        throw new CheckpointStoreError('unfit', `${name} has more than ${bytes.limit} bytes, more than any checkpoint`);
      if (output.ETag === undefined)
        throw new CheckpointStoreError('unfit', `${name} came without an ETag, so that it cannot be replaced safely`);
      return { bytes, revision: output.ETag };
    });
  } catch (error) {
    const unread = error instanceof S3Error ? classifyGet(error) : undefined;
    if (!unread) throw error;
    if (unread.status === 'not-found') return undefined;
    throw refused(name, unread);
  }
}

function refused(name: string, unread: Extract<Unread, { status: 'denied' | 'archived' }>): CheckpointStoreError {
  if (unread.status === 'archived')
    return new CheckpointStoreError('unfit', `${name} is archived (${unread.storageClass}) and must be restored first`);
  // Without s3:ListBucket S3 says of what is not there that access is denied.
  const hint = 'It takes s3:GetObject, and s3:ListBucket before there is one.';
  return new CheckpointStoreError('denied', `cannot read ${name}: ${unread.refusal.message}\n${hint}`);
}

/** No object has it. */
const NO_REVISION = `"${'0'.repeat(32)}"`;

/** Writes the same once more, by a condition of the same kind that cannot hold. AWS need not be asked. */
async function refuseUnconditional(
  clients: S3Clients,
  { ref, name }: Place,
  bytes: Uint8Array,
  revision: string | undefined,
): Promise<void> {
  const { isAws } = await clients.forBucket(ref.bucket);
  if (isAws) return;
  if ((await putObject(clients, ref, bytes, revision === undefined ? undefined : NO_REVISION)) === 'conflict') return;
  const header = revision === undefined ? 'If-None-Match' : 'If-Match';
  const next = 'Keep it in a bucket of AWS, or in a file.';
  throw new CheckpointStoreError(
    'unfit',
    `${name} lies in a store that ignores ${header} when an object is written: two runs could overwrite one another\n${next}`,
  );
}

async function putObject(
  clients: S3Clients,
  ref: ObjectRef,
  bytes: Uint8Array,
  revision: string | undefined,
): Promise<'written' | 'conflict'> {
  try {
    checkAskable('PutObject', ref.bucket, [ref.key]);
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    const condition = revision === undefined ? { IfNoneMatch: '*' } : { IfMatch: revision };
    await ask(clients, ref.bucket, 'PutObject', (client) =>
      client.send(
        new PutObjectCommand({
          Bucket: ref.bucket,
          Key: ref.key,
          Body: bytes,
          ContentType: 'application/x-ndjson',
          ...condition,
        }),
      ),
    );
    return 'written';
  } catch (error) {
    if (error instanceof S3Error && isConflict(error)) return 'conflict';
    throw error;
  }
}

/** 412: another revision is there. 409: somebody is writing or deleting it just now. 404: it was there, and is gone. */
const isConflict = ({ httpStatus, errorCode }: S3Error): boolean =>
  errorCode === 'PreconditionFailed' ||
  errorCode === 'ConditionalRequestConflict' ||
  (httpStatus === 404 && errorCode === 'NoSuchKey');

async function orStoreError<T>({ name }: Place, what: 'read' | 'write', run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { httpStatus, errorCode, message } = error;
    const text = `cannot ${what} ${name} (${errorCode}): ${message}`;
    if (httpStatus === 403 || errorCode.startsWith('KMS.'))
      throw new CheckpointStoreError('denied', text, { cause: error });
    const isWrong = ['NoSuchBucket', 'InvalidBucketName', 'NotImplemented'].includes(errorCode);
    throw new CheckpointStoreError(isWrong ? 'unfit' : 'unavailable', text, { cause: error });
  }
}
