import type { Candidate } from '../../core/chain/walk.js';
import { STALE_FAILURE_AGE, STALE_WARNING_AGE } from '../../core/coverage/coverage.js';
import { deliveredEnd, isNewerDelivered, newestDeleted } from '../../core/coverage/newest-delivery.js';
import { type Finding, finding, type Refusal } from '../../core/findings/finding.js';
import type { ChainId } from '../../core/objects/chain-id.js';
import { parseAccountFolder, parseDigestKey } from '../../core/objects/cloudtrail-key.js';
import type { TrailArn } from '../../core/objects/trail-arn.js';
import type { RunRequest } from '../../core/report/request.js';
import type { Instant } from '../../core/time/instant.js';
import type { MemberAccount, TrailDirectory, TrailStatus, TrailStatusAnswer } from '../../ports/trail-directory.js';
import type { ChainPlan } from '../chain/chain-plan.js';
import type { Selection } from '../listing/discover-folders.js';
import type { ListedChain, TimeRange } from '../listing/list-digests.js';
import { Census } from './chain-inventory.js';
import { LeftAccounts } from './left-accounts.js';

/** The accounts that an organization trail logs. */
export type MembersAnswer =
  | { readonly status: 'found'; readonly accounts: readonly MemberAccount[] }
  | { readonly status: 'unavailable'; readonly refusal: Refusal };

/** A trail, and what AWS says of it where it was asked. */
export interface KnownTrail {
  readonly arn: TrailArn;
  readonly isMultiRegion: boolean;
  /** Where a multi-region trail may deliver digests of, as far as is known. */
  readonly regions?: readonly string[];
  /** Present for an organization trail. */
  readonly members?: MembersAnswer;
}

/** What there must be. */
export interface Expectations extends Pick<RunRequest, 'expectAccounts' | 'expectRegions' | 'maxAge'> {
  /** Whether the sources are where CloudTrail delivers to, and no copies: then a newest digest that is old is pointed out. */
  readonly isLive?: boolean;
  /** Only the chains of this trail. */
  readonly trail?: KnownTrail;
}

/** It takes an account that has joined so long to have its first digest. */
const FIRST_DIGEST = STALE_FAILURE_AGE;

/** Knows which chains there should be and how new their digests, and says where it is not so. */
export class ExpectedChains {
  readonly #request: Expectations & TimeRange & Selection;
  readonly #directory: Pick<TrailDirectory, 'trailStatus'> | undefined;
  readonly #now: Instant;
  readonly #census = new Census();
  readonly #statuses = new Map<string, Promise<TrailStatusAnswer>>();
  /** Why a region did not say what the trail does there. */
  readonly #refused = new Map<string, Refusal>();
  readonly #hidden: string[] = [];
  readonly #left: LeftAccounts;

  constructor(
    request: Expectations & TimeRange & Selection,
    tools: { readonly trailDirectory?: Pick<TrailDirectory, 'trailStatus'>; readonly now: Instant },
  ) {
    this.#request = request;
    this.#directory = tools.trailDirectory;
    this.#now = tools.now;
    const { arn, members } = request.trail ?? {};
    const accounts = members?.status === 'found' ? members.accounts : undefined;
    this.#left = new LeftAccounts(arn?.accountId, accounts, request.expectAccounts ?? []);
  }

