import { setMaxListeners } from 'node:events';
import { type StopSignal, untilAborted } from '../../app/async/cancellation.js';
import type { Extent } from '../../app/progress-listener.js';
import { verifyTrails } from '../../app/run/verify-trails.js';
import type { CheckpointOrigin } from '../../core/checkpoint/checkpoint-document.js';
import type { FindingPolicy } from '../../core/policy/parse-policy.js';
import type { ReportHeader, RequestedSelection } from '../../core/report/report.js';
import type { RunRequest } from '../../core/report/request.js';
import type { RunEvent } from '../../core/report/verify-events.js';
import { type Instant, isInstant, SECOND } from '../../core/time/instant.js';
import type { KeySource } from '../../ports/key-source.js';
import { CredentialsError } from '../../ports/object-store.js';
import { type AwsOptions, remarksOnAws } from '../aws/aws-access.js';
import type { CheckpointOptions, OpenedResume } from '../checkpoint/open-incremental.js';
import { UsageError } from '../errors/usage-error.js';
import { remarksOn, type SettingFile } from '../examined-files.js';
import { nodeTools, openAws, openKeyFiles, openSource, type Resources } from '../source/open-source.js';
import { type SourceArgument, toTrailArn } from '../source/parse-source.js';
import { toRelocation } from '../source/relocate.js';
import { findTarget } from '../source/resolve-target.js';
import { VERSION } from '../version.js';
import { once, RunResources } from './run-resources.js';

/** What a run is asked, and what it works with, in the words of the caller. */
export interface RunOptions extends RunRequest {
  /** A folder, or `s3://BUCKET[/PREFIX]`; needed where no trail is named. */
  readonly source?: string | undefined;
  /** What findings do to the outcome, and which are accepted; what they do by themselves when absent. */
  readonly policy?: FindingPolicy;
  /** Files or folders with saved answers of ListPublicKeys, or a source of keys; AWS is asked when absent. */
  readonly keys?: readonly string[] | KeySource | undefined;
  readonly aws?: AwsOptions;
  /** Goes on from what an earlier run has verified; everything is verified when absent. */
  readonly checkpoint?: CheckpointOptions;
  /** The files, other than those of keys, that these options were read from: the report names those that lie in the source. */
  readonly settingFiles?: readonly SettingFile[] | undefined;
  readonly resources?: Resources;
  /** Ends the run before its time when it is aborted: what is under way is finished, and the report says that it is partial. */
  readonly signal?: StopSignal;
  /** How long that may take after the signal, in milliseconds; six seconds when absent. */
  readonly patience?: number;
}

/** A verification that can begin. */
export interface OpenedRun {
  readonly header: ReportHeader;
  /**
   * To be called once.
   * @param extent told how much there is to do
   */
  start(extent?: Extent): AsyncGenerator<RunEvent>;
  /**
   * Leaves word for the next run, if there is a checkpoint and the run has come to its end; to be called when the report
   * is out. `conflict`: another run has done so meanwhile.
   */
  remember(): Promise<'written' | 'conflict' | 'nothing'>;
  close(): Promise<void>;
}

/**
 * Opens all that a verification reads from. Nothing stays open when it throws.
 * @param now the time by which it is judged what is due
 * @param examined all that is verified together with this; the source alone when absent
 * @throws {UsageError} when the options do not fit; {@link StoppedError} where it takes longer than the patience after the signal;
 * and what opening the source or the keys throws
 */
