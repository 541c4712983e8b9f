import type { DigestJudgement, Expectation, Policy } from '../../core/chain/digest-verifier.js';
import type { ExaminedDigest } from '../../core/chain/strict-verifier.js';
import type { ChainHistory, ChainMemory, Checkpoint } from '../../core/checkpoint/checkpoint.js';
import { effectOf, type Finding, finding, outcomeOfFindings } from '../../core/findings/finding.js';
import type { Whereabouts } from '../../core/findings/finding-scope.js';
import { type ChainId, chainOf, compareChains, formatChainId } from '../../core/objects/chain-id.js';
import { type DigestKey, parseDigestKey } from '../../core/objects/cloudtrail-key.js';
import type { Instant } from '../../core/time/instant.js';
import { LOOK_AROUND, type TimeRange } from '../listing/list-digests.js';
import { asFound, type JudgeFindings } from '../policy/applied-policy.js';
import { ChainRun, changeOf, LATE, type ProvenDigest } from './chain-run.js';
import { FailureLog } from './failure-log.js';
import { type EarlierPlan, planEarlier } from './plan.js';
import type { Recheck } from './recheck.js';

/** What a run goes on from. */
export interface IncrementalOptions {
  /** What earlier runs remember; nothing was there when absent. */
  readonly before?: Checkpoint;
  /** The sources that the checkpoint is of. */
  readonly origin: Pick<Checkpoint, 'sources' | 'trailArn'>;
  /** Whether a key has shown who wrote it. */
  readonly isAuthentic: boolean;
  readonly recheck?: Recheck;
  /** Secret, so that nobody can predict which hours are verified again. */
  readonly salt: string;
  readonly now: Instant;
}

interface AnchoredMemory extends ChainMemory {
  readonly history: ChainHistory;
}

/** Makes a run go on where an earlier one ended, and remembers for the next one what this one has verified. */
export class IncrementalRun {
  readonly #options: IncrementalOptions;
  readonly #share: number;
  readonly #memories: ReadonlyMap<string, ChainMemory>;
  /** Of the chains that this run has come upon. */
  readonly #runs = new Map<string, ChainRun>();
  readonly #failures: FailureLog;
  #judge = asFound;

  constructor(options: IncrementalOptions) {
    this.#options = options;
    this.#share = shareOf(options);
    this.#memories = new Map(options.before?.chains.map((memory) => [formatChainId(memory.chain), memory]));
    this.#failures = new FailureLog(options.before?.failures);
  }

  /** What findings do to the outcome; to be said before the run begins. */
  judgeBy(judge: JudgeFindings): void {
    this.#judge = judge;
  }

  /** Whether all that was verified before is verified again, and what has come to lie before it is looked at too. */
  get rechecksAll(): boolean {
    return this.#share === 1;
  }

  /** What is to be said before the run. */
  get remarks(): readonly Finding[] {
    const { before, isAuthentic } = this.#options;
    return [
      ...(before ? [] : [finding('checkpoint-begun', { type: 'run' }, {})]),
      ...(isAuthentic ? [] : [finding('checkpoint-unauthenticated', { type: 'run' }, {})]),
    ];
  }

  /** The same policy; an anchor that is another now is a finding, and the newest verified digest of each chain is kept in mind. */
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

