import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Dispatcher, Pool } from 'undici';
import type { Unread } from '../../core/contents.js';
import { MINUTE } from '../../core/instant.js';
import type { ObjectRef } from '../../core/objects.js';
import type { StoredObject } from '../../ports/object-store.js';
import { type ServiceCall, TRUNCATED_BODY } from '../../ports/service-error.js';
import type { DescribeAccess, S3Access } from './access.js';
import { S3Error } from './classify.js';

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

interface Target {
  readonly access: S3Access;
  readonly pool: Pool;
  readonly signer: SignatureV4;
}

/**
 * Gets objects with as little between the socket and the bytes as HTTP and Signature Version 4 allow: the SDK's
 * middleware costs ten times as much as everything else about a small object. Only a complete 200 counts here, with a
 * length that the body keeps to; all else is either passing, and thrown, or unusual, and left to the SDK.
 */
export function leanGet(describeAccess: DescribeAccess, now: () => number): LeanGet {
  const pools = new Map<string, Pool>();
  const targets = new Map<string, Promise<Target | undefined>>();
  const poolFor = (origin: string): Pool => {
    const pool =
      pools.get(origin) ??
      new Pool(origin, {
        connections: CONNECTIONS,
        connect: { timeout: CONNECTION_TIMEOUT },
        headersTimeout: IDLE_TIMEOUT,
        bodyTimeout: IDLE_TIMEOUT,
      });
    pools.set(origin, pool);
    return pool;
  };
  const open = async (bucket: string): Promise<Target | undefined> => {
    const access = await describeAccess(bucket);
    return access && { access, pool: poolFor(access.origin), signer: signerFor(access) };
  };
  const targetFor = async (bucket: string): Promise<Target | undefined> => {
    const opening = targets.get(bucket) ?? open(bucket);
    targets.set(bucket, opening);
    try {
      const target = await opening;
      const { expiration } = target?.access.credentials ?? {};
      if (expiration === undefined || expiration - RENEWAL > now()) return target;
    } catch (error) {
      targets.delete(bucket);
      throw error;
    }
    if (targets.get(bucket) === opening) targets.set(bucket, open(bucket));
    return targets.get(bucket);
  };

  return {
    async get(ref, maxBytes) {
      const target = await targetFor(ref.bucket);
      return target && isPlainKey(ref.key) ? request(target, ref.key, maxBytes) : UNUSUAL;
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

/** Keys that a path holds as they are. Dots between slashes and lone surrogates are for the SDK to deal with. */
const isPlainKey = (key: string): boolean =>
  key !== '' &&
  !key.split('/').some((part) => part === '.' || part === '..' || part === '') &&
  !/\p{Surrogate}/u.test(key);

const signerFor = ({ credentials, region }: S3Access): SignatureV4 => {
  const { expiration: _ends, ...identity } = credentials;
  return new SignatureV4({
    service: 's3',
    region,
    credentials: identity,
    sha256: NodeSha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
};

async function request(
  { access, pool, signer }: Target,
  key: string,
  maxBytes: number,
): Promise<StoredObject | Unread | typeof UNUSUAL> {
  const call: ServiceCall = { service: `S3 at ${access.origin}`, operation: 'GetObject' };
  const path = `${access.basePath}${key.split('/').map(escapePart).join('/')}`;
  const { protocol, host, hostname } = new URL(access.origin);
  const headers = { host, 'x-amz-content-sha256': EMPTY_SHA256 };
  const signed = await signer.sign({ method: 'GET', protocol, hostname, path, query: {}, headers });
  let answer: Dispatcher.ResponseData;
  try {
    answer = await pool.request({ method: 'GET', path, headers: signed.headers });
  } catch (error) {
    throw toS3Error(call, error, undefined);
  }
  return readAnswer(call, answer, maxBytes);
}

async function readAnswer(
  call: ServiceCall,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<StoredObject | Unread | typeof UNUSUAL> {
  try {
    const length = Number(headers['content-length'] ?? Number.NaN);
    if (statusCode === 429 || statusCode >= 500) {
      throw new S3Error(call, toRefusal(await shortText(body, length), statusCode), statusCode, {});
    }
    if (statusCode !== 200 || !Number.isSafeInteger(length)) {
      await body.dump({ limit: MAX_ERROR_BYTES });
      return UNUSUAL;
    }
    if (length > maxBytes) {
      body.destroy();
      return { status: 'too-large', measure: 'stored', limit: maxBytes };
    }
    const bytes = await body.bytes();
    if (bytes.length === length) return { status: 'found', body: bytes, metadata: toMetadata(headers) };
    const message = `The body has ${bytes.length} bytes where ${length} were announced.`;
    throw new S3Error(call, { errorCode: TRUNCATED_BODY, message }, 200, {});
  } catch (error) {
    throw error instanceof S3Error ? error : toS3Error(call, error, statusCode);
  }
}

const MAX_ERROR_BYTES = 65_536;

/** The text of a body that is as short as errors are; of a longer one, nothing. */
async function shortText(body: Dispatcher.ResponseData['body'], length: number): Promise<string> {
  if (length <= MAX_ERROR_BYTES) return body.text();
  await body.dump({ limit: MAX_ERROR_BYTES });
  return '';
}

/** Code and message of S3's error document, as far as it is one. */
function toRefusal(text: string, statusCode: number) {
  const part = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  return { errorCode: part('Code') ?? String(statusCode), message: part('Message') ?? `HTTP status ${statusCode}` };
}

const METADATA_PREFIX = 'x-amz-meta-';

function toMetadata(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(METADATA_PREFIX) && typeof value === 'string' ? [[name.slice(METADATA_PREFIX.length), value]] : [],
  );
  return Object.fromEntries(pairs);
}

/** What undici or the system threw: no answer, or one that broke off. Throws again what is a bug. */
function toS3Error(call: ServiceCall, error: unknown, statusSoFar: number | undefined): S3Error {
  const errorCode =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (!(error instanceof Error) || errorCode === undefined) throw error;
  return new S3Error(call, { errorCode, message: error.message }, statusSoFar, {}, { cause: error });
}

/** RFC 3986: everything but the unreserved characters, which is what Signature Version 4 signs. */
const escapePart = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const EMPTY_SHA256 = createHash('sha256').digest('hex');

/** SHA-256 in the form that the signer asks for it. */
class NodeSha256 {
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = createHash('sha256');
  }
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
