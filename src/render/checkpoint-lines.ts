import { formatChainId } from '../core/chain.js';
import type { ChainMemory, Checkpoint } from '../core/checkpoint.js';
import { toContent } from '../core/checkpoint-content.js';
import type { CheckpointSigner } from '../core/checkpoint-document.js';
import { formatInstant, type Instant, SECOND } from '../core/instant.js';
import { toS3Uri } from '../core/objects.js';
import { escapeTerminal, toSafeJson } from './escape-terminal.js';
import { countOf, formatDuration, formatInterval } from './words.js';

/** A checkpoint, and what is known of who wrote it. */
export interface ShownCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly signer?: CheckpointSigner;
  /** Whether its signature was checked, and holds. */
  readonly isAuthentic: boolean;
}

/** A checkpoint for people. `now` tells its age. */
export function renderCheckpoint({ checkpoint, signer, isAuthentic }: ShownCheckpoint, now: Instant): string {
  const { sources, trailArn, runs, writtenAt, chains } = checkpoint;
  const age = now < writtenAt ? 'in the future' : `${formatDuration(now - writtenAt)} ago`;
  const lines = [
    ...sources.map((source) => `of       ${escapeTerminal(source)}`),
    ...(trailArn === undefined ? [] : [`trail    ${escapeTerminal(trailArn)}`]),
    `written  ${formatInstant(writtenAt)} (${age}), after ${countOf(runs, 'completed run')}`,
    `signed   ${signatureLine(signer, isAuthentic)}`,
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

function chainLines({ chain, since, anchor, again, seen, failures, failedSince }: ChainMemory): string[] {
  const { bucket, key, end, sha256 } = anchor;
  const digest = bucket === '' ? key : toS3Uri({ bucket, key });
  const failed = failedSince === undefined ? '' : `, since ${formatInstant(failedSince)}`;
  return [
    '',
    formatChainId(chain),
    `  verified  ${formatInterval({ start: since, end })}`,
    `  anchor    ${escapeTerminal(digest)}`,
    `            sha256 ${sha256}`,
    ...(seen ? [`  seen      ${countOf(seen.length, 'backfill digest')}`] : []),
    ...again.map((interval) => `  again     ${formatInterval(interval)}`),
    ...(failures > 0 ? [`  failed    ${countOf(failures, 'finding')} so far${failed}`] : []),
  ];
}
