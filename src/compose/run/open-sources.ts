import { isDeepStrictEqual } from 'node:util';
import { AppliedPolicy, asFound, type JudgeFindings } from '../../app/policy/applied-policy.js';
import type { Extent } from '../../app/progress-listener.js';
import { type Finding, finding, type Refusal } from '../../core/findings/finding.js';
import type { ReportHeader, RequestedSelection } from '../../core/report/report.js';
import type { EndEvent, RunEvent, VerifyEvent } from '../../core/report/verify-events.js';
import type { Instant } from '../../core/time/instant.js';
import { CredentialsError, ListingError, StoreUnreachableError } from '../../ports/object-store.js';
import { ServiceError } from '../../ports/service-error.js';
import { UsageError } from '../errors/usage-error.js';
import { parseSource } from '../source/parse-source.js';
import { VERSION } from '../version.js';
import { type OpenedRun, openRun, type RunOptions, selectionOf } from './open-run.js';

/** A source of a run of several: opened, or the reason why it could not be reached. */
interface OpenedPart {
  /** What the report calls it: the trail that it is of, or else the place. */
  readonly label: string;
  readonly header: Pick<ReportHeader, 'request'> & Partial<Pick<ReportHeader, 'keySource'>>;
  readonly run: OpenedRun | Refusal;
  readonly judge: JudgeFindings;
}

/**
 * Opens a verification of one source or of several, which are verified one after the other and told as one report, in the
 * order given. A single one is opened as {@link openRun} does. Of several, one that cannot be reached, asked or listed does
 * not end the run: it is undetermined, by the finding `source-unavailable`, and what was told of it before stays told; the
 * keys that it was checked with are then not named. What is found of a run as a whole names the source it is about.
 * @throws {UsageError} when the options do not fit; and what opening a folder or the keys throws
 */
export async function openRuns(sources: readonly RunOptions[], now: Instant): Promise<OpenedRun> {
  const [only, ...more] = sources;
  if (only && more.length === 0) return openRun(only, now);
  if (sources.some(({ from, to }) => from !== only?.from || to !== only?.to))
    throw new UsageError('all sources of a run are verified for the same time');
  const places = sources.flatMap(({ checkpoint }) => checkpoint?.place ?? []);
  if (new Set(places).size < places.length) throw new UsageError('each source needs a checkpoint of its own');
  const parts: OpenedPart[] = [];
  const close = async () => {
    await Promise.all(parts.map(({ run }) => ('close' in run ? run.close() : undefined)));
  };
  try {
    const examined = sources.flatMap(({ source }) => source ?? []);
    for (const options of sources) parts.push(await openPart(options, now, examined));
    refuseRepeated(parts);
    await refuseCheckpointsInside(places, parts);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    header: mergeHeaders(parts, now),
    start: (extent) => verifyParts(parts, extent),
    remember: () => rememberAll(parts),
    close,
  };
}

async function rememberAll(parts: readonly OpenedPart[]): Promise<'written' | 'conflict' | 'nothing'> {
  const results = [];
  for (const { run } of parts) if ('remember' in run) results.push(await run.remember());
  return results.find((result) => result === 'conflict') ?? results.find((result) => result === 'written') ?? 'nothing';
}

async function openPart(options: RunOptions, now: Instant, examined: readonly string[]): Promise<OpenedPart> {
  const { source, trailArn, policy } = options;
  const judge = policy ? new AppliedPolicy(policy, now).judge : asFound;
  try {
    const run = await openRun(options, now, examined);
    return { label: trailArn ?? run.header.request.sources.join(', '), header: run.header, run, judge };
  } catch (error) {
    const refusal = toRefusal(error);
    const name = source ?? trailArn;
    if (!refusal || name === undefined) throw error;
    const selection = {
      auditUnreferenced: false,
      ...selectionOf(options),
      ...(trailArn !== undefined && { trailArn }),
    };
    const header = { request: { sources: [name], ...selection } };
    return { label: trailArn ?? name, header, run: refusal, judge };
  }
}

/** @throws {UsageError} when what is found could not be told apart, and files would count twice */
function refuseRepeated(parts: readonly OpenedPart[]): void {
  const labels = parts.map(({ label }) => label);
  const repeated = labels.find((label, index) => labels.indexOf(label) !== index);
  if (repeated !== undefined) throw new UsageError(`${repeated} is named as a source more than once`);
}

/** A checkpoint of one source must not lie in another either. @throws {UsageError} */
async function refuseCheckpointsInside(places: readonly string[], parts: readonly OpenedPart[]): Promise<void> {
  if (places.length === 0) return;
  const { refuseInside } = await import('../checkpoint/open-checkpoint.js');
  const sources = parts.flatMap(({ header }) => header.request.sources).map(parseSource);
  for (const place of places) for (const source of sources) await refuseInside(place, source);
}

