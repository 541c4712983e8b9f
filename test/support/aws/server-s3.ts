import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { compareUtf8 } from '../../../src/core/encoding/compare-utf8.js';
import type { World, WorldObject } from '../worlds/world.js';
import {
  type Answer,
  archivedError,
  encodeName,
  errorXml,
  escapeXml,
  type ServedRequest,
  xml,
} from './server-answers.js';
import { answerVersions } from './server-versions.js';

/** A request to S3, taken apart. Keys are taken as they come: `..` means nothing in them. */
export interface S3Request {
  readonly served: ServedRequest & { readonly bucket: string };
  readonly query: URLSearchParams;
  readonly range: string | undefined;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly body: Uint8Array;
}

/** Reads path style and `BUCKET.localhost` host style. */
export function toS3Request(incoming: IncomingMessage, body: Uint8Array): S3Request {
  const [path = '', search = ''] = (incoming.url ?? '').split(/\?(.*)/s);
  const virtual = /^(.+)\.localhost(?::\d+)?$/.exec(incoming.headers.host ?? '')?.[1];
  const segments = (virtual === undefined ? path : `/${virtual}${path}`).split('/');
  const bucket = decodeURIComponent(segments[1] ?? '');
  const key = decodeURIComponent(segments.slice(2).join('/'));
  const query = new URLSearchParams(search);
  const payer = isSigned(incoming, PAYER) ? incoming.headers[PAYER] : undefined;
  const [prefix, versionId] = [query.get('prefix'), query.get('versionId')];
  const served = {
    operation: operationOf(incoming.method, key, query),
    bucket,
    ...(prefix !== null && { prefix }),
    ...(versionId !== null && { versionId }),
    ...(typeof payer === 'string' && { requestPayer: payer }),
  };
  return {
    served: key === '' ? served : { ...served, key },
    query,
    range: incoming.headers.range,
    ifMatch: incoming.headers['if-match'],
    ifNoneMatch: incoming.headers['if-none-match'],
    body,
  };
}

const PAYER = 'x-amz-request-payer';

const isSigned = ({ headers }: IncomingMessage, name: string): boolean =>
  /SignedHeaders=([^,]+)/
    .exec(headers.authorization ?? '')?.[1]
    ?.split(';')
    .includes(name) === true;

function operationOf(method: string | undefined, key: string, query: URLSearchParams): string {
  const head = method === 'HEAD';
  if (method === 'PUT') return 'PutObject';
  if (query.has('versions')) return 'ListObjectVersions';
  if (key !== '') return head ? 'HeadObject' : 'GetObject';
  if (head) return 'HeadBucket';
  if (query.has('location')) return 'GetBucketLocation';
  return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
}

/** What S3 would say. `manner.region` is the one the caller signed for. */
export function answerS3(
  world: World,
  request: S3Request,
  manner: {
    readonly region: string | undefined;
    readonly pageSize: number;
    readonly enforceRegions: boolean;
    readonly writableBuckets: readonly string[];
    readonly ignoresConditions: readonly string[];
  },
): Answer {
  const { operation, bucket, key } = request.served;
  const objects = world.buckets.get(bucket);
  if (!objects) {
    return errorXml(404, 'NoSuchBucket', 'The specified bucket does not exist', `<BucketName>${bucket}</BucketName>`);
  }
  const region = world.bucketRegions.get(bucket) ?? 'us-east-1';
  const regionHeader = { 'x-amz-bucket-region': region };
  if (operation === 'GetBucketLocation') return location(region);
  if (manner.enforceRegions && manner.region !== undefined && manner.region !== region) {
    const refusal = errorXml(301, 'PermanentRedirect', 'The bucket must be addressed using another endpoint.');
    return { ...refusal, headers: { ...refusal.headers, ...regionHeader } };
  }
  if (operation === 'HeadBucket') return { status: 200, headers: regionHeader, body: NOTHING };
  if (operation === 'ListObjectVersions') {
    return answerVersions(world, bucket, request.query, manner.pageSize);
  }
  const versionId = request.query.get('versionId');
  if (key !== undefined && versionId !== null) return oneVersion(world, bucket, key, versionId);
  if (key === undefined) return listing(objects, bucket, request.query, manner.pageSize);
  if (operation === 'PutObject') {
    return manner.writableBuckets.includes(bucket)
      ? put(objects, key, without(request, manner.ignoresConditions))
      : errorXml(403, 'AccessDenied', 'Access Denied');
  }
  const object = objects.get(key);
  if (!object) return errorXml(404, 'NoSuchKey', 'The specified key does not exist.', `<Key>${escapeXml(key)}</Key>`);
  if (request.ifMatch !== undefined && request.ifMatch !== etagOf(object)) {
    return PRECONDITION_FAILED;
  }
  return objectAnswer(key, object, operation === 'HeadObject' ? undefined : request.range);
}

const PRECONDITION_FAILED = errorXml(
  412,
  'PreconditionFailed',
  'At least one of the pre-conditions you specified did not hold',
);

function put(objects: Map<string, WorldObject>, key: string, { ifMatch, ifNoneMatch, body }: S3Request): Answer {
  const present = objects.get(key);
  if (ifMatch !== undefined && !present) return errorXml(404, 'NoSuchKey', 'The specified key does not exist.');
  if (ifNoneMatch === '*' && present) return PRECONDITION_FAILED;
  if (ifMatch !== undefined && present && ifMatch !== etagOf(present)) return PRECONDITION_FAILED;
  const object = { body, metadata: {} };
  // Of what is put and put again, each must have another.
  putEtags.set(object, `"${createHash('md5').update(body).digest('hex')}"`);
  objects.set(key, object);
  return { status: 200, headers: { etag: etagOf(object) }, body: NOTHING };
}

