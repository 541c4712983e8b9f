import type { Refusal } from '../../core/findings/finding.js';
import type { TrailArn } from '../../core/objects/trail-arn.js';
import { ServiceError } from '../../ports/service-error.js';
import type { TrailDirectory } from '../../ports/trail-directory.js';
import type { Source } from '../listing/discover-folders.js';
import type { KnownTrail } from './expected-chains.js';

/** A trail, and where it delivers to. */
export interface FoundTrail {
  readonly trail: KnownTrail;
  readonly source: Source;
  /** What its logs are encrypted with, where that is a KMS key. */
  readonly kmsKeyArn?: string;
}

/**
 * Asks AWS about a trail in its home region; undefined when there is no such trail (any more). Who may not look into the
 * organization still learns where its trail delivers to. Throws what {@link TrailDirectory} throws.
 */
export async function findTrail(arn: TrailArn, directory: TrailDirectory): Promise<FoundTrail | undefined> {
  const { homeRegion, accountId } = arn;
  const found = (await directory.describeTrails(homeRegion)).find((trail) => trail.arn === arn.text);
  if (!found) return undefined;
  const { bucket, prefix, isMultiRegion, isOrganization, kmsKeyArn } = found;
  const key = kmsKeyArn === undefined ? {} : { kmsKeyArn };
  const regions = isMultiRegion ? { regions: await directory.regionsOf(homeRegion) } : {};
  const root = `${prefix === undefined ? '' : `${prefix}/`}AWSLogs/`;
  if (!isOrganization)
    return { trail: { arn, isMultiRegion, ...regions }, source: { bucket, prefix: `${root}${accountId}/` }, ...key };
  const [id, accounts] = await Promise.all([
    orRefused(() => directory.describeOrganization(homeRegion)),
    orRefused(() => directory.listAccounts(homeRegion)),
  ]);
  const members = 'answer' in accounts ? ({ status: 'found', accounts: accounts.answer } as const) : accounts;
  return {
    trail: { arn, isMultiRegion, ...regions, members },
    source: { bucket, prefix: 'answer' in id ? `${root}${id.answer}/` : root },
    ...key,
  };
}

async function orRefused<T>(
  ask: () => Promise<T>,
): Promise<{ readonly answer: T } | { readonly status: 'unavailable'; readonly refusal: Refusal }> {
  try {
    return { answer: await ask() };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { status: 'unavailable', refusal: error.refusal };
  }
}
