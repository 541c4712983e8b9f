import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { type ChainId, chainOf, compareChains, formatChainId } from '../core/chain.js';
import type { ChainMemory, Checkpoint } from '../core/checkpoint.js';
import { type Finding, finding, outcomeOfFindings } from '../core/findings.js';
import { DAY, type Instant, type Interval } from '../core/instant.js';
import { type DigestKey, parseDigestKey } from '../core/object-key.js';
import type { DigestJudgement, Expectation, Policy } from '../core/policy.js';
import type { ExaminedDigest } from '../core/strict-policy.js';
import { ChainProgress, LATE, type ProvenDigest } from './chain-progress.js';
import { cutBefore, mergeIntervals } from './intervals.js';
import { LOOK_AROUND, type TimeRange } from './list-digests.js';

/** How much of what was verified before is verified again in each run. */
export type Recheck =
  /** This part of it, above 0 and up to 1. */
  | { readonly share: number }
  /** So much that all of it has its turn within this time, in milliseconds. */
  | { readonly within: number };

/** What a run goes on from. */
export interface ResumeOptions {
  /** What earlier runs remember; nothing was there when absent. */
  readonly before?: Checkpoint;
  /** What the checkpoint is of. */
  readonly origin: Pick<Checkpoint, 'sources' | 'trailArn'>;
  /** Whether a key has shown who wrote it. */
  readonly isAuthentic: boolean;
  readonly recheck?: Recheck;
  /** Makes it unforeseeable, to those who do not know it, what has its turn when. */
  readonly salt: string;
  readonly now: Instant;
}

/** Makes a run go on where an earlier one ended, and remembers for the next one what this one has verified. */
export class Resume {
  readonly #options: ResumeOptions;
  readonly #share: number;
  readonly #progress = new Map<string, ChainProgress>();
  #isCut = false;

  constructor(options: ResumeOptions) {
    this.#options = options;
    this.#share = shareOf(options);
    for (const memory of options.before?.chains ?? [])
      this.#progress.set(formatChainId(memory.chain), new ChainProgress(memory.chain, options.now, memory));
  }

  /** What is to be said before the run. */
  get remarks(): readonly Finding[] {
    const { before, isAuthentic } = this.#options;
    return [
      ...(before ? [] : [finding('checkpoint-begun', { type: 'run' }, {})]),
      ...(isAuthentic ? [] : [finding('checkpoint-unauthenticated', { type: 'run' }, {})]),
    ];
  }

  /** The same policy; a remembered digest that is another now is a finding, and the newest of each chain is remembered. */
  watch(policy: Policy<ExaminedDigest>): Policy<ExaminedDigest> {
    return {
      ...policy,
      conclude: async (examined, expectation) => {
        const judgement = await policy.conclude(examined, expectation);
        const proven = toProven(judgement, examined, expectation);
        const key = parseDigestKey(proven ? proven.digest.place.key : examined.ref.key);
        if (!key) return judgement;
        const found = proven ? this.of(chainOf(key)).seeProven(proven) : this.#changed(key, examined, judgement);
        return found.length === 0 ? judgement : { ...judgement, findings: [...judgement.findings, ...found] };
      },
    };
  }

