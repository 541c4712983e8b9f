import { isRecord } from '../encoding/strict-json.js';
import {
  type Acceptance,
  type Effect,
  effectOf,
  type Finding,
  type FindingArguments,
  type FindingCode,
} from '../findings/finding.js';
import { formatInstant, type Instant } from '../time/instant.js';

/** A finding as it stands in a report: times as ISO 8601 text, and with its effect. The code tells the type of `args`. */
export type ReportedFinding = { [C in FindingCode]: ReportedFindingOf<C> }[FindingCode];

/** A reported finding of one code. */
export interface ReportedFindingOf<C extends FindingCode> {
  readonly code: C;
  readonly effect: Effect;
  readonly subject: Finding['subject'];
  readonly args: ReportedArguments<FindingArguments[C]>;
  /** Why it is accepted, where an exception of the policy says so. */
  readonly accepted?: Omit<Acceptance, 'until'> & { readonly until: string };
}

/** Arguments of a finding with instants as text. */
export type ReportedArguments<A> = {
  readonly [N in keyof A]: N extends TimeName
    ? ReportedTime<A[N]>
    : A[N] extends readonly unknown[]
      ? A[N]
      : A[N] extends object
        ? ReportedArguments<A[N]>
        : A[N];
};

type ReportedTime<T> = T extends Instant ? string : T;

const TIME_NAMES = [
  'start',
  'end',
  'signedAt',
  'deliveredAt',
  'replacedAt',
  'stoppedAt',
  'since',
  'eventTime',
  'until',
  'verifyFrom',
  'verifyTo',
] as const;

type TimeName = (typeof TIME_NAMES)[number];

/** Names of arguments that are instants. */
export const TIMES: ReadonlySet<string> = new Set(TIME_NAMES);

/** A finding as plain data. */
export function toReportedFinding(finding: Finding): ReportedFinding {
  const { code, subject, args, accepted } = finding;
  return {
    code,
    effect: effectOf(finding),
    subject,
    args: withTextTimes(args),
    ...(accepted && { accepted: { ...accepted, until: formatInstant(accepted.until) } }),
  } as ReportedFinding;
}

function withTextTimes(args: object): Readonly<Record<string, unknown>> {
  const entries = Object.entries(args).map(([name, value]: [string, unknown]) => {
    if (TIMES.has(name) && typeof value === 'number') return [name, formatInstant(value)];
    return [name, isRecord(value) ? withTextTimes(value) : value];
  });
  return Object.fromEntries(entries);
}