  /** To be called before digests are listed: what a run of hours asks afterwards was delivered meanwhile, and proves nothing. */
  begin(): void {
    for (const { region } of this.#chainsOfTrail(this.#regionsOfTrail())) this.#statusOf(region)?.catch(() => {});
  }

  /** To be called before digests of an account and region are listed: what is delivered afterwards must not seem to be missing. */
  async prepare(accountId: string, region: string): Promise<void> {
    if (accountId === this.#request.trail?.arn.accountId) await this.#statusOf(region);
  }

  /** Takes notice of folders that could not be listed: what may lie in them is not missing. */
  seeFindings(findings: readonly Finding[]): void {
    for (const { code, subject } of findings) {
      const isHidden = code === 'folder-access-denied' || code === 'folder-unavailable';
      if (isHidden && subject.type === 'folder') this.#hidden.push(subject.key);
    }
  }

  /** Whether the chain belongs to the trail that was asked for. */
  selects({ chain, candidates }: ListedChain): boolean {
    const arn = this.#request.trail?.arn;
    if (!arn) return true;
    if (chain.trailName !== arn.trailName || chain.homeRegion !== arn.homeRegion) return false;
    const isOfOrganization = candidates.some(({ ref }) => parseDigestKey(ref.key)?.organizationId !== undefined);
    return chain.accountId === arn.accountId || isOfOrganization;
  }

  /** Whether a chain would have turned up if it were there: it is not left out by a filter, nor hidden by a folder that could not be listed. */
  looksFor({ accountId, region, trailName, homeRegion }: ChainId, { accounts, regions, trails }: Selection): boolean {
    const { arn } = this.#request.trail ?? {};
    const isSelected =
      (accounts?.includes(accountId) ?? true) &&
      (regions?.includes(region) ?? true) &&
      (trails?.includes(trailName) ?? true) &&
      (!arn || (arn.trailName === trailName && arn.homeRegion === homeRegion));
    return isSelected && !this.#isHidden(accountId, region);
  }

  /** Whether no more digests come of an account, since it left the organization or was closed. */
  readonly hasLeft = (accountId: string): boolean => this.#left.has(accountId);

  /** Takes notice of an account that has left and of which there is nothing in the time asked for. */
  seeLeft(accountId: string, listed?: ListedChain): void {
    this.#left.see(accountId, listed);
  }

  /** Takes notice of a chain; answers with what its newest digest shows, its end being known. */
  async see(
    listed: ListedChain,
    isEndUnknown: boolean,
  ): Promise<Pick<ChainPlan, 'remarks' | 'deliveredUntil' | 'deliveredAt' | 'hasLeft'>> {
    this.#census.see(listed);
    const { chain, candidates } = listed;
    const newest = candidates.at(-1);
    if (chain.kind !== 'standard' || !newest) return {};
    if (this.hasLeft(chain.accountId)) {
      const { to = this.#now } = this.#request;
      if (!isEndUnknown && newest.end < to) this.seeLeft(chain.accountId, listed);
      return { hasLeft: true };
    }
    const answer =
      chain.accountId === this.#request.trail?.arn.accountId ? await this.#statusOf(chain.region) : undefined;
    if (answer?.status === 'unavailable') this.#refused.set(chain.region, answer.refusal);
    const remarks = answer?.status === 'found' ? remarksOf(chain, answer.trail) : [];
    if (isEndUnknown) return { remarks };
    const deliveredAt = answer?.status === 'found' ? this.#deliveredAt(answer.trail) : undefined;
    // What claims to have ended after that is not what was delivered then, and must not stand for it.
    const last = candidates.findLast(({ end }) => deliveredAt === undefined || end <= deliveredAt) ?? newest;
    if (deliveredAt !== undefined && isNewerDelivered(deliveredAt, last.end)) {
      const deleted = newestDeleted(chain, deliveredAt, last);
      return { remarks: [deleted, ...remarks], deliveredUntil: deliveredEnd(deliveredAt, last.end) };
    }
    return { remarks: [...remarks, ...this.#age(chain, newest)], ...(deliveredAt !== undefined && { deliveredAt }) };
  }

  /** What is missing, once every chain was seen. */
  async findings(): Promise<readonly Finding[]> {
    const isHidden = (accountId: string, region?: string) => this.#isHidden(accountId, region);
    return [
      ...this.#missing(),
      ...this.#missingMembers(),
      ...(await this.#missingRegions()),
      ...this.#refusals(),
      ...this.#census.missingSiblings(isHidden),
      ...(this.#request.to === undefined ? this.#census.earlyEnds(this.hasLeft, this.#now) : []),
      ...this.#left.findings(this.#request.to),
    ];
  }

  #age(chain: ChainId, { ref, end }: Candidate): readonly Finding[] {
    const { isLive, to } = this.#request;
    if (!isLive || to !== undefined || this.#now - end <= STALE_WARNING_AGE) return [];
    return [finding('chain-newest-digest-old', { type: 'chain', chain }, { start: end, end: this.#now, last: ref })];
  }

  /** When CloudTrail delivered its last digest; undefined where that is not in the time asked for, or may be about to come. */
  #deliveredAt({ digestDeliveredAt: delivered }: TrailStatus): Instant | undefined {
    const { from = Number.NEGATIVE_INFINITY, to = this.#now } = this.#request;
    const isAsked = delivered !== undefined && delivered <= this.#now && to >= this.#now && delivered > from;
    return isAsked ? delivered : undefined;
  }

  /** Regions that the trail delivers digests of, by its own word, and of which there are none. */
  async #missingRegions(): Promise<readonly Finding[]> {
    const { trail, expectRegions = [] } = this.#request;
    if (!trail || this.#isHidden(trail.arn.accountId)) return [];
    const regions = [...this.#regionsOfTrail(), ...this.#census.regions, ...expectRegions];
    const unseen = this.#chainsOfTrail(regions).filter((chain) => !this.#census.has(chain.accountId, chain.region));
    const findings = unseen.map(async (chain) => {
      const answer = await this.#statusOf(chain.region);
      if (answer?.status === 'found') {
        const deliveredAt = this.#deliveredAt(answer.trail);
        return deliveredAt === undefined ? [] : [newestDeleted(chain, deliveredAt, undefined)];
      }
      if (answer && !answer.isDisabled) this.#refused.set(chain.region, answer.refusal);
      return [];
    });
    return (await Promise.all(findings)).flat();
  }

  /** One for all regions that gave the same answer: who may not ask in one may ask in none. */
  #refusals(): readonly Finding[] {
    const refused = [...this.#refused].sort(([a], [b]) => (a < b ? -1 : 1));
    const codes = new Set(refused.map(([, { errorCode }]) => errorCode));
    return [...codes].flatMap((errorCode) => {
      const same = refused.filter(([, refusal]) => refusal.errorCode === errorCode);
      const regions = same.map(([region]) => region);
      return same
        .slice(0, 1)
        .map(([, refusal]) => finding('trail-status-unavailable', { type: 'run' }, { ...refusal, regions }));
    });
  }

  /** Where the trail may deliver digests of; nowhere where only an earlier time is asked for, of which AWS says nothing. */
  #regionsOfTrail(): readonly string[] {
    const { trail, to = this.#now } = this.#request;
    if (!trail || to < this.#now) return [];
    return [trail.arn.homeRegion, ...(trail.isMultiRegion ? (trail.regions ?? []) : [])];
  }

  /** The chains that the trail's own account would have in regions, as far as they are looked for; in byte order. */
  #chainsOfTrail(regions: readonly string[]): readonly ChainId[] {
    const { trail } = this.#request;
    if (!trail) return [];
    const { accountId, homeRegion, trailName } = trail.arn;
    return [...new Set(regions)]
      .sort()
      .map((region): ChainId => ({ accountId, region, trailName, homeRegion, kind: 'standard' }))
      .filter((chain) => this.looksFor(chain, this.#request));
  }

  #missing(): readonly Finding[] {
    // An empty list expects nothing, and must not take away what the other one expects.
    const { expectAccounts = [], expectRegions = [] } = this.#request;
    if (expectAccounts.length === 0 && expectRegions.length === 0) return [];
    const found = this.#census.accounts;
    const accounts = orAny(expectAccounts.length > 0 ? expectAccounts : found);
    const regions = orAny(expectRegions);
    return accounts.flatMap((accountId) =>
      regions
        .filter((region) => accountId === undefined || !this.#census.has(accountId, region))
        .flatMap((region) => this.#expected(accountId, region)),
    );
  }

  #expected(accountId: string | undefined, region: string | undefined): readonly Finding[] {
    if (this.#isHidden(accountId, region)) return [];
    const args = { ...(accountId !== undefined && { accountId }), ...(region !== undefined && { region }) };
    return [finding('expected-digests-missing', { type: 'run' }, args)];
  }

  /** Accounts of the organization without a single digest, where the trail has any at all. */
  #missingMembers(): readonly Finding[] {
    const { trail, to = this.#now, expectAccounts = [] } = this.#request;
    const { members } = trail ?? {};
    if (members?.status === 'unavailable')
      return [finding('organization-accounts-unavailable', { type: 'run' }, members.refusal)];
    if (!members || this.#census.accounts.length === 0) return [];
    return members.accounts
      .filter(({ isActive, joinedAt = 0 }) => isActive && joinedAt < Math.min(to, this.#now) - FIRST_DIGEST)
      .map(({ accountId }) => accountId)
      .filter((accountId) => !this.#census.has(accountId) && !expectAccounts.includes(accountId))
      .sort()
      .flatMap((accountId) => this.#expected(accountId, undefined));
  }

  /** Whether digests of an account may lie in a folder that could not be listed; in which region, where one is given. */
  #isHidden(accountId: string | undefined, region?: string): boolean {
    return this.#hidden.some((key) => {
      const folder = parseAccountFolder(key);
      if (!folder || accountId === undefined) return true;
      const [kind, of] = folder.below.split('/').slice(0, -1);
      if (folder.accountId !== accountId || (kind !== undefined && kind !== 'CloudTrail-Digest')) return false;
      return of === undefined || region === undefined || of === region;
    });
  }

  /** Undefined where nobody can be asked. */
  #statusOf(region: string): Promise<TrailStatusAnswer> | undefined {
    const { trail } = this.#request;
    if (!trail || !this.#directory || !(trail.isMultiRegion || region === trail.arn.homeRegion)) return undefined;
    const status = this.#statuses.get(region) ?? this.#directory.trailStatus(trail.arn.text, region);
    this.#statuses.set(region, status);
    return status;
  }
}

/** Undefined stands for any there may be. */
const orAny = (names: readonly string[]): readonly (string | undefined)[] => (names.length > 0 ? names : [undefined]);

/** What CloudTrail says of the trail that delivers a chain. */
function remarksOf(chain: ChainId, status: TrailStatus): readonly Finding[] {
  const subject = { type: 'chain', chain } as const;
  const { isLogging, stoppedAt, digestDeliveryError, logDeliveryError } = status;
  const failing = (part: 'digests' | 'logs', errorCode: string | undefined) =>
    errorCode === undefined ? [] : [finding('trail-delivery-failing', subject, { part, errorCode })];
  return [
    ...(isLogging ? [] : [finding('trail-not-logging', subject, stoppedAt === undefined ? {} : { stoppedAt })]),
    ...failing('digests', digestDeliveryError),
    ...failing('logs', logDeliveryError),
  ];
}
