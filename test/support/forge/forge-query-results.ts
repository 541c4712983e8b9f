import { sign } from 'node:crypto';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { DAY, formatDateFolder, formatInstant, type Instant } from '../../../src/core/time/instant.js';
import { putObject, type World } from '../worlds/world.js';
import { sha256Of } from './digest-document.js';
import { SeededRandom } from './seeded-random.js';
import { stableGzip } from './stable-gzip.js';
import { KEY_A, type ThrowawayKey } from './throwaway-keys.js';

/** What a sign file says, its fields in the order CloudTrail writes them. Mutable: forging is changing it. */
export interface SignFileDocument {
  version: string;
  region: string;
  files: { fileHashValue: string; fileName: string }[];
  hashAlgorithm: string;
  signatureAlgorithm: string;
  queryCompleteTime: string;
  hashSignature: string;
  publicKeyFingerprint: string;
}

export interface QueryForgeOptions {
  readonly bucket: string;
  /** The folder, empty or ending in a slash; where CloudTrail Lake delivers when absent. */
  readonly folder?: string;
  readonly accountId?: string;
  readonly queryId?: string;
  readonly region?: string;
  readonly completedAt?: Instant;
  /** How many result files, or what each of them holds as delivered. 3 when absent. */
  readonly files?: number | readonly Uint8Array[];
  readonly key?: ThrowawayKey;
  /** Changes what is said before it is signed. */
  readonly amend?: (document: SignFileDocument) => void;
  /** Changes what is said after it is signed. */
  readonly tamper?: (document: SignFileDocument) => void;
}

export interface ForgedQueryResults {
  readonly folder: string;
  readonly signFile: ObjectRef;
  readonly files: readonly (ObjectRef & { readonly name: string; readonly sha256: string })[];
  readonly document: SignFileDocument;
}

export const QUERY_COMPLETED = Date.parse('2026-03-01T22:06:30Z');
const KEY_LIFE = { before: 5 * DAY, after: 25 * DAY };

/** Forges the saved results of a query as CloudTrail Lake would have delivered them, and publishes the key that signed them. */
export function forgeQueryResults(world: World, options: QueryForgeOptions): ForgedQueryResults {
  const { bucket, region = 'us-east-1', completedAt = QUERY_COMPLETED, key = KEY_A } = options;
  const folder = options.folder ?? deliveryFolder(options, completedAt);
  const files = contentsOf(options, folder).map((body, index) => {
    const name = `result_${index + 1}.csv.gz`;
    putObject(world, bucket, `${folder}${name}`, { body, metadata: {} });
    return { bucket, key: `${folder}${name}`, name, sha256: sha256Of(body) };
  });
  const document: SignFileDocument = {
    version: '1.0',
    region,
    files: files.map(({ name, sha256 }) => ({ fileHashValue: sha256, fileName: name })),
    hashAlgorithm: 'SHA-256',
    signatureAlgorithm: 'SHA256withRSA',
    queryCompleteTime: formatInstant(completedAt),
    hashSignature: '',
    publicKeyFingerprint: key.fingerprint,
  };
  options.amend?.(document);
  signDocument(document, key);
  options.tamper?.(document);
  const signFile = { bucket, key: `${folder}result_sign.json` };
  putObject(world, bucket, signFile.key, { body: encodeSignFile(document), metadata: {} });
  publish(world, key, region, completedAt);
  return { folder, signFile, files, document };
}

/** Signs the document as it is now. */
export function signDocument(document: SignFileDocument, key: ThrowawayKey): void {
  const text = document.files.map(({ fileHashValue }) => fileHashValue).join(' ');
  document.hashSignature = sign('sha256', Buffer.from(text), key.privateKey).toString('hex');
}

export const encodeSignFile = (document: object): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(document, undefined, 2));

function deliveryFolder({ accountId = '111122223333', queryId }: QueryForgeOptions, completedAt: Instant): string {
  const id = queryId ?? 'f1f45639-0ffc-4fa3-9b29-5eb0e1fdffdb';
  return `AWSLogs/${accountId}/CloudTrail-Lake/Query/${formatDateFolder(completedAt)}/${id}/`;
}

function contentsOf({ files = 3 }: QueryForgeOptions, folder: string): readonly Uint8Array[] {
  if (typeof files !== 'number') return files;
  return Array.from({ length: files }, (_, index) => {
    const random = new SeededRandom(`${folder}${index}`);
    const rows = Array.from({ length: 20 }, () => `${random.hex(16)},${random.alphanumeric(12)}\n`);
    return stableGzip(new TextEncoder().encode(`eventID,eventName\n${rows.join('')}`));
  });
}

function publish(world: World, { fingerprint, pkcs1 }: ThrowawayKey, region: string, at: Instant): void {
  const isKnown = world.publicKeys.some((known) => known.fingerprint === fingerprint && known.region === region);
  if (isKnown) return;
  const validity = { start: at - KEY_LIFE.before, end: at + KEY_LIFE.after };
  world.publicKeys.push({ fingerprint, der: pkcs1, validity, region });
}
