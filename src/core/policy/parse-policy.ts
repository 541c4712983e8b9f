import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { type Effect, FINDING_CODES, type FindingCode } from '../findings/finding.js';
import { DAY, HOUR, type Instant, type Interval, MINUTE, parseInstant } from '../time/instant.js';

/** What a policy makes of a finding code, in the words of its file. */
export type RuleEffect = 'fail' | 'undetermined' | 'warn' | 'accept';

/** An exception as it is written. It needs a code, and at least one of the fields that say to what it applies. */
export interface ExceptionDefinition {
  readonly codes: readonly FindingCode[];
  readonly account?: string;
  readonly region?: string;
  readonly trail?: string;
  /** Of the object or folder that the finding is about. */
  readonly bucket?: string;
  /** Its whole key. */
  readonly key?: string;
  /** What its key begins with. */
  readonly prefix?: string;
  /** ISO 8601 with a zone, to the minute or second; both or none. `to` does not belong to the interval. */
  readonly from?: string;
  readonly to?: string;
  readonly reason: string;
  readonly ticket?: string;
  /** Until when it applies: an instant, or a day (UTC) that is the last on which it does. */
  readonly until: string;
}

/** A policy as it is written: `trailproof/policy.schema.json`. */
export interface PolicyDefinition {
  readonly rules?: { readonly [C in FindingCode]?: RuleEffect };
  readonly exceptions?: readonly ExceptionDefinition[];
}

/** An exception that can be applied. */
export interface PolicyException extends Omit<ExceptionDefinition, 'from' | 'to' | 'until'> {
  /** Where it stands among the exceptions, from 0. */
  readonly index: number;
  readonly time?: Interval;
  /** It applies before then. */
  readonly until: Instant;
}

/** What a report says of the policy of its run. */
export interface PolicySummary {
  /** Of the policy as JSON without spaces and with the names of fields in order, so that the same policy has the same. */
  readonly sha256: string;
  readonly rules: { readonly [C in FindingCode]?: RuleEffect };
  /** How many there are. */
  readonly exceptions: number;
}

/** What findings do to the outcome, and what is accepted of them. */
export interface FindingPolicy {
  readonly rules: ReadonlyMap<FindingCode, Effect>;
  /** By code, in the order in which they are written. */
  readonly exceptions: ReadonlyMap<FindingCode, readonly PolicyException[]>;
  readonly summary: PolicySummary;
}

/** Something that a policy must not say, and where. */
export interface PolicyFault {
  readonly at: readonly (string | number)[];
  readonly message: string;
}

/** Findings that say that nothing, or not all of what was asked for, was looked at. A policy can make them worse, never better. */
export const NEVER_ACCEPTED: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'nothing-found',
  'selection-not-found',
  'folder-search-incomplete',
  'source-unavailable',
  'run-interrupted',
]);

/** The words of a policy as effects. */
export const RULE_EFFECTS: { readonly [E in RuleEffect]: Effect } = {
  fail: 'failed',
  undetermined: 'undetermined',
  warn: 'warning',
  accept: 'accepted',
};
const BOUNDS = ['account', 'region', 'trail', 'bucket', 'key', 'prefix', 'from'] as const;
const WRITTEN = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?(?:Z|([+-])(\d{2}):(\d{2}))$/;
const WRITE_INSTANT = 'not a time; write it like 2026-03-01T05:00Z';

/** Makes a policy of one whose shape is that of its schema. Answers with every fault there is besides. */
export function parsePolicy(
  definition: PolicyDefinition,
): { readonly policy: FindingPolicy } | { readonly faults: readonly PolicyFault[] } {
  const { rules = {}, exceptions = [] } = definition;
  const faults: PolicyFault[] = [];
  const effects = new Map<FindingCode, Effect>();
  for (const code of FINDING_CODES) {
    const rule = rules[code];
    if (rule === undefined) continue;
    effects.set(code, RULE_EFFECTS[rule]);
    if (NEVER_ACCEPTED.has(code) && (rule === 'warn' || rule === 'accept'))
      faults.push({
        at: ['rules', code],
        message: 'where nothing was looked at, nothing is verified: fail or undetermined',
      });
  }
  const byCode = new Map<FindingCode, PolicyException[]>();
  for (const [index, written] of exceptions.entries()) {
    const parsed = parseException(written, index, faults);
    for (const code of parsed ? written.codes : [])
      byCode.set(code, [...(byCode.get(code) ?? []), ...(parsed ? [parsed] : [])]);
  }
  if (faults.length > 0) return { faults };
  const hash = bytesToHex(sha256(utf8ToBytes(JSON.stringify(inOrder(definition)))));
  return {
    policy: { rules: effects, exceptions: byCode, summary: { sha256: hash, rules, exceptions: exceptions.length } },
  };
}

/** Undefined when there is a fault, which is then among the faults. */
function parseException(
  { from, to, until, ...written }: ExceptionDefinition,
  index: number,
  faults: PolicyFault[],
): PolicyException | undefined {
  const known = faults.length;
  const blame = (field: string | number | undefined, message: string) =>
    faults.push({ at: ['exceptions', index, ...(field === undefined ? [] : [field])], message });
  const forbidden = written.codes.find((code) => NEVER_ACCEPTED.has(code));
  if (forbidden !== undefined)
    blame('codes', `${forbidden} cannot be accepted: where nothing was looked at, nothing is verified`);
  if (written.codes.length === 0) blame('codes', 'name at least one code');
  if (!BOUNDS.some((name) => (name === 'from' ? from : written[name]) !== undefined))
    blame(undefined, `it would apply to everything; say to what: ${BOUNDS.join(', ')}`);
  const reason = inOneLine(written.reason);
  if (reason === '') blame('reason', 'say why');
  const time = toInterval(from, to, blame);
  const end = parseUntil(until);
  if (end === undefined) blame('until', 'not a time; write it like 2026-12-31 or 2026-12-31T09:00Z');
  if (end === undefined || faults.length > known) return undefined;
  return { ...written, reason, index, ...(time && { time }), until: end };
}

function toInterval(
  from: string | undefined,
  to: string | undefined,
  blame: (field: string | undefined, message: string) => void,
): Interval | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined) {
    blame(undefined, `${from === undefined ? 'from' : 'to'} is missing: an interval has two ends`);
    return undefined;
  }
  const [start, end] = [parseWritten(from), parseWritten(to)];
  if (start === undefined) blame('from', WRITE_INSTANT);
  if (end === undefined) blame('to', WRITE_INSTANT);
  if (start === undefined || end === undefined) return undefined;
  if (start >= end) blame('to', 'it must lie after from');
  return { start, end };
}

/** The end of the day where it is only a day. */
function parseUntil(text: string): Instant | undefined {
  const day = parseInstant(`${text}T00:00:00Z`);
  return day === undefined ? parseWritten(text) : day + DAY;
}

function parseWritten(text: string): Instant | undefined {
  const [whole, day, minute, second = ':00', sign, hours, minutes] = WRITTEN.exec(text) ?? [];
  const local = whole === undefined ? undefined : parseInstant(`${day}T${minute}${second}Z`);
  if (local === undefined || sign === undefined) return local;
  const offset = Number(hours) * HOUR + Number(minutes) * MINUTE;
  if (offset >= DAY) return undefined;
  return sign === '-' ? local + offset : local - offset;
}

/** A text that YAML may have folded over several lines. */
const inOneLine = (text: string): string => text.trim().replace(/\s+/g, ' ');

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, inOrder(item)]));
}