export async function openRun(
  options: RunOptions,
  now: Instant,
  examined: readonly string[] = options.source === undefined ? [] : [options.source],
): Promise<OpenedRun> {
  refuseUnfitTimes(options, now);
  const opened = new RunResources();
  const { signal, patience } = options;
  try {
    return await untilAborted(signal && abandonmentOf(signal, patience), open(options, now, examined, opened));
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Nothing is later than what is no number, and so nothing would ever be too late. @throws {UsageError} */
function refuseUnfitTimes({ from, to, maxAge }: RunOptions, now: Instant): void {
  for (const [name, value] of Object.entries({ from, to, now }))
    if (value !== undefined && !isInstant(value)) throw new UsageError(`${name}: not a time`);
  if (maxAge !== undefined && !(maxAge > 0 && Number.isFinite(maxAge)))
    throw new UsageError('maxAge: not a length of time');
  if (from !== undefined && to !== undefined && from >= to) throw new UsageError('from must lie before to');
}

async function open(
  options: RunOptions,
  now: Instant,
  examined: readonly string[],
  opened: RunResources,
): Promise<OpenedRun> {
  const { source, trailArn, keys: wantedKeys, aws: givenAws, resources, policy, signal, checkpoint } = options;
  const arn = trailArn === undefined ? undefined : toTrailArn('trailArn', trailArn);
  const aws = { ...givenAws, ...(arn && { region: arn.homeRegion }) };
  const remarks = [...remarksOn(filesOf(options), examined)];
  const useAws = once(async () => {
    remarks.push(...(await remarksOnAws(examined)));
  });
  const online = once(async () => {
    await useAws();
    return opened.add(await openAws(aws));
  });
  const target = await findTarget(source, arn, async () => (await online()).trails);
  const { argument, name, isLive, trail, trailDirectory } = target;
  if (argument.type === 's3') await useAws();
  const auditUnreferenced = options.auditUnreferenced ?? argument.type === 'local';
  for (const text of options.relocated ?? []) toRelocation('relocated', text);
  const place = opened.add(await openSource(argument, aws, resources, signal));
  const keys = await openKeys(wantedKeys, examined, online);
  const { policy: summary, ...asked } = { ...selectionOf(options), auditUnreferenced };
  const { sources } = place;
  const origin = { sources: [name], ...(arn && { trailArn: arn.text }) };
  const remembered = checkpoint && (await resumeFrom(checkpoint, argument, origin, aws, now));
  // From now on, not from its start: of several sources, each would have the patience of its own.
  const stopSignals = signal && { stop: signal, abandon: abandonmentOf(signal, options.patience) };
  let isDone = false;
  const noteEnd = async function* (run: AsyncIterable<RunEvent>) {
    for await (const event of run) {
      isDone ||= event.type === 'end';
      yield event;
    }
  };
  const start = (extent: Extent | undefined) => {
    const run = verifyTrails(
      {
        ...asked,
        ...(trail && { trail }),
        ...(policy && { policy }),
        remarks,
        isLive,
        sources,
      },
      {
        ...nodeTools,
        ...place,
        keys,
        now,
        ...(trailDirectory && { trailDirectory }),
        ...(extent && { extent }),
        ...(remembered && { resume: remembered.resume }),
        ...(stopSignals && { stopSignals }),
      },
    );
    return remembered ? noteEnd(run) : run;
  };
  return {
    header: {
      tool: { name: 'trailproof', version: VERSION },
      checkedAt: now,
      request: {
        sources: [name],
        ...asked,
        ...(arn && { trailArn: arn.text }),
        ...(summary && { policy: summary }),
        ...(checkpoint && { checkpoint: checkpoint.place }),
        ...(place.endpoint !== undefined && { endpoint: place.endpoint }),
      },
      keySource: keys.description,
    },
    start,
    remember: async () => (isDone && remembered ? remembered.remember() : 'nothing'),
    close: () => opened.close(),
  };
}

/** Loads what few runs need only for those. */
async function resumeFrom(
  checkpoint: CheckpointOptions,
  source: SourceArgument,
  origin: CheckpointOrigin,
  aws: AwsOptions,
  now: Instant,
): Promise<OpenedResume> {
  const [{ refuseInside }, { openResume }] = await Promise.all([
    import('../checkpoint/open-checkpoint.js'),
    import('../checkpoint/open-incremental.js'),
  ]);
  await refuseInside(checkpoint.place, source);
  return openResume(checkpoint, origin, aws, now);
}

/** What of the source is looked at, and how. */
export function selectionOf(options: RunOptions): Omit<RequestedSelection, 'trailArn'> {
  const { source, trailArn, keys, aws, resources, signal, patience, checkpoint, settingFiles, policy, ...selection } =
    options;
  return { ...selection, ...(policy && { policy: policy.summary }) };
}

/** Who asks a process to end kills it some time later, ten seconds in a container: by then its report must be out. */
const PATIENCE = 6 * SECOND;

/** One for each signal to stop: the same may be given to any number of runs. */
const abandonments = new WeakMap<StopSignal, StopSignal>();

/** Aborted when patience with a stop has an end: nothing is waited for any more. */
export function abandonmentOf(stop: StopSignal, patience = PATIENCE): StopSignal {
  const known = abandonments.get(stop);
  if (known) return known;
  const controller = new AbortController();
  // Each source of each run listens.
  setMaxListeners(0, controller.signal);
  const abort = () => {
    setTimeout(() => controller.abort(), patience).unref();
  };
  if (stop.aborted) abort();
  else stop.addEventListener('abort', abort);
  abandonments.set(stop, controller.signal);
  return controller.signal;
}

async function openKeys(
  keys: RunOptions['keys'],
  examined: readonly string[],
  online: () => Promise<{ readonly keys: KeySource }>,
): Promise<KeySource> {
  if (isPaths(keys)) return openKeyFiles(keys, examined);
  return keys ?? fromAws((await online()).keys);
}

/** Who has no credentials for CloudTrail may do without them. */
const fromAws = (keys: KeySource): KeySource => ({
  ...keys,
  async keysFor(region, during) {
    try {
      return await keys.keysFor(region, during);
    } catch (error) {
      if (!(error instanceof CredentialsError)) throw error;
      throw new CredentialsError(error.errorCode, `${error.message}\n${SAVED_KEYS}`, { cause: error });
    }
  },
});

const SAVED_KEYS = 'Public keys that trailproof keys fetch has saved need none: name their file with --keys.';

/** Key files too; which of those that are in folders are refused is another question. */
const filesOf = ({ settingFiles = [], keys }: RunOptions): readonly SettingFile[] => [
  ...settingFiles,
  ...(isPaths(keys) ? keys.map((file) => ({ setting: 'keys', file }) as const) : []),
];

const isPaths = (keys: RunOptions['keys']): keys is readonly string[] => Array.isArray(keys);
