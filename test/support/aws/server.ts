import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { World } from '../worlds/world.js';
import {
  type Answer,
  archivedError,
  type ErrorForm,
  errorJson,
  errorXml,
  type ServedRequest,
} from './server-answers.js';
import { answerS3, toS3Request } from './server-s3.js';
import { answerService } from './server-services.js';
import { answerSts, errorOfSts } from './server-sts.js';

export type { ServedRequest } from './server-answers.js';

/** What goes wrong with a request. `reset`, `truncate` and `stall` cut the body in half; the others answer with an error, and nothing is done. */
export type Fault =
  | 'deny'
  | 'slow-down'
  | 'error-500'
  | 'archived'
  | 'reset'
  | 'truncate'
  | 'stall'
  /** What was asked is done, and the connection breaks before a word of it comes back. */
  | 'lost-answer'
  /** Without an error code the body is not an error of S3's: the one given, or what a proxy would send. */
  | {
      readonly status: number;
      readonly body?: string;
      readonly errorCode?: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface ServerOptions {
  readonly latencyMs?: number;
  /** Told of each request before the latency; `fault` is asked after it, right before the answer. */
  readonly onArrival?: (request: ServedRequest) => void;
  readonly fault?: (request: ServedRequest) => Fault | undefined;
  /** Entries in a page of a listing, at most; 1000 when absent, as in S3. */
  readonly pageSize?: number;
  /** Answers 301 with the right region where a bucket is asked for in another, as S3 does. */
  readonly enforceRegions?: boolean;
  /** Buckets that take what is put; all others refuse it. */
  readonly writableBuckets?: readonly string[];
  /** Conditions of a write that are ignored, as by some stores: `if-match`, `if-none-match`. */
  readonly ignoresConditions?: readonly string[];
}

export interface LoopbackServer {
  /** `http://127.0.0.1:PORT`, for AWS_ENDPOINT_URL. */
  readonly url: string;
  /** Everything that was asked, in order of arrival. */
  readonly requests: readonly ServedRequest[];
  /** Stops at once, cutting off whatever is under way. */
  close(): Promise<void>;
}

/** Serves a world like S3, CloudTrail, Organizations and STS, on 127.0.0.1. Changes to the world show at once. Signatures are not checked. */
export async function startServer(world: World, options: ServerOptions = {}): Promise<LoopbackServer> {
  const requests: ServedRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, response) => {
    serve(world, options, requests, incoming, response).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(String(error.stack));
    });
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => closeServer(server, sockets),
  };
}

function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.resetAndDestroy();
  });
}

async function serve(
  world: World,
  options: ServerOptions,
  requests: ServedRequest[],
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readAll(incoming);
  const [, accessKeyId, region] =
    /Credential=([^/]+)\/\d{8}\/([^/]+)\//.exec(incoming.headers.authorization ?? '') ?? [];
  const signed = accessKeyId === undefined || region === undefined ? {} : { accessKeyId, region };
  const target = incoming.headers['x-amz-target'];
  const operation = typeof target === 'string' ? target.split('.').at(-1) : undefined;
  const form = incoming.method === 'POST' ? new URLSearchParams(body.toString()) : undefined;
  const s3 = operation === undefined && !form?.has('Action') ? toS3Request(incoming, body) : undefined;
  const request: ServedRequest = {
    ...signed,
    ...(s3?.served ?? { operation: operation ?? form?.get('Action') ?? '' }),
  };
  requests.push(request);
  options.onArrival?.(request);
  if (options.latencyMs !== undefined) await new Promise((resolve) => setTimeout(resolve, options.latencyMs));
  const fault = options.fault?.(request);
  const answer = () =>
    s3
      ? answerS3(world, s3, {
          region,
          pageSize: options.pageSize ?? 1000,
          enforceRegions: options.enforceRegions === true,
          writableBuckets: options.writableBuckets ?? [],
          ignoresConditions: options.ignoresConditions ?? [],
        })
      : operation === undefined && form
        ? answerSts(world, request, form)
        : answerService(world, request, body, options.pageSize ?? 1000);
  const errorForm = s3 ? errorXml : operation === undefined ? errorOfSts : errorJson;
  send(response, incoming.method === 'HEAD', fault, errorForm, answer);
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function send(
  response: ServerResponse,
  head: boolean,
  fault: Fault | undefined,
  errorForm: ErrorForm,
  answer: () => Answer,
): void {
  const { status, headers, body } = faultyAnswer(fault, errorForm) ?? answer();
  if (fault === 'lost-answer') {
    response.socket?.resetAndDestroy();
    return;
  }
  response.writeHead(status, { ...headers, 'content-length': body.length });
  if (head) {
    response.end();
  } else if (fault === 'reset' || fault === 'truncate' || fault === 'stall') {
    const half = body.subarray(0, body.length >> 1);
    // Without a byte of body node:http would hold the head back as well.
    response.flushHeaders();
    response.write(half, () => {
      if (fault === 'reset') setImmediate(() => response.socket?.resetAndDestroy());
      if (fault === 'truncate') response.socket?.end();
    });
  } else {
    response.end(body);
  }
}

function faultyAnswer(fault: Fault | undefined, errorForm: ErrorForm): Answer | undefined {
  if (fault === 'deny') return errorForm(403, 'AccessDenied', 'Access Denied');
  if (fault === 'slow-down') return errorForm(503, 'SlowDown', 'Please reduce your request rate.');
  if (fault === 'error-500')
    return errorForm(500, 'InternalError', 'We encountered an internal error. Please try again.');
  if (fault === 'archived') return archivedError(errorForm, 'GLACIER');
  if (typeof fault !== 'object') return undefined;
  const { status, errorCode, message = '', headers = {} } = fault;
  const answer = errorCode === undefined ? pageOf(status, fault.body) : errorForm(status, errorCode, message);
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

const pageOf = (status: number, body = '<html><body>The gateway has something to say</body></html>'): Answer => ({
  status,
  headers: { 'content-type': body.startsWith('<html') ? 'text/html' : 'application/xml' },
  body: Buffer.from(body),
});
