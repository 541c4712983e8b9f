import { type ChainId, chainOf } from '../objects/chain-id.js';
import {
  isAccountId,
  isRegionName,
  parseAccountFolder,
  parseDigestKey,
  parseLogKey,
} from '../objects/cloudtrail-key.js';
import { HOUR, type Interval, MINUTE } from '../time/instant.js';
import type { Finding, Subject } from './finding.js';

/** Whose finding it is, as far as can be told. */
export interface Whereabouts {
  readonly accountId?: string;
  readonly region?: string;
  readonly trailName?: string;
}

/** The time in the name of a log is rounded up to five minutes. */
const LOG_ROUNDING = 5 * MINUTE;

/** The chain that the subject of a finding names: the chain itself, or that of a digest by its key. */
export function chainOfSubject(subject: Subject): ChainId | undefined {
  if (subject.type === 'chain') return subject.chain;
  const key = subject.type === 'digest' ? parseDigestKey(subject.key) : undefined;
  return key && chainOf(key);
}

/** Account, region and trail of a finding, from its subject alone: nothing of it is proven. */
export function whereaboutsOf(found: Finding): Whereabouts {
  const chain = chainOfSubject(found.subject);
  if (chain) return chain;
  if (found.code === 'expected-digests-missing') {
    const { accountId = '', region = '' } = found.args;
    return { ...(isAccountId(accountId) && { accountId }), ...(isRegionName(region) && { region }) };
  }
  const { subject } = found;
  if (!('key' in subject)) return {};
  const log = parseLogKey(subject.key);
  if (log) return { accountId: log.accountId, region: log.region };
  const folder = parseAccountFolder(subject.key);
  if (!folder) return {};
  const { accountId, below } = folder;
  const [, region] = /^CloudTrail-Digest\/([a-z0-9-]+)\//.exec(below) ?? [];
  return { accountId, ...(region !== undefined && { region }) };
}

/**
 * The time that a finding is about: the interval that it names; otherwise of a digest the hour before the time in its
 * name, and of a log the five minutes before. Undefined where there is none.
 */
export function timeOf({ code, subject, args }: Finding): Interval | undefined {
  const { start, end }: Readonly<Record<string, unknown>> = { ...args };
  // An interval that is invalid is no time of anything.
  if (code !== 'digest-interval-invalid' && typeof start === 'number' && typeof end === 'number')
    return { start: Math.min(start, end), end: Math.max(start, end) };
  if (subject.type === 'digest') return before(parseDigestKey(subject.key)?.endTime, HOUR);
  return subject.type === 'log' ? before(parseLogKey(subject.key)?.time, LOG_ROUNDING) : undefined;
}

const before = (end: number | undefined, length: number): Interval | undefined =>
  end === undefined ? undefined : { start: end - length, end };
