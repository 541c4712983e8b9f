import type { DigestJudgement } from '../../core/chain/digest-verifier.js';
import type { DigestFacts, Unread } from '../../core/content/object-content.js';
import type { LogReference } from '../../core/digest/parse-digest.js';
import { type Finding, finding, outcomeOfFindings, type Refusal, type Subject } from '../../core/findings/finding.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { Inflater } from '../../ports/inflater.js';
import type { StoredObject, Unlisted } from '../../ports/object-store.js';
import type { ObjectVersion, VersionedObjects } from '../../ports/versioned-objects.js';
import { turnstile } from '../async/limit-concurrency.js';
import { LIMITS, RECOVERIES_AT_ONCE } from '../limits.js';
import { toDigestMetadata } from './read-digest.js';

/** So many older versions are looked at; the right one is nearly always the first. */
const MAX_VERSIONS = 100;
const LIMIT = LIMITS.recovered;

/** Looks among the older versions of objects for those that CloudTrail delivered; of few objects at once, however many are gone. */
export class Recovery {
  readonly #objects: VersionedObjects;
  readonly #inflater: Inflater;
  readonly #turn = turnstile(RECOVERIES_AT_ONCE);

  constructor(objects: VersionedObjects, inflater: Inflater) {
    this.#objects = objects;
    this.#inflater = inflater;
  }

  /** What the older versions say of a log that is missing or not what its digest says. The log stays failed. */
  async ofLog({ bucket, key, sha256 }: LogReference): Promise<readonly Finding[]> {
    const subject: Subject = { type: 'log', bucket, key };
    const found = await this.#inTurn({ bucket, key }, subject, async (object) => {
      const content = this.#inflater.open(object.body, LIMIT.inflated);
      if (content.status !== 'read') return { refusal: refusalOf(content) };
      return content.fault === undefined && content.sha256 === sha256 ? { match: content.sha256 } : 'other';
    });
    return found.match ? [finding('log-recovered', subject, found.match.args)] : found.findings;
  }

  /**
   * A digest that failed, with the older version that is verified in its place where there is one: its logs can be
   * checked and its link followed. What was found about the present object stays.
   * @param judgeVersion judges content as if it lay at the digest's place
   */
  async ofDigest(
    ref: ObjectRef,
    judgement: DigestJudgement,
    judgeVersion: (facts: DigestFacts) => Promise<DigestJudgement>,
  ): Promise<DigestJudgement> {
    const subject: Subject = { type: 'digest', ...judgement.ref };
    const found = await this.#inTurn(ref, subject, async (object) => {
      const content = this.#inflater.open(object.body, LIMIT.inflated);
      if (content.status !== 'read') return { refusal: refusalOf(content) };
      return seenIn(await judgeVersion({ ...content, metadata: toDigestMetadata(object.metadata) }));
    });
    if (!found.match) return { ...judgement, findings: [...judgement.findings, ...found.findings] };
    const { content, args } = found.match;
    // Its logs are verified by the version now.
    const findings = judgement.findings.filter(({ code }) => code !== 'digest-logs-unverifiable');
    return { ...content, findings: [...findings, ...content.findings, finding('digest-recovered', subject, args)] };
  }

  #inTurn<T>(ref: ObjectRef, subject: Subject, read: ReadVersion<T>): Promise<Found<T>> {
    return this.#turn(() => this.#search(ref, subject, read));
  }

  /** The newest older version that is what is wanted, or what to say where there is none. */
  async #search<T>(ref: ObjectRef, subject: Subject, read: ReadVersion<T>): Promise<Found<T>> {
    const answer = await this.#objects.versions(ref);
    if (answer.status !== 'listed') return { findings: [versionsUnavailable(subject, answer)] };
    // The newest is the present object, or the mark that it is gone.
    const older = answer.versions.map((version, index) => ({ version, newer: answer.versions[index - 1] })).slice(1);
    const kept = older.filter(({ version }) => !version.isDeleteMarker);
    const refusals: Refusal[] = [];
    for (const { version, newer } of kept.slice(0, MAX_VERSIONS)) {
      const object = await this.#objects.getVersion(ref, version.versionId, LIMIT.stored);
      const seen = object.status === 'found' ? await read(object) : { refusal: refusalOf(object) };
      if (seen === 'other') continue;
      if ('refusal' in seen) refusals.push(seen.refusal);
      else if (newer) return { match: { content: seen.match, args: toArguments(version, newer) }, findings: [] };
    }
    // That none is what CloudTrail delivered can be said only of all.
    if (answer.isCut || kept.length > MAX_VERSIONS) refusals.push(TOO_MANY);
    const [refusal] = refusals;
    return {
      findings: [
        refusal
          ? finding('object-versions-unavailable', subject, refusal)
          : finding('object-versions-unmatched', subject, { count: kept.length }),
      ],
    };
  }
}

/** What a version turned out to be: what is wanted, something else, or nothing that is known. */
type Seen<T> = { readonly match: T } | { readonly refusal: Refusal } | 'other';

type ReadVersion<T> = (object: StoredObject) => Promise<Seen<T>>;

interface Found<T> {
  readonly match?: { readonly content: T; readonly args: RecoveredArguments };
  readonly findings: readonly Finding[];
}

interface RecoveredArguments {
  readonly versionId: string;
  readonly act: 'overwritten' | 'deleted';
  readonly replacedAt: number;
}

const toArguments = ({ versionId }: ObjectVersion, newer: ObjectVersion): RecoveredArguments => ({
  versionId,
  act: newer.isDeleteMarker ? 'deleted' : 'overwritten',
  replacedAt: newer.at,
});

function seenIn(judged: DigestJudgement): Seen<DigestJudgement> {
  const outcome = outcomeOfFindings(judged.findings);
  if (judged.digest && outcome === 'verified') return { match: judged };
  const unasked = judged.findings.find((item) => item.code === 'digest-keys-unavailable');
  if (outcome === 'failed' || !unasked) return 'other';
  const { errorCode, message } = unasked.args;
  return { refusal: { errorCode, message } };
}

const TOO_MANY: Refusal = {
  errorCode: 'TooManyVersions',
  message: `of older versions the newest ${MAX_VERSIONS} are read`,
};

/** Why a version was not read. One that was listed and is not there is gone since, whatever it was. */
function refusalOf(unread: Unread): Refusal {
  if (unread.status === 'not-found') return { errorCode: 'NoSuchVersion', message: 'listed, and not there any more' };
  if (unread.status !== 'too-large') return unread.refusal;
  return { errorCode: 'TooLarge', message: `more than ${unread.limit} bytes ${unread.measure}` };
}

/** That older versions could not be listed, as a finding about what they would be versions of. */
export function versionsUnavailable(subject: Subject, reason: Unlisted): Finding {
  const refusal =
    reason.status === 'not-found' ? { errorCode: 'NoSuchBucket', message: 'no such bucket' } : reason.refusal;
  return finding('object-versions-unavailable', subject, refusal);
}
