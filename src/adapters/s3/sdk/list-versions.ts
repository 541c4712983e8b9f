import type { DeleteMarkerEntry, ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { compareUtf8 } from '../../../core/encoding/compare-utf8.js';
import type { ObjectRef } from '../../../core/objects/object-ref.js';
import { ListingError, type ListRequest } from '../../../ports/object-store.js';
import type { ServiceCall } from '../../../ports/service-error.js';
import type { NewestVersion, ObjectVersion, VersionsAnswer } from '../../../ports/versioned-objects.js';
import { S3Error } from '../errors/s3-error.js';
import { folderNames, invalidListing, nameDecoder, orListingError, pageCounter } from './list-answer.js';
import type { S3Clients } from './s3-clients.js';
import { ask, checkAskable } from './send-request.js';

const OPERATION = 'ListObjectVersions';
/** Nobody overwrites an object so often but to hide something; what is listed says enough. */
const MAX_PAGES = 10;

/** One version, or mark of a deletion, as it is listed. */
type Listed = ObjectVersion & { readonly key: string; readonly isLatest: boolean };

/** One page, names decoded and checked. */
interface Page {
  readonly versions: readonly Listed[];
  readonly commonPrefixes: readonly string[];
  readonly next: Marker | undefined;
}

/** Where a page begins: behind a version, or behind all versions of the key. */
interface Marker {
  readonly key: string;
  readonly versionId?: string;
}

/** Lists the versions of one object. Throws `S3Error` for what may pass. */
export async function listVersions(clients: S3Clients, { bucket, key }: ObjectRef): Promise<VersionsAnswer> {
  const versions: Listed[] = [];
  let left = MAX_PAGES;
  let isCut = false;
  try {
    for await (const page of pages(clients, { bucket, prefix: key })) {
      for (const version of page.versions) if (version.key === key) versions.push(version);
      left -= 1;
      // Keys come in order, and the key itself comes before all that begin like it.
      if (page.next?.key !== key) break;
      isCut = left === 0;
      if (isCut) break;
    }
  } catch (error) {
    if (error instanceof ListingError) return error.reason;
    throw error;
  }
  const toVersion = ({ versionId, at, isDeleteMarker }: Listed) => ({ versionId, at, isDeleteMarker });
  return { status: 'listed', versions: versions.sort(newestFirst).map(toVersion), isCut };
}

/** Lists every key with its newest version. Throws {@link ListingError} for good, `S3Error` in passing. */
export async function* listNewest(clients: S3Clients, request: ListRequest): AsyncGenerator<readonly NewestVersion[]> {
  const { bucket } = request;
  for await (const { versions } of pages(clients, request)) {
    const newest = versions.filter(({ isLatest }) => isLatest);
    if (newest.length > 0) yield newest.map(({ key, isDeleteMarker }) => ({ bucket, key, isDeleteMarker }));
  }
}

/** The names of the folders under the prefix in which anything lies or lay, not many more than `most`. Throws as {@link listNewest} does. */
export async function listVersionFolderNames(
  clients: S3Clients,
  bucket: string,
  prefix: string,
  most = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  return folderNames(pages(clients, { bucket, prefix }, '/'), prefix, most);
}

/** Times are to the second, so that the present one may share its own with the one before. */
const newestFirst = (a: Listed, b: Listed): number => Number(b.isLatest) - Number(a.isLatest) || b.at - a.at;

async function* pages(clients: S3Clients, request: ListRequest, delimiter?: '/'): AsyncGenerator<Page> {
  const { ListObjectVersionsCommand } = await import('@aws-sdk/client-s3');
  const { bucket, prefix, startAfter } = request;
  let from: Marker | undefined = startAfter === undefined ? undefined : { key: startAfter };
  const count = pageCounter();
  do {
    const input = {
      Bucket: bucket,
      Prefix: prefix,
      // Keys may hold characters that XML cannot.
      EncodingType: 'url' as const,
      ...(delimiter !== undefined && { Delimiter: delimiter }),
      ...(from && { KeyMarker: from.key }),
      ...(from?.versionId !== undefined && { VersionIdMarker: from.versionId }),
    };
    const after: Marker | undefined = from;
    const page: Page = await orListingError(request, async () => {
      checkAskable(OPERATION, bucket, [prefix, startAfter]);
      return ask(clients, bucket, OPERATION, async (client, call) =>
        toPage(call, request, await client.send(new ListObjectVersionsCommand(input)), after),
      );
    });
    from = page.next;
    count({ service: 'S3', operation: OPERATION }, request, page.versions.length + page.commonPrefixes.length);
    yield page;
  } while (from);
}

function toPage(
  call: ServiceCall,
  { prefix }: ListRequest,
  output: ListObjectVersionsCommandOutput,
  after: Marker | undefined,
): Page {
  const { Versions = [], DeleteMarkers = [], CommonPrefixes = [], EncodingType } = output;
  // Some stores answer with their objects, as if no versions had been asked for: that is not "there are no older ones".
  if (output.KeyMarker === undefined && Versions.length + DeleteMarkers.length === 0)
    throw new S3Error(call, { errorCode: 'NoVersions', message: 'The answer is no list of versions.' }, 501, {});
  const decode = nameDecoder(call, EncodingType);
  const versions = [...DeleteMarkers.map(toListed(true, decode)), ...Versions.map(toListed(false, decode))]
    .filter(({ key }) => key.startsWith(prefix))
    // The SDK gives the two kinds apart from one another.
    .sort((a, b) => compareUtf8(a.key, b.key));
  const folders = CommonPrefixes.map(({ Prefix = '' }) => decode(Prefix)).filter((name) => name.startsWith(prefix));
  const isBehind = (name: string) => after !== undefined && compareUtf8(name, after.key) < 0;
  // Whoever resumes after a key relies on the order.
  if (versions.some(({ key }) => isBehind(key)) || folders.some(isBehind)) throw invalidListing(call, 'it goes back');
  const isFresh = ({ key }: Listed) => after?.versionId !== undefined || key !== after?.key;
  return { versions: versions.filter(isFresh), commonPrefixes: folders, next: nextMarker(call, output, decode, after) };
}

type ListedEntry = Pick<DeleteMarkerEntry, 'Key' | 'VersionId' | 'LastModified' | 'IsLatest'>;

const toListed =
  (isDeleteMarker: boolean, decode: (name: string) => string) =>
  ({ Key = '', VersionId = '', LastModified, IsLatest = false }: ListedEntry): Listed => ({
    key: decode(Key),
    versionId: VersionId,
    at: LastModified?.getTime() ?? 0,
    isDeleteMarker,
    isLatest: IsLatest,
  });

function nextMarker(
  call: ServiceCall,
  { IsTruncated, NextKeyMarker, NextVersionIdMarker }: ListObjectVersionsCommandOutput,
  decode: (name: string) => string,
  after: Marker | undefined,
): Marker | undefined {
  if (IsTruncated === undefined) throw invalidListing(call, 'it does not say whether it is complete');
  if (!IsTruncated) return undefined;
  if (!NextKeyMarker) throw invalidListing(call, 'it is not complete and does not say how to go on');
  const key = decode(NextKeyMarker);
  const order = after === undefined ? 1 : compareUtf8(key, after.key);
  if (order < 0 || (order === 0 && (NextVersionIdMarker || undefined) === after?.versionId))
    throw invalidListing(call, 'it goes in a circle');
  return { key, ...(NextVersionIdMarker && { versionId: NextVersionIdMarker }) };
}
