import type { KnownTrail } from '../../app/expected/expected-chains.js';
import { findTrail } from '../../app/expected/find-trail.js';
import { toS3Uri } from '../../core/objects/object-ref.js';
import type { TrailArn } from '../../core/objects/trail-arn.js';
import type { TrailDirectory } from '../../ports/trail-directory.js';
import { UsageError } from '../errors/usage-error.js';
import { parseSource, type SourceArgument } from './parse-source.js';

/** What a run looks at. */
export interface Target {
  readonly argument: SourceArgument;
  /** For the report: a directory or an S3 URI. */
  readonly name: string;
  /** Whether CloudTrail delivers there, and it is no copy. */
  readonly isLive: boolean;
  readonly trail?: KnownTrail;
  readonly trailDirectory?: TrailDirectory;
}

/**
 * Finds out what to look at from a source, the ARN of a trail, or both. AWS is asked about the trail unless the source is
 * a folder: a copy is told by its files alone.
 * @throws {UsageError} when there is neither, or no such trail; and what the directory throws
 */
export async function findTarget(
  source: string | undefined,
  arn: TrailArn | undefined,
  openDirectory: () => Promise<TrailDirectory>,
): Promise<Target> {
  const given = source === undefined ? undefined : toTarget(parseSource(source), source);
  if (!arn) {
    if (given) return given;
    throw new UsageError(
      'name what to verify: a folder that holds AWSLogs or saved query results, s3://BUCKET, or the ARN of a trail',
    );
  }
  // A trail that is not there any more may still be the one whose digests are asked for.
  const unknown = { arn, isMultiRegion: false };
  if (given?.argument.type === 'local') return { ...given, trail: unknown };
  const trailDirectory = await openDirectory();
  const found = await findTrail(arn, trailDirectory);
  if (given) return { ...given, trail: found?.trail ?? unknown, trailDirectory };
  if (!found)
    throw new UsageError(
      `${arn.text}: ${arn.homeRegion} knows no such trail\nCheck the ARN, or name its bucket as well.`,
    );
  const { bucket, prefix: key } = found.source;
  return { ...toTarget({ type: 's3', bucket, key }, toS3Uri({ bucket, key })), trail: found.trail, trailDirectory };
}

const toTarget = (argument: SourceArgument, name: string): Target => ({
  argument,
  name,
  isLive: argument.type === 's3',
});
