import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Unread } from '../../../core/content/object-content.js';
import { type ServiceCall, TRUNCATED_BODY } from '../../../ports/service-error.js';
import { S3Error } from '../errors/s3-error.js';
import { toS3Error } from '../errors/sdk-error.js';
import { BodyPace } from '../errors/slow-body.js';

type TooLarge = Extract<Unread, { status: 'too-large' }>;

/**
 * Reads a body, or refuses to where it has more than `maxBytes`; either way nothing is left open. Throws {@link S3Error} when
 * the body ends early.
 * @param length as it was announced; where it was not, the body must be one whose end is marked
 */
export async function readBody(
  call: ServiceCall,
  body: unknown,
  length: number | undefined,
  maxBytes: number,
): Promise<Uint8Array | TooLarge> {
  const opened = openBody(call, body, length, maxBytes);
  if ('status' in opened) return opened;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of opened) {
    size += chunk.length;
    if (size > maxBytes) return tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, length);
}

/**
 * Refuses an answer that holds a part of what was asked for, or what a proxy made of it (RFC 9110, 203 and 206): its body is
 * not the object. Throws {@link S3Error}, since another attempt may be answered by S3 itself.
 */
export function refuseUnlessWhole(
  call: ServiceCall,
  {
    $metadata: { httpStatusCode },
    ContentRange,
    Body,
  }: Pick<GetObjectCommandOutput, '$metadata' | 'ContentRange' | 'Body'>,
): void {
  if (httpStatusCode === 200 && ContentRange === undefined) return;
  if (Body instanceof Readable) Body.destroy();
  const message = `HTTP status ${httpStatusCode}${ContentRange === undefined ? '' : ` with ${ContentRange}`} came where 200 was due.`;
  throw new S3Error(call, { errorCode: 'NotWhole', message }, httpStatusCode, {});
}

/** How long a body is that came without a length, reading it to its end, or that it is too large. Throws as {@link readBody} does. */
export async function measureBody(call: ServiceCall, body: unknown, maxBytes: number): Promise<number | TooLarge> {
  const opened = openBody(call, body, undefined, maxBytes);
  if ('status' in opened) return opened;
  let size = 0;
  for await (const chunk of opened) {
    size += chunk.length;
    if (size > maxBytes) return tooLarge(maxBytes);
  }
  return size;
}

const tooLarge = (limit: number): TooLarge => ({ status: 'too-large', measure: 'stored', limit });

/**
 * The pieces of a body, failing as in {@link readBody}, refused where the announced length is more than `maxBytes`. Closes it
 * when it is no longer read from.
 */
export function openBody(
  call: ServiceCall,
  body: unknown,
  length: number | undefined,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void> | TooLarge {
  if (!(body instanceof Readable)) throw new TypeError('the SDK gave a body that is no stream');
  if (length !== undefined && length > maxBytes) {
    body.destroy();
    return tooLarge(maxBytes);
  }
  // What fails before anyone reads is thrown when somebody does.
  body.on('error', () => {});
  return piecesOf(call, body, length);
}

async function* piecesOf(
  call: ServiceCall,
  body: Readable,
  length: number | undefined,
): AsyncGenerator<Uint8Array, void> {
  const pace = new BodyPace();
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      const tooSlow = pace.errorAt(size, call);
      if (tooSlow) throw tooSlow;
      yield chunk;
    }
  } catch (error) {
    throw toS3Error(call, error, 200);
  }
  if (length !== undefined && size !== length)
    throw truncated(call, `The body has ${size} bytes where ${length} were announced.`);
}

const truncated = (call: ServiceCall, message: string): S3Error =>
  new S3Error(call, { errorCode: TRUNCATED_BODY, message }, 200, {});
