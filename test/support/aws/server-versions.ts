import { compareUtf8 } from '../../../src/core/encoding/compare-utf8.js';
import type { World, WorldVersion } from '../worlds/world.js';
import { type Answer, encodeName, escapeXml, xml } from './server-answers.js';

/** ListObjectVersions: keys in byte order, versions of each newest first; of an object that never had another, the one with the id `null`. */
export function answerVersions(world: World, bucket: string, query: URLSearchParams, pageSize: number): Answer {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const isEncoded = query.get('encoding-type') === 'url';
  const encode = isEncoded ? encodeName : escapeXml;
  const rest = restAfter(entriesOf(world, bucket, prefix, delimiter), query);
  const page = rest.slice(0, pageSize);
  const truncated = rest.length > page.length;
  const end = page.at(-1);
  return xml(
    `<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix>${encode(prefix)}</Prefix>` +
      `<KeyMarker>${encode(query.get('key-marker') ?? '')}</KeyMarker>` +
      `${delimiter === '' ? '' : `<Delimiter>${encode(delimiter)}</Delimiter>`}` +
      `${isEncoded ? '<EncodingType>url</EncodingType>' : ''}<MaxKeys>${pageSize}</MaxKeys><IsTruncated>${truncated}</IsTruncated>` +
      `${truncated && end ? markersOf(end, encode) : ''}${page.map((entry) => entryXml(entry, encode)).join('')}</ListVersionsResult>`,
  );
}

/** A version, or a common prefix where there is none. */
interface Entry {
  readonly name: string;
  readonly version?: WorldVersion;
  readonly isLatest: boolean;
}

/** A key alone as marker passes over all of its versions. */
function restAfter(entries: readonly Entry[], query: URLSearchParams): readonly Entry[] {
  const marker = query.get('key-marker');
  const versionMarker = query.get('version-id-marker');
  if (marker === null) return entries;
  if (versionMarker === null) return entries.filter(({ name }) => compareUtf8(name, marker) > 0);
  const last = entries.findIndex(({ name, version }) => name === marker && version?.versionId === versionMarker);
  return entries.slice(last + 1);
}

function entriesOf(world: World, bucket: string, prefix: string, delimiter: string): Entry[] {
  const byKey = new Map<string, readonly WorldVersion[]>();
  for (const [key, object] of world.buckets.get(bucket) ?? []) byKey.set(key, [{ versionId: 'null', at: 0, object }]);
  for (const [place, versions] of world.versions)
    if (place.startsWith(`${bucket}/`)) byKey.set(place.slice(bucket.length + 1), versions);
  const found = new Map<string, readonly Entry[]>();
  for (const [key, versions] of byKey) {
    if (!key.startsWith(prefix)) continue;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (end < 0)
      found.set(
        key,
        versions.map((version, index) => ({ name: key, version, isLatest: index === 0 })),
      );
    else found.set(key.slice(0, end + 1), [{ name: key.slice(0, end + 1), isLatest: true }]);
  }
  return [...found].sort(([a], [b]) => compareUtf8(a, b)).flatMap(([, entries]) => entries);
}

const markersOf = ({ name, version }: Entry, encode: (text: string) => string): string =>
  `<NextKeyMarker>${encode(name)}</NextKeyMarker>${version ? `<NextVersionIdMarker>${version.versionId}</NextVersionIdMarker>` : ''}`;

function entryXml({ name: key, version, isLatest }: Entry, encode: (text: string) => string): string {
  if (!version) return `<CommonPrefixes><Prefix>${encode(key)}</Prefix></CommonPrefixes>`;
  const name = version.object ? 'Version' : 'DeleteMarker';
  return (
    `<${name}><Key>${encode(key)}</Key><VersionId>${version.versionId}</VersionId><IsLatest>${isLatest}</IsLatest>` +
    `<LastModified>${new Date(version.at).toISOString()}</LastModified>` +
    `${version.object ? `<Size>${version.object.body.length}</Size>` : ''}</${name}>`
  );
}
