import type { Arguments } from '../findings/codes/arguments.js';
import { definitionOf, type ReportedArguments } from '../findings/codes/codes.js';
import {
  type Acceptance,
  type Effect,
  effectOf,
  FINDING_EFFECTS,
  type Finding,
  type FindingCode,
  type FindingKind,
  kindOf,
} from '../findings/finding.js';
import { formatInstant, type Instant, parseInstant } from '../time/instant.js';

export type { ReportedArguments };

/** A finding as it stands in a report: times as ISO 8601 text, with its kind and effect. The code tells the type of `args`. */
export type ReportedFinding = { [C in FindingCode]: ReportedFindingOf<C> }[FindingCode];

/** A reported finding of one code. */
export interface ReportedFindingOf<C extends FindingCode> {
  readonly code: C;
  readonly kind: FindingKind;
  readonly effect: Effect;
  readonly subject: Finding['subject'];
  readonly args: ReportedArguments[C];
  /** Why it is accepted, where an exception of the policy says so. */
  readonly accepted?: Omit<Acceptance, 'until'> & { readonly until: string };
}

/** The schema knows the form of a time, but not how many days a month has. */
export class ReportTimeError extends Error {
  override readonly name = 'ReportTimeError';
}

/** A finding as plain data. */
export function toReportedFinding(finding: Finding): ReportedFinding {
  const { code, subject, args, accepted } = finding;
  return {
    code,
    kind: kindOf(code),
    effect: effectOf(finding),
    subject,
    args: mapArguments(code, args, (value, { write }) => (write ? write(value) : value)),
    ...(accepted && { accepted: { ...accepted, until: formatInstant(accepted.until) } }),
  } as ReportedFinding;
}

/** Turns a finding of a report back into what it was. @throws {ReportTimeError} */
export function fromReportedFinding({ code, effect, subject, args, accepted }: ReportedFinding): Finding {
  return {
    code,
    subject,
    args: mapArguments(code, args, (value, { read }) => (read ? known(value, read(value)) : value)),
    ...(effect !== FINDING_EFFECTS[code] && { effect }),
    ...(accepted && { accepted: { ...accepted, until: toTime(accepted.until) } }),
  } as Finding;
}

/** @throws {ReportTimeError} */
export const toTime = (text: string): Instant => known(text, parseInstant(text));

function known<T>(reported: unknown, value: T | undefined): T {
  if (value === undefined)
    throw new ReportTimeError(`${typeof reported === 'string' ? reported : JSON.stringify(reported)} is not a time`);
  return value;
}

function mapArguments(
  code: FindingCode,
  args: object,
  change: (value: unknown, argument: Arguments[string]) => unknown,
): object {
  const { args: defined } = definitionOf(code);
  const entries = Object.entries(args).map(([name, value]: [string, unknown]) => {
    const argument = defined[name];
    return [name, argument ? change(value, argument) : value];
  });
  return Object.fromEntries(entries);
}
