import { isS3Uri } from '../../core/objects/object-ref.js';
import { parseTrailArn, type TrailArn } from '../../core/objects/trail-arn.js';
import { UsageError } from '../errors/usage-error.js';

/** What is to be verified: a part of a bucket, or a folder. */
export type SourceArgument =
  | { readonly type: 's3'; readonly bucket: string; readonly key: string }
  | { readonly type: 'local'; readonly path: string };

/** Reads `s3://bucket[/prefix]` or the path of a file or folder. */
export function parseSource(text: string): SourceArgument {
  // An empty name is also what yargs makes of `-`.
  if (text === '')
    throw new UsageError(
      'the name of what is to be read is empty: write a path or s3://BUCKET; standard input is not read',
    );
  if (!isS3Uri(text)) return { type: 'local', path: text };
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/is.exec(text);
  if (!match?.[1]) throw new UsageError(`${text} is no S3 place: write s3://BUCKET or s3://BUCKET/PREFIX`);
  return { type: 's3', bucket: match[1], key: match[2] ?? '' };
}

/**
 * Reads the ARN of a trail.
 * @param name what a message calls the setting
 * @throws {UsageError}
 */
export function toTrailArn(name: string, text: string): TrailArn {
  const arn = parseTrailArn(text);
  if (!arn) throw new UsageError(`${name} ${text}: not the ARN of a trail; it ends like :trail/NAME`);
  return arn;
}

/** What to type in place of what was taken for the path of a folder and cannot be opened; undefined where that is not known. */
export function hintFor(text: string): string | undefined {
  if (parseTrailArn(text)) return `That is the ARN of a trail: write --trail-arn ${text}`;
  const bucketArn = /^arn:[a-z0-9-]+:s3:::([^/]+)(?:\/(.*?)\*?)?$/.exec(text);
  if (bucketArn) return `That is the ARN of a bucket: write ${s3Place(bucketArn[1], bucketArn[2])}`;
  if (text.startsWith('arn:'))
    return 'That is an ARN: write s3://BUCKET[/PREFIX], or --trail-arn with the ARN of a trail';
  if (/^https?:/i.test(text) && URL.canParse(text)) return `That is a URL: write ${placeOfUrl(new URL(text))}`;
  if (/\.(?:tar(?:\.\w+)?|tgz|tbz2?|txz|zip|7z|rar)$/i.test(text))
    return 'Archive files are not read: unpack it, and name the folder that it is unpacked to';
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text))
    return `Name a folder that holds AWSLogs; for the bucket of that name write s3://${text}`;
  return undefined;
}

const s3Place = (bucket = 'BUCKET', prefix = ''): string => `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;

/** Both forms of the addresses of S3, and that of its console. */
function placeOfUrl({ hostname, pathname, searchParams }: URL): string {
  const path = decoded(pathname).slice(1);
  const console = /^(?:[a-z0-9-]+\.)?console\.(?:aws\.|amazonaws)/.test(hostname) && /^s3\/buckets\/([^/]+)/.exec(path);
  if (console) return s3Place(console[1], searchParams.get('prefix') ?? '');
  const virtual = /^(.+?)\.s3(?:[.-][a-z0-9-]+)*\.(?:amazonaws|amazonaws\.com\.cn|amazonaws\.eu)/.exec(hostname);
  if (virtual) return s3Place(virtual[1], path);
  const [bucket, ...rest] = path.split('/');
  if (/^s3(?:[.-][a-z0-9-]+)*\.amazonaws\./.test(hostname)) return s3Place(bucket || undefined, rest.join('/'));
  return 's3://BUCKET[/PREFIX], with --endpoint-url for a store other than AWS';
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
