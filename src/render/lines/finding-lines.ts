import { type Effect, effectOf, type Finding, type Subject } from '../../core/findings/finding.js';
import type { Outcome } from '../../core/findings/outcome.js';
import type { ChainId } from '../../core/objects/chain-id.js';
import { type ObjectRef, toS3Uri } from '../../core/objects/object-ref.js';
import { formatInstant } from '../../core/time/instant.js';
import { toWords } from '../wording/wording.js';

export const TEXT_WIDTH = 100;
/** As wide as the longest label. */
export const LABEL_WIDTH = 'UNDETERMINED'.length;

const LABELS: { readonly [E in Effect | 'verified']: string } = {
  verified: 'verified',
  failed: 'FAILED',
  undetermined: 'UNDETERMINED',
  warning: 'WARNING',
  accepted: 'ACCEPTED',
};
const COLOURS: { readonly [E in Effect | 'verified']: number } = {
  verified: 32,
  failed: 31,
  undetermined: 33,
  warning: 33,
  accepted: 36,
};

/** Colours a text by what it stands for. */
export type Paint = (text: string, effect: Effect | Outcome) => string;

/** SGR sequences of the eight basic colours, or none. */
export const painter = (color: boolean): Paint =>
  color ? (text, effect) => `\u001b[${COLOURS[effect]}m${text}\u001b[39m` : (text) => text;

/** The label of an effect, padded so that what follows is aligned. */
export const labelOf = (effect: Effect | Outcome, paint: Paint): string =>
  paint(LABELS[effect], effect) + ' '.repeat(LABEL_WIDTH - LABELS[effect].length);

/** `s3://bucket/key`, or the key alone where a copy does not say its bucket. */
export const placeOf = (ref: ObjectRef): string => (ref.bucket === '' ? ref.key : toS3Uri(ref));

/** A chain in words. */
export function nameOf({ trailName, accountId, region, homeRegion, kind }: ChainId): string {
  const home = homeRegion === region ? '' : ` (home region ${homeRegion})`;
  return `Trail ${trailName}${home}, account ${accountId}, ${region}${kind === 'backfill' ? ', backfill digests' : ''}`;
}

/** One line: what it does to the outcome, its code, what was seen, and what it is about unless that is clear already. */
export function findingLine(finding: Finding, paint: Paint, within?: 'chain'): string {
  const label = labelOf(effectOf(finding), paint);
  const subject = subjectBeside(finding.subject, within);
  return [label, finding.code, toWords(finding).title, ...(subject === '' ? [] : [subject])].join('  ');
}

/** `until 2027-01-01T00:00:00Z (SEC-12): migration`: why it is accepted; undefined where it is not. */
export function acceptanceOf(finding: Finding): string | undefined {
  if (effectOf(finding) !== 'accepted') return undefined;
  if (!finding.accepted) return 'by a rule of the policy';
  const { reason, ticket, until } = finding.accepted;
  return `until ${formatInstant(until)}${ticket === undefined ? '' : ` (${ticket})`}: ${reason}`;
}

/** What a finding is about where that is not clear already: of a run with one source, and of a chain in its own section, nothing. */
export function subjectBeside(subject: Subject, within?: 'chain'): string {
  const isClear = subject.type === 'run' ? subject.source === undefined : subject.type === within;
  return isClear ? '' : subjectOf(subject);
}

/** What a finding is about: an S3 URI, a path, a chain, a key, the run. */
export function subjectOf(subject: Subject): string {
  switch (subject.type) {
    case 'digest':
    case 'log':
    case 'query-sign-file':
    case 'query-file':
    case 'folder':
      return placeOf(subject);
    case 'chain':
      return nameOf(subject.chain);
    case 'public-key':
      return `public key ${subject.fingerprint}`;
    case 'run':
      return subject.source ?? 'the run';
  }
}
