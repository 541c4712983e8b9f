import { UsageError } from '../compose/errors/usage-error.js';
import { toTrailArn } from '../compose/source/parse-source.js';
import { toRelocation } from '../compose/source/relocate.js';
import { isAccountId, isRegionName } from '../core/objects/cloudtrail-key.js';
import type { RunRequest } from '../core/report/request.js';
import type { Instant } from '../core/time/instant.js';
import { toDuration, toInstant } from './parse-time.js';
import type { Form } from './setting-table.js';
import { ASKED_NAMES, type AskedName, type SettingValue, type SettledSettings, setting } from './settings.js';

/** What a run is asked, from the settings of a source. @throws {UsageError} where one is not in its form, or contradicts another */
export function toRunRequest(settled: SettledSettings, now: Instant): RunRequest {
  const asked = ASKED_NAMES.flatMap((name) => {
    const value = settled.values[name];
    const isAsked = value !== undefined && !(value === false && setting(name).isOff);
    return isAsked ? [[name, readValue(name, value, settled, now)] as const] : [];
  });
  const request: RunRequest = Object.fromEntries(asked);
  refuseContradictions(request, settled);
  return request;
}

function readValue(name: AskedName, value: SettingValue, { nameOf }: SettledSettings, now: Instant): unknown {
  const read = READERS[setting(name).form ?? 'text'];
  if (!read) return value;
  if (typeof value === 'string') return read(nameOf(name), value, now);
  return Array.isArray(value) ? [...new Set(value)].map((text) => read(nameOf(name), text, now)) : value;
}

/** What a text is as a value. `name`: what a message calls it. */
type Reader = (name: string, text: string, now: Instant) => unknown;

/** A text that stays as it is where it fits. */
const checked =
  (isFit: (text: string) => boolean, complaint: string): Reader =>
  (name, text) => {
    if (isFit(text)) return text;
    throw new UsageError(`${name} ${text}: ${complaint}`);
  };

/** As {@link checked}, where reading it throws if it does not fit. */
const readable =
  (read: (name: string, text: string) => unknown): Reader =>
  (name, text) => {
    read(name, text);
    return text;
  };

const READERS: { readonly [F in Form]?: Reader } = {
  text: checked((text) => text !== '', 'empty'),
  time: toInstant,
  length: toDuration,
  account: checked(isAccountId, 'an account id has 12 digits'),
  region: checked(isRegionName, 'no region has such a name; write it like us-east-1'),
  trailArn: readable(toTrailArn),
  relocation: readable(toRelocation),
};

/** @throws {UsageError} for a time that ends before it begins, and for what is expected and left out by a filter */
function refuseContradictions(request: RunRequest, { nameOf }: SettledSettings): void {
  const { from, to, accounts, regions, expectAccounts, expectRegions } = request;
  if (from !== undefined && to !== undefined && from >= to)
    throw new UsageError(`${nameOf('from')} must lie before ${nameOf('to')}`);
  const pairs = [
    ['expectAccounts', expectAccounts, 'accounts', accounts],
    ['expectRegions', expectRegions, 'regions', regions],
  ] as const;
  for (const [expected, values = [], filter, chosen] of pairs) {
    const leftOut = chosen && values.find((value) => !chosen.includes(value));
    if (leftOut !== undefined) throw new UsageError(`${nameOf(expected)} ${leftOut}: ${nameOf(filter)} leaves it out`);
  }
}
