import type { ObjectRef } from '../../objects/object-ref.js';
import { formatInstant, type Instant, type Interval, parseInstant } from '../../time/instant.js';

/** A JSON Schema, or a part of one. References are to definitions of `report.schema.json`. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** An argument of findings: its type in the program and in a report, and its schema. */
export interface Argument<Value, Reported = Value> {
  readonly schema: JsonSchema;
  readonly isOptional: boolean;
  /** How it is written in a report; absent where it stays as it is. */
  write?(value: Value): Reported;
  /** Turns it back; undefined where it has the right form and is no value, like the 30th of February. */
  read?(reported: Reported): Value | undefined;
}

/** An argument that a finding may lack. */
export interface Optional<Value, Reported = Value> extends Argument<Value, Reported> {
  readonly isOptional: true;
}

/** The arguments of a finding, by name. */
export interface Arguments {
  readonly [name: string]: Argument<unknown, unknown>;
}

/** Stands for the union of all codes, which the tables that make it up cannot name. */
export interface AnyCode {
  readonly isCode: true;
}

type ReportedInterval = { readonly [N in keyof Interval]: string };

const argument = <Value>(schema: JsonSchema): Argument<Value> => ({ schema, isOptional: false });

/** From outside: escape before showing. At most 1,024 UTF-16 units; a longer one ends in an ellipsis and how many were left out. */
export const text = argument<string>({ type: 'string' });
export const texts = argument<readonly string[]>({ type: 'array', items: { type: 'string' } });
export const flag = argument<boolean>({ type: 'boolean' });
export const count = argument<number>({ $ref: '#/$defs/count' });
export const place = argument<ObjectRef>({ $ref: '#/$defs/place' });
export const code = argument<AnyCode>({ $ref: '#/$defs/code' });

/** In milliseconds since 1970; in a report, ISO 8601 in UTC. */
export const time: Argument<Instant, string> = {
  schema: { $ref: '#/$defs/time' },
  isOptional: false,
  write: formatInstant,
  read: parseInstant,
};

export const interval: Argument<Interval, ReportedInterval> = {
  schema: { $ref: '#/$defs/interval' },
  isOptional: false,
  write: ({ start, end }) => ({ start: formatInstant(start), end: formatInstant(end) }),
  read(reported) {
    const [start, end] = [parseInstant(reported.start), parseInstant(reported.end)];
    return start === undefined || end === undefined ? undefined : { start, end };
  },
};

export const oneOf = <const Values extends readonly string[]>(...values: Values): Argument<Values[number]> =>
  argument({ enum: values });

export const someOf = <const Values extends readonly string[]>(
  ...values: Values
): Argument<readonly Values[number][]> => argument({ type: 'array', items: { enum: values } });

export const optional = <Value, Reported>(given: Argument<Value, Reported>): Optional<Value, Reported> => ({
  ...given,
  isOptional: true,
});

/** The argument with a description in the schema. */
export const about = <Value, Reported>(
  given: Argument<Value, Reported>,
  description: string,
): Argument<Value, Reported> => ({ ...given, schema: { description, ...given.schema } });

export const hash = about(text, 'A SHA-256 hash, in lower-case hexadecimal digits.');
export const fingerprint = about(text, 'The MD5 of a public key, in lower-case hexadecimal digits.');

/** Why a service or a file system refused or failed, in its own words. */
export const refusal = {
  errorCode: about(text, 'Of the service, like `AccessDenied`, or of the system, like `EACCES`.'),
  message: text,
};
export const mismatch = { expected: text, actual: text };
export const hashMismatch = { expected: hash, actual: hash };
export const times = { start: time, end: time };
/** The longest text that is read: in bytes of the object as stored, or as inflated. */
export const sizeLimit = { measure: oneOf('stored', 'inflated'), limit: count };
/** A document may also be too large by the number of its JSON values. */
export const documentLimit = {
  measure: about(
    oneOf('stored', 'inflated', 'values'),
    'The limit is in bytes of the object as stored, or inflated, or in JSON values.',
  ),
  limit: count,
};
export const faultLimit = { limit: count, count: about(count, 'Faults beyond the limit: so many or more.') };
/** `field`: for example `logFiles[3].hashValue`. */
export const inField = { field: text };
/** `actual`: of what could be inflated; absent when nothing sensible could. */
export const logContent = { expected: hash, actual: optional(hash) };
/** Who made a call, and from where. */
export const actor = {
  identityType: optional(text),
  identityArn: optional(text),
  principalId: optional(text),
  sourceIpAddress: optional(text),
  userAgent: optional(text),
};
/** The event of a verified log. */
export const event = { eventId: text, eventName: text, eventTime: time };
export const log = about(place, 'The verified log that holds the event.');
export const keyFault = oneOf('unreadable', 'too-short', 'fingerprint-mismatch');
export const linkPart = oneOf('hash', 'signature');