  /** What is remembered can show that a digest is another now where nothing else can, as with one that has no signature. */
  #changed(key: DigestKey, { ref, sha256: hash }: ExaminedDigest, { findings }: DigestJudgement): readonly Finding[] {
    if (hash === undefined || outcomeOfFindings(findings) !== 'undetermined') return [];
    const { anchor } = this.#progress.get(formatChainId(chainOf(key)))?.memory ?? {};
    if (anchor?.key !== ref.key || anchor.sha256 === hash) return [];
    const subject = { type: 'digest', bucket: anchor.bucket, key: anchor.key } as const;
    return [finding('checkpoint-digest-changed', subject, { part: 'hash', expected: anchor.sha256, actual: hash })];
  }

  /** The progress of a chain, remembered or new. */
  of(chain: ChainId): ChainProgress {
    const id = formatChainId(chain);
    const known = this.#progress.get(id);
    if (known) return known;
    const begun = new ChainProgress(chain, this.#options.now);
    this.#progress.set(id, begun);
    return begun;
  }

  /** Part of the run was not done: what had its turn to be looked at again has it once more. */
  cut(): void {
    this.#isCut = true;
  }

  /**
   * The time in which digests of an account and region are listed: from the last that is remembered, and some time before
   * it; all that is asked for where nothing is remembered, or a chain of which nothing is known for certain.
   * @param isWanted whether the run looks for a chain at all
   */
  listingRange(accountId: string, region: string, range: TimeRange, isWanted: (chain: ChainId) => boolean): TimeRange {
    const isHere = (chain: ChainId) => chain.accountId === accountId && chain.region === region;
    const anchors = [...this.#progress.values()].flatMap(({ chain, memory }) =>
      memory && isHere(chain) ? [memory.anchor] : [],
    );
    if (anchors.length === 0 || this.#options.before?.unproven.some((chain) => isHere(chain) && isWanted(chain)))
      return range;
    const from = anchors.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY) - LATE;
    if (range.to === undefined) return { ...range, from };
    return { from, to: anchors.reduce((most, { end }) => Math.max(most, end), range.to) };
  }

  /**
   * The time in which chains of an account and region are walked: from where the first of them goes on. Those that ended long
   * before the others have nothing new.
   */
  auditRange(accountId: string, region: string, range: TimeRange): TimeRange {
    const starts = [...this.#progress.values()].flatMap(({ chain, memory }) =>
      memory && chain.kind === 'standard' && chain.accountId === accountId && chain.region === region
        ? [memory.anchor.start]
        : [],
    );
    const last = starts.reduce((most, start) => Math.max(most, start), Number.NEGATIVE_INFINITY);
    const from = starts.filter((start) => start > last - LATE).reduce((least, start) => Math.min(least, start), last);
    return starts.length === 0 ? range : { ...range, from };
  }

  /**
   * The parts of the time before what is new that are looked at in this run, oldest first: what is not proven yet, what has
   * its turn to be looked at again, and what no run was asked for before.
   * @param from where the time asked for begins
   */
  earlier({ memory }: ChainProgress, from: Instant | undefined): readonly Interval[] {
    if (!memory) return [];
    const widened = from !== undefined && from < memory.since ? [{ start: from, end: memory.since }] : [];
    const again = from === undefined ? memory.again : cutBefore(memory.again, from);
    return mergeIntervals([...again, ...this.#due(memory, from), ...widened]);
  }

  #due(memory: ChainMemory, from: Instant | undefined): readonly Interval[] {
    if (this.#share === 0) return [];
    const end = memory.anchor.start;
    const start = Math.max(memory.since, from ?? memory.since);
    const id = formatChainId(memory.chain);
    const due: Interval[] = [];
    for (let day = Math.floor(start / DAY) * DAY; day < end; day += DAY)
      if (this.#isDue(`${id} ${day}`)) due.push({ start: Math.max(day, start), end: Math.min(day + DAY, end) });
    return due;
  }

  /**
   * Chains that are remembered, verified or not, and of which this run has not come upon a single digest. What ended long before the time
   * asked for may be gone.
   * @param isWanted whether the run looks for a chain at all
   */
  missing(isWanted: (chain: ChainId) => boolean, range: TimeRange): readonly Finding[] {
    return [...this.#gone(isWanted, range), ...this.#unseen(isWanted, range)];
  }

  /** Of chains that were never verified, nobody knows when they ended: only where all time is looked at, they are missed. */
  #unseen(isWanted: (chain: ChainId) => boolean, { from, to }: TimeRange): readonly Finding[] {
    if (from !== undefined || to !== undefined) return [];
    return (this.#options.before?.unproven ?? [])
      .filter((chain) => !this.#progress.has(formatChainId(chain)) && isWanted(chain))
      .map((chain) => finding('checkpoint-chain-unseen', { type: 'chain', chain }, {}));
  }

  #gone(isWanted: (chain: ChainId) => boolean, { from = Number.NEGATIVE_INFINITY }: TimeRange): readonly Finding[] {
    return [...this.#progress.values()]
      .filter(({ memory, isSeen, chain }) => memory && !isSeen && isWanted(chain))
      .filter(({ memory }) => (memory?.anchor.end ?? 0) > from - LOOK_AROUND)
      .sort((a, b) => compareChains(a.chain, b.chain))
      .flatMap(({ chain, memory }) => {
        if (!memory) return [];
        const { bucket, key, end } = memory.anchor;
        return [finding('checkpoint-chain-missing', { type: 'chain', chain }, { remembered: { bucket, key }, end })];
      });
  }

  /** What the next run goes on from. Chains that were not finished, or whose history was rewritten, are remembered as they were. */
  next(): Checkpoint {
    const { before, origin, now } = this.#options;
    const chains = [...this.#progress.values()]
      .flatMap((progress) => progress.next() ?? [])
      .sort((a, b) => compareChains(a.chain, b.chain));
    const recheckPhase = ((before?.recheckPhase ?? 0) + (this.#isCut ? 0 : this.#share)) % 1;
    return {
      ...origin,
      runs: (before?.runs ?? 0) + 1,
      writtenAt: now,
      recheckPhase,
      chains,
      unproven: this.#unproven(),
    };
  }

  /** A chain that was never proven and has gone is not forgotten either. */
  #unproven(): readonly ChainId[] {
    const chains = [...this.#progress.values()].filter(({ isUnproven }) => isUnproven).map(({ chain }) => chain);
    const known = new Map([...(this.#options.before?.unproven ?? []), ...chains].map((id) => [formatChainId(id), id]));
    for (const progress of this.#progress.values()) if (progress.next()) known.delete(formatChainId(progress.chain));
    return [...known.values()].sort(compareChains);
  }

  /** Each day of a chain has a place of its own on a circle, of which every run takes the next part. */
  #isDue(day: string): boolean {
    const { before, salt } = this.#options;
    const [a = 0, b = 0, c = 0, d = 0] = sha256(utf8ToBytes(`${salt} ${day}`));
    const place = (((a * 256 + b) * 256 + c) * 256 + d) / 2 ** 32;
    return (place - (before?.recheckPhase ?? 0) + 1) % 1 < this.#share;
  }
}

function shareOf({ recheck, before, now }: ResumeOptions): number {
  if (!recheck || !before) return 0;
  if ('share' in recheck) return recheck.share;
  return Math.min(1, Math.max(0, now - before.writtenAt) / recheck.within);
}

/** A valid signature by this algorithm is the only one there is, so that it does not matter where it was found (RFC 8017, 8.2). */
function toProven(
  { digest }: DigestJudgement,
  { sha256: hash, ownSignature, signable }: ExaminedDigest,
  expectation: Expectation | undefined,
): ProvenDigest | undefined {
  const signature = signable?.ownIsValid ? ownSignature : expectation?.link.signature.toLowerCase();
  return digest && hash !== undefined && signature !== undefined ? { digest, sha256: hash, signature } : undefined;
}
