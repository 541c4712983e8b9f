import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Dispatcher, Pool } from 'undici';
import type { Unread } from '../../../core/content/object-content.js';
import type { ObjectRef } from '../../../core/objects/object-ref.js';
import { MINUTE, SECOND } from '../../../core/time/instant.js';
import type { StoredObject } from '../../../ports/object-store.js';
import type { ServiceCall } from '../../../ports/service-error.js';
import { acceptedEncoding, foreignAnswer, isChunked } from '../errors/object-answer.js';
import { S3Error } from '../errors/s3-error.js';
import { PAYER_HEADER } from '../sdk/request-payer.js';
import type { DescribeAccess, S3Access, S3Credentials } from '../sdk/s3-access.js';
import { getLean, type LeanAnswer, truncatedBody } from './http-get.js';

/** An answer that is not the plain one: to be asked for again by the SDK, which knows what to make of it. */
export const UNUSUAL = 'unusual';

export interface LeanGet {
  /** One attempt. Throws {@link S3Error} for what may pass. */
  get(ref: ObjectRef, maxBytes: number): Promise<StoredObject | Unread | typeof UNUSUAL>;
  close(): Promise<void>;
}

const CONNECTIONS = 256;
const CONNECTION_TIMEOUT = 5_000;
const IDLE_TIMEOUT = 30_000;
/** Credentials are asked for again so long before they end. */
const RENEWAL = 5 * MINUTE;
/** Those that end sooner are asked for again at this distance. */
const RENEWAL_DISTANCE = 10 * SECOND;

interface Target {
  readonly access: S3Access;
  readonly host: string;
  readonly pool: Dispatcher;
  readonly signer: SignatureV4;
  /** From then on it is found out anew, in milliseconds since 1970. */
  renewAt: number;
}

/**
 * Gets objects with as little between the socket and the bytes as HTTP and Signature Version 4 allow: the SDK's
 * middleware costs ten times as much as everything else about a small object. Only a complete 200 of S3's counts here, with a
 * length that the body keeps to or an end that is marked; all else is either passing, and thrown, or unusual, and left to the SDK.
 */
export function leanGet(describeAccess: DescribeAccess, now: () => number, idleTimeout = IDLE_TIMEOUT): LeanGet {
  const pools = new Map<string, Promise<Dispatcher>>();
  const targets = new Map<string, Promise<Target | undefined>>();
  const poolFor = (access: S3Access): Promise<Dispatcher> => {
    const pool = pools.get(access.origin) ?? openPool(access, idleTimeout);
    pools.set(access.origin, pool);
    return pool;
  };
  const open = async (bucket: string): Promise<Target | undefined> => {
    const access = await describeAccess(bucket);
    if (!access) return undefined;
    const { host } = new URL(access.origin);
    const renewAt = renewalOf(access.credentials, now());
    return { access, host, pool: await poolFor(access), signer: signerFor(access), renewAt };
  };
  /** Finds out how a bucket is reached, once for all who ask meanwhile. Failures are not kept. */
  const renew = (bucket: string): Promise<Target | undefined> => {
    const opening = open(bucket);
    targets.set(bucket, opening);
    opening.catch(() => {
      if (targets.get(bucket) === opening) targets.delete(bucket);
    });
    return opening;
  };
  const targetFor = async (bucket: string): Promise<Target | undefined> => {
    const known = targets.get(bucket);
    if (!known) return renew(bucket);
    const target = await known;
    if (!target || now() < target.renewAt) return target;
    const latest = targets.get(bucket);
    return latest === undefined || latest === known ? renew(bucket) : latest;
  };

  return {
    async get(ref, maxBytes) {
      const target = ODD_KEY.test(ref.key) ? undefined : await targetFor(ref.bucket);
      return target ? request(target, ref.key, maxBytes, now) : UNUSUAL;
    },
    async close() {
      await Promise.all([...pools.values()].map(async (pool) => (await pool).destroy()));
    },
  };
}

async function openPool({ origin, proxy, ca }: S3Access, idleTimeout: number): Promise<Dispatcher> {
  const connect = { timeout: CONNECTION_TIMEOUT, ...(ca !== undefined && { ca }) };
  const settings = { connections: CONNECTIONS, headersTimeout: idleTimeout, bodyTimeout: idleTimeout, connect };
  if (proxy === undefined) return new Pool(origin, settings);
  const { openProxyPool } = await import('./proxy-pool.js');
  return openProxyPool(origin, proxy, settings);
}

