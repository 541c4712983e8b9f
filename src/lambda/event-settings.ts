import { UsageError } from '../compose/errors/usage-error.js';
import { toInstant } from '../config/parse-time.js';
import type { Configuration } from '../config/precedence.js';
import type { SettingName, Settings, SettledSettings } from '../config/settings.js';
import { isRecord } from '../core/encoding/strict-json.js';
import type { Instant } from '../core/time/instant.js';

const TIMES = ['from', 'to'] as const;
const LISTS = ['accounts', 'regions', 'trails'] as const;
/** All that an event may set. Sources, keys, policies, outputs and endpoints are those of the function, whoever may invoke it. */
const NARROWING: readonly SettingName[] = [...TIMES, ...LISTS];
/** What EventBridge writes around the detail. */
const ENVELOPE: readonly string[] = [
  'version',
  'id',
  'detail-type',
  'source',
  'account',
  'time',
  'region',
  'resources',
  'replay-name',
  'detail',
];

/**
 * The configuration of the function, narrowed by the detail of an event: a part of its time, some of its accounts, regions and trails.
 * @throws {UsageError} for anything else in the event, and for what would widen the run: it was meant, and must not get lost
 * without a word
 */
export function narrow({ run, sources, ...rest }: Configuration, event: unknown, now: Instant): Configuration {
  const asked = settingsOf(event);
  const narrowed = (settled: SettledSettings): SettledSettings => {
    for (const name of TIMES) refuseOutside(settled, name, asked[name], now);
    for (const name of LISTS) refuseFurther(settled, name, asked[name]);
    return {
      values: { ...settled.values, ...asked },
      nameOf: (name) => (asked[name] === undefined ? settled.nameOf(name) : `detail.${name}`),
    };
  };
  return { ...rest, run: narrowed(run), sources: sources.map(narrowed) };
}

function settingsOf(event: unknown): Settings {
  if (!isRecord(event)) throw new UsageError('the event is no object; write it like {"detail": {"from": "-24h"}}');
  const strange = Object.keys(event).find((name) => !ENVELOPE.includes(name));
  if (strange !== undefined) throw new UsageError(`${strange} in the event: what narrows a run stands in its detail`);
  const { detail = {} } = event;
  if (!isRecord(detail)) throw new UsageError('detail: not an object');
  return Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, toValue(name, value)]));
}

function toValue(name: string, value: unknown): string | readonly string[] {
  if (TIMES.some((known) => known === name)) {
    if (isText(value)) return value;
    throw new UsageError(`detail.${name}: not a text`);
  }
  if (!LISTS.some((known) => known === name))
    throw new UsageError(
      `detail.${name}: an event cannot set this; it may narrow a run by ${NARROWING.join(', ')}, and nothing else`,
    );
  if (isTexts(value)) return value;
  throw new UsageError(`detail.${name}: not a list of texts`);
}

/** An empty one is a value that failed to arrive. */
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every(isText);

function refuseOutside(
  { values, nameOf }: SettledSettings,
  name: (typeof TIMES)[number],
  text: string | undefined,
  now: Instant,
): void {
  const bound = values[name];
  if (text === undefined || bound === undefined) return;
  const [asked, allowed] = [toInstant(`detail.${name}`, text, now), toInstant(nameOf(name), bound, now)];
  if (name === 'from' ? asked < allowed : asked > allowed)
    throw new UsageError(
      `detail.${name} ${text} lies ${name === 'from' ? 'before' : 'after'} ${nameOf(name)} ${bound}: an event may only narrow a run`,
    );
}

function refuseFurther(
  { values, nameOf }: SettledSettings,
  name: (typeof LISTS)[number],
  asked: readonly string[] | undefined,
): void {
  const allowed = values[name];
  const further = allowed && asked?.find((value) => !allowed.includes(value));
  if (further !== undefined)
    throw new UsageError(
      `detail.${name} ${further}: ${nameOf(name)} leaves it out, and an event may only narrow a run`,
    );
}
