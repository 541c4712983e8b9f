import { readFile, stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { SummaryEvent } from '../../app/run/summarise-run.js';
import { readSchema } from '../../compose/config-document.js';
import { UsageError } from '../../compose/errors/usage-error.js';
import {
  type DetailLine,
  eventsOfReport,
  fromDetailLine,
  fromReportHead,
  type ReportHead,
  summaryOf,
} from '../../core/report/read-report.js';
import {
  REPORT_FORMAT,
  type Report,
  type ReportHeader,
  type ReportSummary,
  RunAccount,
} from '../../core/report/report.js';
import { ReportTimeError } from '../../core/report/reported-finding.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import { linesOf } from './lines.js';

const NAME_A_REPORT = 'Name a report of trailproof verify, written with --format json or ndjson.';

/** A report is read as a whole, unlike a detail file. */
const MAX_REPORT = 256 * 1024 * 1024;

/** A run that was told to a file. */
export interface SavedRun {
  readonly header: ReportHeader;
  /** Whether every digest, log and file is told, as it was while the run went on; otherwise only findings and sums are. */
  readonly isDetailed: boolean;
  /** Throws {@link UsageError} where the file is not as it was written, or its events do not add up to what it says at its end. */
  readonly events: AsyncGenerator<VerifyEvent | SummaryEvent>;
}

/**
 * Opens a JSON report or a detail file in JSON lines, which is read as its events are taken.
 * @throws {UsageError} when the file is neither, or cannot be read
 */
export async function openSavedRun(path: string): Promise<SavedRun> {
  loading ??= loadSchemas();
  const schemas = await loading;
  const lines = linesOf(path);
  const first = await lines.next().catch((error: unknown) => refuseUnread(path, error));
  const line = first.done ? undefined : toJson(first.value);
  if (typeOf(line) === 'run') {
    const head = checked<ReportHead>(line, schemas.line('run'), `${path}, line 1`);
    const header = inTime(() => fromReportHead(head), path);
    return { header, isDetailed: true, events: agreeing(path, eventsOfDetail(path, lines, schemas)) };
  }
  await lines.return(undefined);
  if ((await stat(path)).size > MAX_REPORT)
    throw new UsageError(`${path} is no detail file, and too large for a report: ${MAX_REPORT} bytes are read at most`);
  const report = checked<Report>(toJson(await readFile(path, 'utf8')), schemas.report(), path);
  const header = inTime(() => fromReportHead(report), path);
  return { header, isDetailed: false, events: agreeing(path, eventsOfWhole(report, path)) };
}

/** The events, whose summary is what they add up to: a file of which something was lost or changed would tell a run that never was. */
async function* agreeing(
  path: string,
  events: AsyncIterable<VerifyEvent | SummaryEvent>,
): AsyncGenerator<VerifyEvent | SummaryEvent> {
  const account = new RunAccount();
  for await (const event of events) {
    if (event.type !== 'summary') account.add(event);
    else if (!isDeepStrictEqual(comparable(event.summary), comparable(account.summarise([]))))
      throw new UsageError(`${path} contradicts itself: what it lists does not add up to what it says at its end`);
    yield event;
  }
}

/** A report does not name the files of query results that are verified. */
function comparable({ outcome, totals, warnings, accepted }: ReportSummary): object {
  const { queryResults: _, ...counted } = totals;
  return { outcome, warnings, accepted, ...counted };
}

async function* eventsOfWhole(report: Report, path: string): AsyncGenerator<VerifyEvent | SummaryEvent> {
  const events = eventsOfReport(report);
  for (let next = inTime(() => events.next(), path); !next.done; next = inTime(() => events.next(), path))
    yield next.value;
  yield { type: 'summary', summary: summaryOf(report) };
}

async function* eventsOfDetail(
  path: string,
  lines: AsyncIterable<string>,
  schemas: Schemas,
): AsyncGenerator<VerifyEvent | SummaryEvent> {
  let summary: ReportSummary | undefined;
  let number = 1;
  for await (const text of lines) {
    number += 1;
    const where = `${path}, line ${number}`;
    if (summary) throw new UsageError(`${where}: there is more after the end`);
    const line = toJson(text);
    const type = typeOf(line);
    const schema = type === 'run' ? undefined : schemas.line(type);
    if (type === 'summary') {
      const { outcome, totals, warnings, accepted, interrupted, keysUsed } = checked<ReportSummary>(
        line,
        schema,
        where,
      );
      const sometimes = { ...(accepted !== undefined && { accepted }), ...(interrupted && { interrupted }) };
      summary = { outcome, totals, warnings, ...sometimes, keysUsed };
    } else {
      const detail = checked<DetailLine>(line, schema, where);
      yield inTime(() => fromDetailLine(detail), where);
    }
  }
  if (!summary) throw new UsageError(`${path} has no end: the run that wrote it was cut off`);
  yield { type: 'summary', summary };
}

interface Schemas {
  readonly report: () => ValidateFunction;
  /** Of a line of that type; undefined when there are no such lines. */
  readonly line: (type: unknown) => ValidateFunction | undefined;
}

let loading: Promise<Schemas> | undefined;

/** The published schemas, each compiled once, when it is first asked for: that takes longer than to read a short report. */
async function loadSchemas(): Promise<Schemas> {
  const [{ Ajv2020 }, report, detail] = await Promise.all([
    import('ajv/dist/2020.js'),
    readSchema('report') as Promise<Schema>,
    readSchema('detail') as Promise<Schema>,
  ]);
  // They are our own, and tested.
  const ajv = new Ajv2020({ strictTypes: false, validateSchema: false, inlineRefs: false, code: { optimize: false } });
  ajv.addSchema(report);
  const lines = new Map<unknown, ValidateFunction>();
  return {
    report: () => ajv.getSchema(report.$id) ?? ajv.compile(report),
    line: (type) => {
      const schema = detail.oneOf.find(({ properties }) => properties.type.const === type);
      const known = lines.get(type);
      if (known || !schema) return known;
      const validate = ajv.compile(schema);
      lines.set(type, validate);
      return validate;
    },
  };
}

interface Schema {
  readonly $id: string;
  readonly oneOf: readonly { readonly properties: { readonly type: { readonly const: string } } }[];
}

function refuseUnread(path: string, error: unknown): never {
  const isUnread = error instanceof Error && 'syscall' in error;
  throw isUnread ? new UsageError(`cannot read ${path}: ${error.message}\n${NAME_A_REPORT}`) : error;
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const typeOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;

/** The value, whose shape the schema has confirmed. */
function checked<T>(value: unknown, schema: ValidateFunction | undefined, where: string): T {
  if (schema?.(value)) return value as T;
  const [fault] = schema?.errors ?? [];
  throw new UsageError(`${where}: ${reasonOf(value, fault)}\n${NAME_A_REPORT}`);
}

function reasonOf(value: unknown, fault: ErrorObject | undefined): string {
  if (value === undefined) return 'this is not JSON';
  if (!fault) return 'this is no line of a detail file';
  return `this is no ${REPORT_FORMAT} of this release (${fault.instancePath || 'the whole'} ${fault.message})`;
}

/** Takes a time that is none for what it is, a fault of the file. */
function inTime<T>(read: () => T, where: string): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ReportTimeError ? new UsageError(`${where}: ${error.message}`) : error;
  }
}