/** What is asked of every source alike stands for the run, the rest for each source. */
function mergeHeaders(parts: readonly OpenedPart[], now: Instant): ReportHeader {
  const requests = parts.map(({ header }) => header.request);
  const [{ sources: _, ...first } = { sources: [] }] = requests;
  const common = Object.entries(first).filter(([name, value]) =>
    requests.every((request) => isDeepStrictEqual(Reflect.get(request, name), value)),
  );
  const names = new Set(common.map(([name]) => name));
  const bySource = requests.map(({ sources: [source = ''], ...request }) => {
    const own = Object.entries(request).filter(([name]) => !names.has(name));
    return { source, ...(Object.fromEntries(own) as RequestedSelection) };
  });
  return {
    tool: { name: 'trailproof', version: VERSION },
    checkedAt: now,
    request: {
      sources: requests.flatMap(({ sources }) => sources),
      ...(Object.fromEntries(common) as RequestedSelection),
      ...(bySource.some((each) => Object.keys(each).length > 1) && { bySource }),
    },
    keySource: [...new Set(parts.flatMap(({ header }) => header.keySource ?? []))].join(', ') || 'nowhere',
  };
}

async function* verifyParts(parts: readonly OpenedPart[], extent: Extent | undefined): AsyncGenerator<RunEvent> {
  const used = new Map<string, EndEvent['keysUsed'][number]>();
  const extents = extent && sumOf(extent, parts.length);
  for (const part of parts)
    for await (const event of verifyPart(part, extents?.())) {
      if (event.type !== 'end') yield event;
      else for (const key of event.keysUsed) used.set(`${key.region}/${key.fingerprint}`, key);
    }
  const keysUsed = [...used.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
  yield { type: 'end', keysUsed };
}

/** A part that cannot be verified to its end has no end. */
async function* verifyPart(
  { label: source, run, judge }: OpenedPart,
  extent: Extent | undefined,
): AsyncGenerator<RunEvent> {
  if (!('start' in run)) {
    yield unavailable(source, run, judge);
    return;
  }
  try {
    for await (const event of run.start(extent)) yield event.type === 'end' ? event : ofSource(event, source);
  } catch (error) {
    const refusal = toRefusal(error);
    if (!refusal) throw error;
    yield unavailable(source, refusal, judge);
  } finally {
    // Threads and connections of one source are not kept while the others are verified.
    await run.close();
  }
}

const unavailable = (source: string, refusal: Refusal, judge: JudgeFindings): VerifyEvent => ({
  type: 'findings',
  findings: judge([finding('source-unavailable', { type: 'run', source }, refusal)]),
});

/** The event in which a chain, and findings about the run, say of which source they are. */
function ofSource(event: VerifyEvent, source: string): VerifyEvent {
  if (event.type === 'chain') {
    const { chain, ...report } = event.report;
    return { type: 'chain', report: { chain, source, ...report } };
  }
  if (event.type !== 'findings' || !event.findings.some(({ subject }) => subject.type === 'run')) return event;
  const named = (found: Finding): Finding =>
    found.subject.type === 'run' ? { ...found, subject: { type: 'run', source } } : found;
  return { type: 'findings', findings: event.findings.map(named) };
}

/** Why a place or a service could not be used; undefined for wrong usage and for bugs. */
function toRefusal(error: unknown): Refusal | undefined {
  if (error instanceof ServiceError) return error.refusal;
  if (error instanceof ListingError) {
    const { reason, message } = error;
    return reason.status === 'not-found' ? { errorCode: 'NoSuchBucket', message } : reason.refusal;
  }
  if (error instanceof CredentialsError) return { errorCode: error.errorCode, message: inOneLine(error.message) };
  if (error instanceof StoreUnreachableError) return { errorCode: 'Unreachable', message: inOneLine(error.message) };
  return undefined;
}

const inOneLine = (message: string): string => message.replace(/\s*\n\s*/g, ' ');

/** The extents of so many parts as one. How much there is in all is not known before the last has been listed. */
function sumOf(extent: Extent, parts: number): () => Extent {
  let begun = 0;
  let folders = 0;
  return () => {
    begun += 1;
    const unknown = begun < parts ? 1 : 0;
    return {
      foldersFound(count) {
        folders += count;
        extent.foldersFound(folders + unknown);
      },
      folderListed: (chains, digests) => extent.folderListed(chains, digests),
    };
  };
}
