import { compareUtf8 } from '../../src/core/byte-order.js';
import { type Answer, encodeName, escapeXml, xml } from './server-answers.js';
import type { World, WorldVersion } from './world.js';

/** ListObjectVersions: keys in byte order, versions of each newest first. */
export function answerVersions(
  kept: World['versions'],
  bucket: string,
  query: URLSearchParams,
  pageSize: number,
): Answer {
  const prefix = query.get('prefix') ?? '';
  const isEncoded = query.get('encoding-type') === 'url';
  const encode = isEncoded ? encodeName : escapeXml;
  const all = entriesOf(kept, bucket).filter(({ key }) => key.startsWith(prefix));
  const marker = query.get('key-marker');
  const versionMarker = query.get('version-id-marker');
  const last = all.findIndex(({ key, version }) => key === marker && version.versionId === versionMarker);
  const rest = all.slice(last + 1);
  const page = rest.slice(0, pageSize);
  const truncated = rest.length > page.length;
  const end = page.at(-1);
  const next =
    truncated && end
      ? `<NextKeyMarker>${encode(end.key)}</NextKeyMarker><NextVersionIdMarker>${end.version.versionId}</NextVersionIdMarker>`
      : '';
  return xml(
    `<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix>${encode(prefix)}</Prefix>` +
      `${isEncoded ? '<EncodingType>url</EncodingType>' : ''}<MaxKeys>${pageSize}</MaxKeys><IsTruncated>${truncated}</IsTruncated>${next}` +
      `${page.map((entry) => entryXml(entry, encode)).join('')}</ListVersionsResult>`,
  );
}

interface Entry {
  readonly key: string;
  readonly version: WorldVersion;
  readonly isLatest: boolean;
}

const entriesOf = (kept: World['versions'], bucket: string): Entry[] =>
  [...kept]
    .filter(([place]) => place.startsWith(`${bucket}/`))
    .map(([place, versions]) => ({ key: place.slice(bucket.length + 1), versions }))
    .sort((a, b) => compareUtf8(a.key, b.key))
    .flatMap(({ key, versions }) => versions.map((version, index) => ({ key, version, isLatest: index === 0 })));

function entryXml({ key, version, isLatest }: Entry, encode: (text: string) => string): string {
  const name = version.object ? 'Version' : 'DeleteMarker';
  return (
    `<${name}><Key>${encode(key)}</Key><VersionId>${version.versionId}</VersionId><IsLatest>${isLatest}</IsLatest>` +
    `<LastModified>${new Date(version.at).toISOString()}</LastModified>` +
    `${version.object ? `<Size>${version.object.body.length}</Size>` : ''}</${name}>`
  );
}
