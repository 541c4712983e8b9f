import { type Effect, FINDING_EFFECTS, type Finding, type FindingCode } from '../../../src/core/findings/finding.js';
import { formatChainId } from '../../../src/core/objects/chain-id.js';
import { formatInstant, isInstant } from '../../../src/core/time/instant.js';
import type { Scene } from './scene.js';

/** A finding, of a run or of its report. */
interface Told {
  readonly code: FindingCode;
  readonly subject: Finding['subject'];
  readonly args: object;
  readonly effect?: Effect;
}

/** One line for each finding, for the message of a broken property. */
export const tell = (findings: readonly Told[]): readonly string[] =>
  findings.map((found) => `${effectIn(found)} ${found.code} ${placeOf(found)} ${JSON.stringify(found.args, toText)}`);

/** What a finding does to the outcome. */
export const effectIn = ({ code, effect = FINDING_EFFECTS[code] }: Told): Effect => effect;

/** The findings that say that something was tampered with or lost, though nobody touched the world. */
export const falseAlarms = <T extends Told>(
  findings: readonly T[],
  scene: Scene,
  isCopied?: (key: string) => boolean,
): readonly T[] =>
  findings.filter(
    (found) =>
      effectIn(found) === 'failed' &&
      !(
        found.code === 'chain-ends-early' &&
        found.subject.type === 'chain' &&
        scene.isEndAskedTooLate(found.subject.chain, isCopied)
      ),
  );

function placeOf({ subject }: Told): string {
  if (subject.type === 'chain') return formatChainId(subject.chain);
  return 'key' in subject ? `${subject.bucket}/${subject.key}` : subject.type;
}

const toText = (_: string, value: unknown): unknown =>
  typeof value === 'number' && value > 1e12 && isInstant(value) ? formatInstant(value) : value;