  /** The memory can show that a digest is another now where nothing else can, as with one that has no signature. */
  #changed(key: DigestKey, { ref, sha256: hash }: ExaminedDigest, { findings }: DigestJudgement): readonly Finding[] {
    if (hash === undefined || outcomeOfFindings(findings) !== 'undetermined') return [];
    const { anchor } = this.#memories.get(formatChainId(chainOf(key)))?.history ?? {};
    return anchor?.key === ref.key ? changeOf(anchor, hash) : [];
  }

  /** A chain in this run, remembered or new. Whatever was asked for once is remembered from then on. */
  of(chain: ChainId): ChainRun {
    const id = formatChainId(chain);
    const known = this.#runs.get(id);
    if (known) return known;
    const begun = new ChainRun(this.#memories.get(id) ?? { chain }, this.#options.now, this.#judge);
    this.#runs.set(id, begun);
    return begun;
  }

  /**
   * Takes notice of findings that belong to no chain: what failed is not forgotten.
   * @param within what is known of the thing that they were found in
   */
  see(findings: readonly Finding[], within?: Whereabouts): void {
    for (const found of this.#judge(findings, within))
      if (effectOf(found) === 'failed' || outcomeOfFindings([found]) === 'failed') this.#failures.add(found);
  }

  /** How much of what belongs to no chain failed in earlier runs and was not found by this one. To be asked at its end. */
  earlier(): readonly Finding[] {
    const earlier = this.#failures.earlier();
    return earlier ? [finding('checkpoint-earlier-failures', { type: 'run' }, earlier)] : [];
  }

  /**
   * The time in which digests of an account and region are listed: from the last anchor on, and some time before it; all that
   * is asked for where nothing is remembered, or a chain of which nothing was verified yet.
   * @param isWanted whether the run looks for a chain at all
   */
  listingRange(accountId: string, region: string, range: TimeRange, isWanted: (chain: ChainId) => boolean): TimeRange {
    const here = [...this.#memories.values()].filter(
      ({ chain }) => chain.accountId === accountId && chain.region === region,
    );
    const anchors = here.flatMap(({ history }) => (history ? [history.anchor] : []));
    if (anchors.length === 0 || here.some(({ chain, history }) => !history && isWanted(chain))) return range;
    const from = anchors.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY) - LATE;
    if (range.to === undefined) return { ...range, from };
    return { from, to: anchors.reduce((most, { end }) => Math.max(most, end), range.to) };
  }

  /**
   * The time in which chains of an account and region are walked: from where the first of them goes on. Those that ended long
   * before the others have nothing new.
   */
  auditRange(accountId: string, region: string, range: TimeRange): TimeRange {
    const starts = [...this.#memories.values()].flatMap(({ chain, history }) =>
      history && chain.kind === 'standard' && chain.accountId === accountId && chain.region === region
        ? [history.anchor.start]
        : [],
    );
    const last = starts.reduce((most, start) => Math.max(most, start), Number.NEGATIVE_INFINITY);
    const from = starts.filter((start) => start > last - LATE).reduce((least, start) => Math.min(least, start), last);
    return starts.length === 0 ? range : { ...range, from };
  }

  /** The parts of a chain's earlier time that this run looks at. @param from where the time asked for begins */
  plan({ memory }: ChainRun, from: Instant | undefined): EarlierPlan {
    const { salt } = this.#options;
    return planEarlier(memory, from, this.#share > 0 ? { share: this.#share, salt } : undefined);
  }

  /**
   * Chains that are remembered, verified or not, and of which this run has not come upon a single digest. What ended long before the time
   * asked for may be gone.
   * @param isWanted whether the run looks for a chain at all
   */
  missing(isWanted: (chain: ChainId) => boolean, range: TimeRange): readonly Finding[] {
    return [...this.#gone(isWanted, range), ...this.#unseen(isWanted, range), ...this.#earlierOfUnwalked(isWanted)];
  }

  /** What failed in a chain is counted too where there is nothing left of it. */
  #earlierOfUnwalked(isWanted: (chain: ChainId) => boolean): readonly Finding[] {
    return [...this.#memories]
      .filter(([id, { chain }]) => !this.#runs.get(id)?.isWalked && isWanted(chain))
      .flatMap(([, { chain, failures }]) => {
        const earlier = new FailureLog(failures).earlier();
        return earlier ? [finding('checkpoint-earlier-failures', { type: 'chain', chain }, earlier)] : [];
      });
  }

  /** Of chains that were never verified, nobody knows when they ended: only where all time is looked at, they are missed. */
  #unseen(isWanted: (chain: ChainId) => boolean, { from, to }: TimeRange): readonly Finding[] {
    if (from !== undefined || to !== undefined) return [];
    return [...this.#memories]
      .filter(([id, { chain, history }]) => !history && !this.#runs.has(id) && isWanted(chain))
      .map(([, { chain }]) => finding('checkpoint-chain-unseen', { type: 'chain', chain }, {}));
  }

  #gone(isWanted: (chain: ChainId) => boolean, { from = Number.NEGATIVE_INFINITY }: TimeRange): readonly Finding[] {
    return [...this.#memories]
      .filter((entry): entry is [string, AnchoredMemory] => entry[1].history !== undefined)
      .filter(([id, { chain }]) => !this.#runs.get(id)?.isWalked && isWanted(chain))
      .filter(([, { history }]) => history.anchor.end > from - LOOK_AROUND)
      .map(([, { chain, history }]) => {
        const { bucket, key, end } = history.anchor;
        return finding('checkpoint-chain-missing', { type: 'chain', chain }, { remembered: { bucket, key }, end });
      });
  }

  /** What the next run goes on from. */
  next(): Checkpoint {
    const { before, origin, now } = this.#options;
    const ids = new Set([...this.#memories.keys(), ...this.#runs.keys()]);
    const failures = this.#failures.next(now);
    return {
      ...origin,
      runs: (before?.runs ?? 0) + 1,
      writtenAt: now,
      chains: [...ids]
        .flatMap((id) => this.#runs.get(id)?.next() ?? this.#memories.get(id) ?? [])
        .sort((a, b) => compareChains(a.chain, b.chain)),
      ...(failures && { failures }),
    };
  }
}

function shareOf({ recheck, before, now }: IncrementalOptions): number {
  if (!recheck || !before) return 0;
  if ('share' in recheck) return recheck.share;
  // Above 0, so that each run takes an hour at least.
  return Math.min(1, Math.max(Number.EPSILON, (now - before.writtenAt) / recheck.within));
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
