import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Unread } from '../../core/contents.js';
import { type ServiceCall, TRUNCATED_BODY } from '../../ports/service-error.js';
import { BodyPace } from './body-pace.js';
import { S3Error } from './classify.js';
import { toS3Error } from './sdk-error.js';

type TooLarge = Extract<Unread, { status: 'too-large' }>;

/**
 * Reads a body of the announced length, or refuses to where it has more than `maxBytes`; either way nothing is left open.
 * Throws {@link S3Error} when the body ends early: at the given length, or not at all, is a body whole.
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
  for await (const chunk of opened) chunks.push(chunk);
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

/** The pieces of a body, refused and failing as in {@link readBody}. Closes it when it is no longer read from. */
export function openBody(
  call: ServiceCall,
  body: unknown,
  length: number | undefined,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void> | TooLarge {
  if (!(body instanceof Readable)) throw new TypeError('the SDK gave a body that is no stream');
  if (length === undefined) {
    body.destroy();
    throw truncated(call, 'The body came without a length, so that it cannot be seen whether it is whole.');
  }
  if (length > maxBytes) {
    body.destroy();
    return { status: 'too-large', measure: 'stored', limit: maxBytes };
  }
  // What fails before anyone reads is thrown when somebody does.
  body.on('error', () => {});
  return piecesOf(call, body, length);
}

async function* piecesOf(call: ServiceCall, body: Readable, length: number): AsyncGenerator<Uint8Array, void> {
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
  if (size !== length) throw truncated(call, `The body has ${size} bytes where ${length} were announced.`);
}

const truncated = (call: ServiceCall, message: string): S3Error =>
  new S3Error(call, { errorCode: TRUNCATED_BODY, message }, 200, {});
