import type { S3Client } from '@aws-sdk/client-s3';
import { type ServiceCall, TRUNCATED_BODY } from '../../../ports/service-error.js';
import { S3Error } from './s3-error.js';

/** Response headers by lower-case name. */
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Why an answer of success to a request for one object cannot be S3's, as a fault that may pass; undefined where it can. An
 * intercepting proxy answers 200 with a page of its own. S3, and what resembles it, sends an ETag or a header of its own.
 */
export function foreignAnswer(call: ServiceCall, statusCode: number, headers: Headers): S3Error | undefined {
  if (Object.keys(headers).some((name) => name.startsWith('x-amz-'))) return undefined;
  const type = String(headers['content-type'] ?? '');
  // Web servers send an ETag with their pages, too.
  if (headers.etag !== undefined && !/^\s*text\/html\b/i.test(type)) return undefined;
  const kind = type === '' ? '' : ` (${type})`;
  const message = `HTTP status ${statusCode} came without a header of S3's: a proxy may have answered in its place${kind}.`;
  return new S3Error(call, { errorCode: 'ForeignAnswer', message }, statusCode, {});
}

/** Whether the end of the body is told from a broken connection though no length is announced (RFC 9112, 7.1). */
export const isChunked = (headers: Headers): boolean =>
  /(?:^|,)\s*chunked\s*$/i.test(String(headers['transfer-encoding'] ?? ''));

/** A body that ends with the connection: nobody can tell whether it is whole. */
const endlessBody = (call: ServiceCall): S3Error => {
  const message = 'The body came without a length, so that it cannot be seen whether it is whole.';
  return new S3Error(call, { errorCode: TRUNCATED_BODY, message }, 200, {});
};

/**
 * What an object is asked for in. Some stores inflate what is stored with `Content-Encoding: gzip` for whoever does not ask for
 * gzip. Anything else is to come as it is stored. The header is not signed, since some stores change it on its way.
 */
export const acceptedEncoding = (key: string): 'gzip' | 'identity' => (key.endsWith('.gz') ? 'gzip' : 'identity');

const FOR_OBJECTS: ReadonlySet<string | undefined> = new Set(['GetObjectCommand', 'PutObjectCommand']);

/** What the SDK hands on as the answer of the handler. */
interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Headers;
  readonly body?: unknown;
}

/** Has a client ask for objects as they are stored, and refuse answers that cannot be S3's. Requests then throw {@link S3Error}. */
export function checkObjectAnswers(client: S3Client, callOf: (operation: string) => ServiceCall): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (!FOR_OBJECTS.has(commandName)) return next(args);
        const call = callOf(commandName === 'GetObjectCommand' ? 'GetObject' : 'PutObject');
        const { input, request } = args as { input: { Key?: string }; request: { headers: Record<string, string> } };
        if (call.operation === 'GetObject') request.headers['accept-encoding'] = acceptedEncoding(input.Key ?? '');
        const result = await next(args);
        const answer = result.response as HttpAnswer;
        const fault = faultOf(call, answer);
        if (!fault) return result;
        (answer.body as { destroy?: () => void } | undefined)?.destroy?.();
        throw fault;
      },
    // Next to the handler, behind what signs.
    { step: 'deserialize', priority: 'low', name: 'checkObjectAnswers' },
  );
}

function faultOf(call: ServiceCall, { statusCode, headers }: HttpAnswer): S3Error | undefined {
  if (statusCode >= 300) return undefined;
  const foreign = foreignAnswer(call, statusCode, headers);
  if (foreign || call.operation !== 'GetObject') return foreign;
  return headers['content-length'] === undefined && !isChunked(headers) ? endlessBody(call) : undefined;
}
