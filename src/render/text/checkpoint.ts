import type { ChainHistory, ChainMemory, Checkpoint, Failures } from '../../core/checkpoint/checkpoint.js';
import { toContent } from '../../core/checkpoint/checkpoint-content.js';
import type { CheckpointSigner } from '../../core/checkpoint/checkpoint-document.js';
import { formatChainId } from '../../core/objects/chain-id.js';
import { toS3Uri } from '../../core/objects/object-ref.js';
import { formatInstant, type Instant, SECOND } from '../../core/time/instant.js';
import { escapeTerminal, toSafeJson } from '../strings/escape-terminal.js';
import { countOf, formatDuration, formatInterval } from '../strings/numbers-and-times.js';

/** A checkpoint, and what is known of who wrote it. */
export interface ShownCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly signer?: CheckpointSigner;
  /** Whether its signature was checked, and holds. */
  readonly isAuthentic: boolean;
}

/** A checkpoint for people. `now` tells its age. */
export function renderCheckpoint({ checkpoint, signer, isAuthentic }: ShownCheckpoint, now: Instant): string {
  const { sources, trailArn, runs, writtenAt, chains, failures } = checkpoint;
  const age = now < writtenAt ? 'in the future' : `${formatDuration(now - writtenAt)} ago`;
  const lines = [
    ...sources.map((source) => `of       ${escapeTerminal(source)}`),
    ...(trailArn === undefined ? [] : [`trail    ${escapeTerminal(trailArn)}`]),
    `written  ${formatInstant(writtenAt)} (${age}), after ${countOf(runs, 'completed run')}`,
    `signed   ${signatureLine(signer, isAuthentic)}`,
    ...failureLines(failures),
    ...chains.flatMap(chainLines),
    '',
    countOf(chains.length, 'chain'),
  ];
  return `${lines.join('\n')}\n`;
}

/** A checkpoint on one line of JSON: as it is stored, and beside it what was found out about it. */
export function renderCheckpointJson({ checkpoint, signer, isAuthentic }: ShownCheckpoint, now: Instant): string {
  const ageSeconds = Math.floor((now - checkpoint.writtenAt) / SECOND);
  return `${toSafeJson({ ...toContent(checkpoint), signer: signer ?? null, authentic: isAuthentic, ageSeconds })}\n`;
}

function signatureLine(signer: CheckpointSigner | undefined, isAuthentic: boolean): string {
  if (!signer) return 'no: whoever can write there may have changed it';
  const { algorithm, keyId } = signer;
  return `with ${algorithm} key ${keyId}: ${isAuthentic ? 'authentic' : 'not checked, for want of the key'}`;
}

function chainLines({ chain, history, failures }: ChainMemory): string[] {
  const lines = history ? historyLines(history) : ['  verified  nothing yet'];
  return ['', formatChainId(chain), ...lines, ...failureLines(failures).map((line) => `  ${line}`)];
}

function historyLines({ since, anchor, verified, open, failed, seen }: ChainHistory): string[] {
  const { bucket, key, end, sha256 } = anchor;
  const digest = bucket === '' ? key : toS3Uri({ bucket, key });
  const intervals = seen ? [{ start: since, end }] : verified;
  return [
    ...intervals.map((interval) => `  verified  ${formatInterval(interval)}`),
    `  anchor    ${escapeTerminal(digest)}`,
    `            sha256 ${sha256}`,
    ...(seen ? [`  seen      ${countOf(seen.length, 'backfill digest')}`] : []),
    ...open.map((interval) => `  open      ${formatInterval(interval)}`),
    ...failed.map((interval) => `  failed    ${formatInterval(interval)}`),
  ];
}

function failureLines(failures: Failures | undefined): string[] {
  if (!failures) return [];
  const { findings, more = 0, since } = failures;
  return [`failures  ${countOf(findings.length + more, 'finding')} so far, since ${formatInstant(since)}`];
}
