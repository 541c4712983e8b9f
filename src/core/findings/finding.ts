import { shortenTexts } from '../encoding/shorten-text.js';
import type { ChainId } from '../objects/chain-id.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { Instant } from '../time/instant.js';
import { definitionOf, FINDING_CODES, type FindingArguments, type FindingCode } from './codes/codes.js';
import type { DefaultEffect, FindingKind } from './codes/define.js';
import type { Outcome } from './outcome.js';

export { FINDING_CODES, type FindingArguments, type FindingCode } from './codes/codes.js';
export type { FindingKind } from './codes/define.js';

/** Why a service or a file system refused or failed, in its own words. From outside: escape before showing. */
export type Refusal = FindingArguments['digest-access-denied'];

/** Why a public key cannot be used: no RSA key at all, an RSA key that is too short, or not the key it is named as. */
export type KeyFault = FindingArguments['digest-key-unsuitable']['reason'];

/** What is wrong with the document of a sign file, or with one of its fields. */
export type SignFileProblem = FindingArguments['query-sign-file-malformed']['problem'];

/** Why many logs of a folder are reported as one: digests never mention their kind, or they are older than every digest. */
export type UnvouchedReason = FindingArguments['folder-logs-unvouched']['reason'];

/** How closely an event names what it explains: the object itself, a folder that holds it, its whole bucket, its trail. */
export type Naming = FindingArguments['attribution-event']['names'];

/** What a finding about a chain says of its time. */
export type UnexplainedTime = Omit<
  FindingArguments['attribution-none'],
  'explains' | 'searched' | 'unsearched' | 'refusedCalls'
>;

/**
 * What a finding does to the outcome of the chain and the run. A warning changes nothing: it is there to be read. Nor does
 * what is accepted: it speaks against the evidence, and a policy puts up with it.
 */
export type Effect = DefaultEffect | 'accepted';

/** Why a finding is accepted, as an exception of a policy says. From outside: escape before showing. */
export interface Acceptance {
  readonly reason: string;
  readonly ticket?: string;
  /** From then on it is not accepted any more. */
  readonly until: Instant;
}

/** What a finding is about. */
export type Subject =
  | ({ readonly type: 'digest' | 'log' | 'query-sign-file' | 'query-file' } & ObjectRef)
  | { readonly type: 'chain'; readonly chain: ChainId }
  | { readonly type: 'folder'; readonly bucket: string; readonly key: string }
  | { readonly type: 'public-key'; readonly fingerprint: string }
  /** `source`: the one that it is about, in a run over several. */
  | { readonly type: 'run'; readonly source?: string };

/** Something that was seen, as data: no prose. */
export type Finding = { [C in FindingCode]: FindingOf<C> }[FindingCode];

export interface FindingOf<C extends FindingCode> {
  readonly code: C;
  readonly subject: Subject;
  readonly args: FindingArguments[C];
  /** Present where a policy has another one than {@link FINDING_EFFECTS}. */
  readonly effect?: Effect;
  /** Present where an exception of a policy applies. */
  readonly accepted?: Acceptance;
}

/** What each finding does to the outcome where no policy says otherwise. */
export const FINDING_EFFECTS = Object.fromEntries(FINDING_CODES.map((code) => [code, definitionOf(code).effect])) as {
  readonly [C in FindingCode]: DefaultEffect;
};

/** A finding. Texts from outside among its arguments are shortened, since anybody may have written them, at any length. */
export function finding<C extends FindingCode>(code: C, subject: Subject, args: FindingArguments[C]): Finding {
  return { code, subject, args: shortenTexts(args) } as FindingOf<C> as Finding;
}

/** What a finding is an instance of, whatever object it is about. */
export const kindOf = (code: FindingCode): FindingKind => definitionOf(code).kind;

/** What a finding does to the outcome of the chain and the run. */
export const effectOf = ({ code, effect }: Finding): Effect => effect ?? FINDING_EFFECTS[code];

/**
 * The outcome of one thing given everything found about it; verified when nothing speaks against it. A policy has no part
 * in it: a log that was changed has failed, whoever accepts that.
 */
export const outcomeOfFindings = (findings: readonly Finding[]): Outcome =>
  fold(findings, ({ code }) => FINDING_EFFECTS[code]);

/** What findings come to in the outcome of a chain or a run. Verified when none counts against it: that alone proves nothing. */
export const outcomeOfEffects = (findings: readonly Finding[]): Outcome => fold(findings, effectOf);

/** What one thing is under a policy: `accepted` where it is not verified, and nothing of that counts. */
export type Standing = Outcome | 'accepted';

/** What one thing is under a policy, from its outcome and everything found about it. */
export function standingOf(outcome: Outcome, findings: readonly Finding[]): Standing {
  if (outcome !== 'verified' && findings.length === 0) return outcome;
  const standing = outcomeOfEffects(findings);
  return standing === 'verified' && outcome !== 'verified' ? 'accepted' : standing;
}

function fold(findings: readonly Finding[], toEffect: (finding: Finding) => Effect): Outcome {
  let outcome: Outcome = 'verified';
  for (const found of findings) {
    const effect = toEffect(found);
    if (effect === 'failed') return 'failed';
    if (effect === 'undetermined') outcome = 'undetermined';
  }
  return outcome;
}
