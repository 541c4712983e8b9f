import type { DeleteMarkerEntry, ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import type { ObjectRef } from '../../core/objects.js';
import type { ServiceCall } from '../../ports/service-error.js';
import type { ObjectVersion, VersionsAnswer } from '../../ports/versioned-objects.js';
import { ask, checkAskable } from './ask.js';
import { classifyList, S3Error } from './classify.js';
import type { S3Clients } from './clients.js';

const OPERATION = 'ListObjectVersions';
/** Nobody overwrites an object so often but to hide something; what is listed says enough. */
const MAX_PAGES = 10;

/** Lists the versions of one object. Throws {@link S3Error} for what may pass. */
export async function listVersions(clients: S3Clients, ref: ObjectRef): Promise<VersionsAnswer> {
  const { ListObjectVersionsCommand } = await import('@aws-sdk/client-s3');
  const versions: Listed[] = [];
  let from: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } = {};
  try {
    checkAskable(OPERATION, ref.bucket, [ref.key]);
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const input = { Bucket: ref.bucket, Prefix: ref.key, EncodingType: 'url' as const, ...from };
      const output = await ask(clients, ref.bucket, OPERATION, async (client, call) => {
        const answer = await client.send(new ListObjectVersionsCommand(input));
        return { ...answer, names: namesIn(call, answer) };
      });
      versions.push(...versionsOf(ref.key, output, output.names.decode));
      // Keys come in order, and the key itself comes before all that begin like it.
      if (!output.IsTruncated || output.names.next === undefined || output.names.next !== ref.key) break;
      from = {
        KeyMarker: output.names.next,
        ...(output.NextVersionIdMarker !== undefined && { VersionIdMarker: output.NextVersionIdMarker }),
      };
    }
  } catch (error) {
    const reason = error instanceof S3Error ? classifyList(error) : undefined;
    if (reason) return reason;
    throw error;
  }
  return { status: 'listed', versions: versions.sort(newestFirst).map(({ isLatest: _, ...version }) => version) };
}

type Listed = ObjectVersion & { readonly isLatest: boolean };
type ListedEntry = Pick<DeleteMarkerEntry, 'VersionId' | 'LastModified' | 'IsLatest'>;

/** Times are to the second, so that the present one may share its own with the one before. */
const newestFirst = (a: Listed, b: Listed): number => Number(b.isLatest) - Number(a.isLatest) || b.at - a.at;

function versionsOf(
  key: string,
  { Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput,
  decode: (name: string) => string,
): Listed[] {
  const toVersion =
    (isDeleteMarker: boolean) =>
    ({ VersionId = '', LastModified, IsLatest = false }: ListedEntry) => ({
      versionId: VersionId,
      at: LastModified?.getTime() ?? 0,
      isDeleteMarker,
      isLatest: IsLatest,
    });
  const isOfKey = ({ Key = '' }: { Key?: string | undefined }) => decode(Key) === key;
  return [...DeleteMarkers.filter(isOfKey).map(toVersion(true)), ...Versions.filter(isOfKey).map(toVersion(false))];
}

/** How names are to be read in an answer, and where the next page begins. */
function namesIn(call: ServiceCall, { EncodingType, NextKeyMarker }: ListObjectVersionsCommandOutput) {
  const decode = (name: string): string => {
    if (EncodingType !== 'url') return name;
    try {
      return decodeURIComponent(name.replaceAll('+', ' '));
    } catch {
      const message = 'The listing cannot be used: a name in it cannot be decoded.';
      throw new S3Error(call, { errorCode: 'InvalidListing', message }, 200, {});
    }
  };
  return { decode, next: NextKeyMarker === undefined ? undefined : decode(NextKeyMarker) };
}
