import { type Effect, effectOf, type Finding } from '../../core/findings/finding.js';
import { identityOf } from '../../core/findings/finding-identity.js';
import { chainOfSubject, whereaboutsOf } from '../../core/findings/finding-scope.js';
import type { ChainId } from '../../core/objects/chain-id.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import { escapeStrings } from '../strings/escape-strings.js';
import { toWords, type Worded } from '../wording/wording.js';
import { type Fact, furtherFacts } from './finding-facts.js';
import { acceptanceOf, subjectOf } from './finding-lines.js';

/** A finding with all that a format for machines says of it. Invisible and steering characters in it are made visible. */
export interface FindingRecord {
  /** Of the finding as it was found, before anything was escaped. */
  readonly identity: string;
  readonly finding: Finding;
  readonly effect: Effect;
  readonly words: Worded;
  /** What is known of it that its title does not tell. */
  readonly facts: readonly Fact[];
  /** Why it is accepted, in words; only where it is. */
  readonly acceptance?: string;
  /** What it is about: an S3 URI, a path, a chain, a key, the run. */
  readonly subject: string;
  readonly place?: ObjectRef;
  readonly chain?: ChainId;
  /** As far as subject or chain say. */
  readonly accountId?: string;
  readonly region?: string;
}

/** The findings of an event, each with the chain that it belongs to. */
export function recordsOf(event: VerifyEvent): readonly FindingRecord[] {
  switch (event.type) {
    case 'digest':
    case 'log':
      return event.findings.map((finding) => toRecord(finding, event.chain));
    case 'findings':
      return event.findings.map((finding) => toRecord(finding));
    case 'query-results': {
      const { accountId, region } = escapeStrings(event);
      const where = { ...(accountId !== undefined && { accountId }), ...(region !== undefined && { region }) };
      return event.findings.map((finding) => ({ ...where, ...toRecord(finding) }));
    }
    case 'gap':
      // The finding `chain-gap` says it.
      return [];
    case 'chain':
      return [];
  }
}

function toRecord(found: Finding, within?: ChainId): FindingRecord {
  const belongsTo = within ?? chainOfSubject(found.subject);
  const chain = belongsTo && escapeStrings(belongsTo);
  const finding = escapeStrings(found);
  const place = placeOfSubject(finding);
  const acceptance = acceptanceOf(finding);
  const { trailName: _, ...where } = whereaboutsOf(found);
  return {
    identity: identityOf(found),
    finding,
    effect: effectOf(finding),
    words: toWords(finding),
    facts: furtherFacts(finding),
    ...(acceptance !== undefined && { acceptance }),
    subject: subjectOf(finding.subject),
    ...(place && { place }),
    ...(chain ? { chain, accountId: chain.accountId, region: chain.region } : where),
  };
}

function placeOfSubject({ subject }: Finding): ObjectRef | undefined {
  return 'key' in subject ? { bucket: subject.bucket, key: subject.key } : undefined;
}

/** A text of at most so many UTF-16 units; what is longer ends in an ellipsis. Never cuts a character in two. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