function oneVersion(world: World, bucket: string, key: string, versionId: string): Answer {
  const kept = world.versions.get(`${bucket}/${key}`)?.find((version) => version.versionId === versionId);
  return kept?.object
    ? objectAnswer(key, kept.object, undefined)
    : errorXml(404, 'NoSuchVersion', 'The specified version does not exist.');
}

/** As a store reads a request that does not know some of the headers. */
const without = (request: S3Request, ignored: readonly string[]): S3Request => ({
  ...request,
  ...(ignored.includes('if-match') && { ifMatch: undefined }),
  ...(ignored.includes('if-none-match') && { ifNoneMatch: undefined }),
});

const NOTHING = new Uint8Array();

const location = (region: string): Answer =>
  xml(
    `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${region === 'us-east-1' ? '' : region}</LocationConstraint>`,
  );

const putEtags = new WeakMap<WorldObject, string>();
const etagOf = (object: WorldObject): string =>
  putEtags.get(object) ?? `"${object.body.length}-${object.body[0] ?? ''}-${object.body.at(-1) ?? ''}"`;

function objectAnswer(key: string, object: WorldObject, range: string | undefined): Answer {
  const archived = object.storageClass === 'GLACIER' || object.storageClass === 'DEEP_ARCHIVE';
  if (archived) return archivedError(errorXml, object.storageClass ?? '');
  const headers: Record<string, string> = {
    'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
    etag: etagOf(object),
    'accept-ranges': 'bytes',
    // What CloudTrail stores with its objects, which makes HTTP clients inflate them unasked.
    ...(key.endsWith('.json.gz') && { 'content-type': 'application/json', 'content-encoding': 'gzip' }),
    ...Object.fromEntries(Object.entries(object.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  };
  const bounds = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  if (!bounds) return { status: 200, headers, body: object.body };
  const start = Number(bounds[1]);
  const end = Math.min(bounds[2] ? Number(bounds[2]) + 1 : object.body.length, object.body.length);
  if (start >= end) return errorXml(416, 'InvalidRange', 'The requested range is not satisfiable');
  headers['content-range'] = `bytes ${start}-${end - 1}/${object.body.length}`;
  return { status: 206, headers, body: object.body.subarray(start, end) };
}

/** ListObjects and ListObjectsV2, which differ in how they name where to go on. */
function listing(
  objects: ReadonlyMap<string, WorldObject>,
  bucket: string,
  query: URLSearchParams,
  pageSize: number,
): Answer {
  const v2 = query.get('list-type') === '2';
  const token = query.get('continuation-token');
  const after = v2
    ? token === null
      ? (query.get('start-after') ?? '')
      : Buffer.from(token, 'base64url').toString()
    : (query.get('marker') ?? '');
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = Math.min(Number(query.get('max-keys') ?? 1000), pageSize);
  const entries = entriesOf(objects, prefix, delimiter, after);
  const page = entries.slice(0, limit);
  const truncated = entries.length > page.length;
  const last = page.at(-1)?.name ?? '';
  const encode = query.get('encoding-type') === 'url' ? encodeName : escapeXml;
  const next = v2
    ? `<NextContinuationToken>${Buffer.from(last).toString('base64url')}</NextContinuationToken>`
    : `<NextMarker>${encode(last)}</NextMarker>`;
  return xml(
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix>${encode(prefix)}</Prefix>` +
      `${v2 ? `<KeyCount>${page.length}</KeyCount>` : `<Marker>${encode(after)}</Marker>`}<MaxKeys>${limit}</MaxKeys>` +
      `${delimiter === '' ? '' : `<Delimiter>${encode(delimiter)}</Delimiter>`}` +
      `${query.get('encoding-type') === 'url' ? '<EncodingType>url</EncodingType>' : ''}<IsTruncated>${truncated}</IsTruncated>` +
      `${truncated ? next : ''}${page.map((entry) => entryXml(entry, encode)).join('')}</ListBucketResult>`,
  );
}

interface Entry {
  readonly name: string;
  /** Absent for a common prefix. */
  readonly object?: WorldObject;
}

function entriesOf(
  objects: ReadonlyMap<string, WorldObject>,
  prefix: string,
  delimiter: string,
  after: string,
): Entry[] {
  const entries = new Map<string, Entry>();
  for (const [key, object] of objects) {
    if (!key.startsWith(prefix)) continue;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? key : key.slice(0, end + delimiter.length);
    if (compareUtf8(name, after) > 0) entries.set(name, end < 0 ? { name, object } : { name });
  }
  return [...entries.values()].sort((a, b) => compareUtf8(a.name, b.name));
}

const entryXml = ({ name, object }: Entry, encode: (text: string) => string): string =>
  object
    ? `<Contents><Key>${encode(name)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;${object.body.length}&quot;</ETag>` +
      `<Size>${object.body.length}</Size><StorageClass>${object.storageClass ?? 'STANDARD'}</StorageClass></Contents>`
    : `<CommonPrefixes><Prefix>${encode(name)}</Prefix></CommonPrefixes>`;
