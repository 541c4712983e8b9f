import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Clients } from './s3-clients.js';
import { checkAskable } from './send-request.js';

/** All that a signed GET of an object in a bucket takes, as plain data that can be passed to another thread. */
export interface S3Access {
  /** For example `https://bucket.s3.eu-west-1.amazonaws.com`. */
  readonly origin: string;
  /** What stands before the key in the path: `/`, or `/bucket/`. */
  readonly basePath: string;
  /** The region the signature is for. */
  readonly region: string;
  readonly credentials: S3Credentials;
  /** Whether whoever asks pays. */
  readonly requestPayer?: boolean;
  /** The proxy that leads there. */
  readonly proxy?: string;
  /** Certificates of the authorities that are trusted, in PEM; those of Node where absent. */
  readonly ca?: string;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When they end, in milliseconds since 1970; absent for those that do not. */
  readonly expiration?: number;
}

/** Finds out how a bucket is reached; undefined where it takes more than a plain signed GET. */
export type DescribeAccess = (bucket: string) => Promise<S3Access | undefined>;

/**
 * Has the SDK make up a request and takes its address before it is sent, so that regions, endpoints, access points and
 * whatever configuration says of them are the SDK's business alone. Credentials come from the SDK too, which renews them.
 * Throws what looking up the region throws.
 */
export async function describeAccess(clients: S3Clients, bucket: string): Promise<S3Access | undefined> {
  checkAskable('GetObject', bucket, []);
  const { client, region } = await clients.forBucket(bucket);
  const address = await captureAddress(client, bucket);
  if (!address) return undefined;
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await client.config.credentials();
  const credentials = {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    ...(expiration && { expiration: expiration.getTime() }),
  };
  const { ca, proxyFor } = clients.network ?? {};
  const proxy = proxyFor?.(address.origin);
  return {
    ...address,
    region,
    credentials,
    ...(clients.requestPayer && { requestPayer: true }),
    ...(proxy !== undefined && { proxy }),
    ...(ca !== undefined && { ca }),
  };
}

/** Stands at the end of the path, to be cut off again. */
const PROBE = 'probe';

interface RequestParts {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
}

interface AuthScheme {
  readonly name: string;
}

/** What the SDK knows of a request while it is made up. */
interface EndpointContext {
  readonly endpointV2?: { readonly properties?: { readonly authSchemes?: readonly AuthScheme[] } };
}

async function captureAddress(
  client: S3Client,
  bucket: string,
): Promise<Pick<S3Access, 'origin' | 'basePath'> | undefined> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3');
  const command = new GetObjectCommand({ Bucket: bucket, Key: PROBE });
  let parts: RequestParts | undefined;
  let schemes: readonly AuthScheme[] = [];
  const stop = new Error('the request has been seen');
  // Right after the request is made up: what follows may already send some other one, for a session.
  command.middlewareStack.addRelativeTo(
    (_next: unknown, context: EndpointContext) =>
      async ({ request }: { readonly request?: unknown }) => {
        parts = isRequest(request) ? request : undefined;
        // Read only now: the context is filled in while the request passes.
        schemes = context.endpointV2?.properties?.authSchemes ?? [];
        throw stop;
      },
    { relation: 'after', toMiddleware: 'serializerMiddleware', name: 'captureAddress' },
  );
  await client.send(command).catch((error: unknown) => {
    if (error !== stop) throw error;
  });
  // Express and multi-region buckets are signed otherwise.
  if (!parts?.path.endsWith(`/${PROBE}`) || (schemes[0] && schemes[0].name !== 'sigv4')) return undefined;
  const port = parts.port === undefined ? '' : `:${parts.port}`;
  return { origin: `${parts.protocol}//${parts.hostname}${port}`, basePath: parts.path.slice(0, -PROBE.length) };
}

const isRequest = (request: unknown): request is RequestParts =>
  typeof request === 'object' &&
  request !== null &&
  'hostname' in request &&
  'path' in request &&
  'protocol' in request;
