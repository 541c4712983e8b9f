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
  if (!/^s3:/i.test(text)) return { type: 'local', path: text };
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