function renewalOf({ expiration }: S3Credentials, now: number): number {
  if (expiration === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(expiration - RENEWAL, Math.min(now + RENEWAL_DISTANCE, expiration));
}

/** What a path does not hold as it is: empty parts, dots between slashes, lone surrogates. */
const ODD_KEY = /(?:^|\/)\.{0,2}(?:\/|$)|\p{Surrogate}/u;

const signerFor = ({ credentials, region }: S3Access): SignatureV4 => {
  const { expiration: _ends, ...identity } = credentials;
  return new SignatureV4({
    service: 's3',
    region,
    credentials: identity,
    sha256: SigningHash,
    uriEscapePath: false,
    applyChecksum: false,
  });
};

async function request(
  target: Target,
  key: string,
  maxBytes: number,
  now: () => number,
): Promise<StoredObject | Unread | typeof UNUSUAL> {
  const { access, host, pool, signer } = target;
  const call: ServiceCall = { service: `S3 at ${access.origin}`, operation: 'GetObject' };
  const path = access.basePath + escapeKey(key);
  const unsigned = { method: 'GET', protocol: '', hostname: '', path, query: {}, headers: headersFor(host, access) };
  const { headers } = await signer.sign(unsigned, { signingDate: new Date(now()) });
  const asked = { ...headers, 'accept-encoding': acceptedEncoding(key) };
  const answer = await getLean(pool, call, { origin: access.origin, path, headers: asked }, maxBytes);
  const region = answer.headers['x-amz-bucket-region'];
  // The SDK, which gets to see this answer next, takes note of where the bucket lies.
  if (region !== undefined && region !== access.region) target.renewAt = Number.NEGATIVE_INFINITY;
  return readAnswer(call, answer, maxBytes);
}

function readAnswer(
  call: ServiceCall,
  { statusCode, headers, body }: LeanAnswer,
  maxBytes: number,
): StoredObject | Unread | typeof UNUSUAL {
  if (statusCode === 429 || statusCode >= 500) {
    const text = body === undefined ? '' : Buffer.from(body.buffer, body.byteOffset, body.length).toString();
    throw new S3Error(call, toRefusal(text, statusCode), statusCode, {});
  }
  if (statusCode !== 200 || headers['content-range'] !== undefined) return UNUSUAL;
  const foreign = foreignAnswer(call, statusCode, headers);
  if (foreign) throw foreign;
  const length = Number(headers['content-length'] ?? Number.NaN);
  const hasLength = Number.isSafeInteger(length);
  if (!hasLength && !isChunked(headers)) return UNUSUAL;
  if (body === undefined) return { status: 'too-large', measure: 'stored', limit: maxBytes };
  if (hasLength && body.length !== length) throw truncatedBody(call, body.length, length);
  return { status: 'found', body, metadata: toMetadata(headers) };
}

/** Code and message of S3's error document, as far as it is one. */
function toRefusal(text: string, statusCode: number) {
  const part = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  return { errorCode: part('Code') || String(statusCode), message: part('Message') || `HTTP status ${statusCode}` };
}

const METADATA_PREFIX = 'x-amz-meta-';

function toMetadata(headers: LeanAnswer['headers']): Record<string, string> {
  const pairs: [string, string][] = [];
  for (const name in headers) {
    if (!name.startsWith(METADATA_PREFIX)) continue;
    const value = headers[name];
    if (typeof value === 'string') pairs.push([name.slice(METADATA_PREFIX.length), value]);
  }
  return Object.fromEntries(pairs);
}

/** RFC 3986: everything but the unreserved characters and the slashes, which is what Signature Version 4 signs. */
const escapeKey = (key: string): string =>
  /^[\w\-.~/]*$/.test(key)
    ? key
    : encodeURIComponent(key).replace(/%2F|[!'()*]/g, (text) =>
        text === '%2F' ? '/' : `%${text.charCodeAt(0).toString(16).toUpperCase()}`,
      );

const EMPTY_SHA256 = bytesToHex(sha256(new Uint8Array()));

const headersFor = (host: string, { requestPayer }: S3Access) => ({
  host,
  'x-amz-content-sha256': EMPTY_SHA256,
  ...(requestPayer && PAYER_HEADER),
});

/**
 * SHA-256 in the form that the signer asks for it. What is signed is short, and no verdict rests on it: JavaScript is
 * through with it as soon as `node:crypto` of Node 20, and in a third of the time that it takes on Node 24.
 */
class SigningHash {
  #hash: ReturnType<typeof sha256.create | typeof hmac.create>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? sha256.create() : hmac.create(sha256, toBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = sha256.create();
  }
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
