import type { Dispatcher } from 'undici';
import { type ServiceCall, TRUNCATED_BODY } from '../../../ports/service-error.js';
import { S3Error } from '../errors/s3-error.js';
import { systemMessage } from '../errors/sdk-error.js';
import { BodyPace } from '../errors/slow-body.js';

type Headers = Dispatcher.ResponseData['headers'];

/** An answer as far as it was read. */
export interface LeanAnswer {
  readonly statusCode: number;
  readonly headers: Headers;
  /** Absent where there is more than was wanted of it. */
  readonly body?: Uint8Array;
}

/** What is read of an answer that is not the object, at most: an error is a few hundred bytes. */
const MAX_ERROR_BYTES = 65_536;

/**
 * One GET, read to its end or given up. undici's own handlers make a stream of each body, which costs as much as all else
 * about a small object.
 * @param maxBytes of a body that comes with 200; of any other less is read
 * @throws {S3Error} when there is no answer, or it breaks off
 */
export const getLean = (
  pool: Dispatcher,
  call: ServiceCall,
  request: { readonly origin: string; readonly path: string; readonly headers: Record<string, string> },
  maxBytes: number,
): Promise<LeanAnswer> =>
  new Promise((resolve, reject) => {
    pool.dispatch({ ...request, method: 'GET' }, new Reader(call, maxBytes, resolve, reject));
  });

class Reader implements Dispatcher.DispatchHandler {
  readonly #call: ServiceCall;
  readonly #maxBytes: number;
  readonly #resolve: (answer: LeanAnswer) => void;
  readonly #reject: (error: unknown) => void;
  readonly #pieces: Uint8Array[] = [];
  #pace: BodyPace | undefined;
  #length = 0;
  #statusCode = 0;
  #headers: Headers = {};

  constructor(
    call: ServiceCall,
    maxBytes: number,
    resolve: (answer: LeanAnswer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#call = call;
    this.#maxBytes = maxBytes;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  // Whatever lacks one of these is taken for a handler of an older kind.
  onRequestStart(): void {}

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number, headers: Headers): void {
    this.#pace = new BodyPace();
    this.#statusCode = statusCode;
    this.#headers = headers;
    if (Number(headers['content-length']) > this.#most) this.#giveUp(controller);
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    const tooSlow = this.#pace?.errorAt(this.#length, this.#call);
    if (tooSlow) this.#reject(tooSlow);
    if (tooSlow || this.#length > this.#most) this.#giveUp(controller);
  }

  onResponseEnd(): void {
    const [only] = this.#pieces;
    const body = only && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces, this.#length);
    this.#resolve({ statusCode: this.#statusCode, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(toS3Error(this.#call, error, this.#statusCode));
  }

  get #most(): number {
    return this.#statusCode === 200 ? this.#maxBytes : MAX_ERROR_BYTES;
  }

  /** The connection is closed: that is cheaper than to read what nobody wants. */
  #giveUp(controller: Dispatcher.DispatchController): void {
    this.#resolve({ statusCode: this.#statusCode, headers: this.#headers });
    controller.abort(new Error('the rest of it is not wanted'));
  }
}

/** What undici or the system threw: no answer, or one that broke off. What is a bug, or comes of closing, stays what it is. */
function toS3Error(call: ServiceCall, error: Error, statusCode: number): unknown {
  const ownCode = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  // What is no HTTP, or ends within a chunk, comes without a code.
  const errorCode = ownCode ?? (error.name === 'HTTPParserError' ? error.name : undefined);
  if (errorCode === undefined || errorCode === 'UND_ERR_DESTROYED') return error;
  const statusSoFar = statusCode === 0 ? undefined : statusCode;
  return new S3Error(call, { errorCode, message: systemMessage(error) }, statusSoFar, {}, { cause: error });
}

/** A body that is not as long as it was announced. */
export function truncatedBody(call: ServiceCall, length: number, announced: number): S3Error {
  const message = `The body has ${length} bytes where ${announced} were announced.`;
  return new S3Error(call, { errorCode: TRUNCATED_BODY, message }, 200, {});
}
