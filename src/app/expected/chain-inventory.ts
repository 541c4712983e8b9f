import type { Candidate } from '../../core/chain/walk.js';
import { STALE_FAILURE_AGE } from '../../core/coverage/coverage.js';
import { type Finding, finding } from '../../core/findings/finding.js';
import { type ChainId, compareChains, formatChainId } from '../../core/objects/chain-id.js';
import { parseDigestKey } from '../../core/objects/cloudtrail-key.js';
import type { Instant } from '../../core/time/instant.js';
import type { ListedChain } from '../listing/list-digests.js';

/** A chain that was found, and its newest digest. */
interface Seen {
  readonly chain: ChainId;
  readonly newest: Candidate;
  /** Tells trails apart: those of an organization have chains in many accounts. */
  readonly trail: string;
}

/** Whether digests of an account and region may lie where nothing could be listed. */
export type IsHidden = (accountId: string, region: string) => boolean;

/**
 * CloudTrail's quota of trails of one account in a region. Where there are names of more, that one of them has a region says
 * nothing about the others: a thousand planted names would make a million chains seem to be missing.
 */
const TRAILS_PER_REGION = 5;

/** Which chains there are, and which their siblings would lead one to expect. */
export class Census {
  readonly #seen: Seen[] = [];

  /** Backfill digests come when they are needed, and not at all elsewhere: only standard chains are counted. */
  see({ chain, candidates }: ListedChain): void {
    const newest = candidates.at(-1);
    if (chain.kind !== 'standard' || !newest) return;
    const owner = parseDigestKey(newest.ref.key)?.organizationId ?? chain.accountId;
    this.#seen.push({ chain, newest, trail: `${chain.homeRegion}/${chain.trailName}/${owner}` });
  }

  /** Whether there are digests of the account, in the region where one is given. */
  has(accountId: string, region?: string): boolean {
    return this.#seen.some(
      ({ chain }) => chain.accountId === accountId && (region === undefined || chain.region === region),
    );
  }

  get accounts(): readonly string[] {
    return sorted(this.#seen.map(({ chain }) => chain.accountId));
  }

  get regions(): readonly string[] {
    return sorted(this.#seen.map(({ chain }) => chain.region));
  }

  /** Chains that are not there though most accounts of the trail, or other trails of the account, have them. */
  missingSiblings(isHidden: IsHidden): readonly Finding[] {
    const missing = new Map<string, Finding>();
    const report = (of: Seen, accountId: string, region: string, sibling: Seen): void => {
      const chain = { ...of.chain, accountId, region };
      if (isHidden(accountId, region)) return;
      const item = finding('chain-sibling-missing', { type: 'chain', chain }, { sibling: sibling.newest.ref });
      missing.set(formatChainId(chain), missing.get(formatChainId(chain)) ?? item);
    };
    for (const ofTrail of groups(this.#seen, ({ trail }) => trail)) {
      const accounts = groups(ofTrail, ({ chain }) => chain.accountId).map(toHolder);
      for (const ofRegion of groups(ofTrail, ({ chain }) => chain.region)) {
        // A region that few accounts have was perhaps enabled by these alone.
        if (ofRegion.length * 2 < accounts.length) continue;
        for (const first of lacking(accounts, ofRegion)) report(first, first.chain.accountId, ...regionOf(ofRegion));
      }
    }
    for (const ofAccount of groups(this.#seen, ({ chain }) => chain.accountId)) {
      // A trail with one region may be meant to have only that.
      const trails = groups(ofAccount, ({ trail }) => trail).filter((chains) => chains.length > 1);
      const holders = trails.map(toHolder);
      for (const ofRegion of groups(trails.flat(), ({ chain }) => chain.region)) {
        if (ofRegion.length * TRAILS_PER_REGION < holders.length) continue;
        for (const first of lacking(holders, ofRegion)) report(first, first.chain.accountId, ...regionOf(ofRegion));
      }
    }
    return [...missing.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  }

  /**
   * Chains that end before those of other regions of their trail and account, and accounts that end before others and have not left.
   * What is delivered while a long run goes on is listed of the last folders only, and held against none.
   */
  earlyEnds(hasLeft: (accountId: string) => boolean, now: Instant): readonly Finding[] {
    const early: Seen[] = [];
    const siblings = new Map<Seen, Seen>();
    const compare = (chains: readonly Seen[]): void => {
      if (chains.length === 0) return;
      const latest = chains.reduce((a, b) => (b.newest.end > a.newest.end ? b : a));
      for (const seen of chains) {
        const isEarly = Math.min(latest.newest.end, now) - seen.newest.end > STALE_FAILURE_AGE;
        if (!isEarly || siblings.has(seen)) continue;
        early.push(seen);
        siblings.set(seen, latest);
      }
    };
    for (const ofTrail of groups(this.#seen, ({ trail }) => trail)) {
      const accounts = groups(ofTrail, ({ chain }) => chain.accountId);
      for (const ofAccount of accounts) compare(ofAccount);
      const members = accounts.filter(([{ chain }]) => !hasLeft(chain.accountId));
      compare(members.map((chains) => chains.reduce((a, b) => (b.newest.end > a.newest.end ? b : a))));
    }
    return early.sort(byChain).map((seen) => {
      const { newest, chain } = seen;
      const sibling = (siblings.get(seen) ?? seen).newest;
      const args = { start: newest.end, end: sibling.end, last: newest.ref, sibling: sibling.ref };
      return finding('chain-ends-before-siblings', { type: 'chain', chain }, args);
    });
  }
}

type Group = readonly [Seen, ...Seen[]];

/** In the order of chains, so that nothing depends on what was seen first. */
function groups(seen: readonly Seen[], keyOf: (seen: Seen) => string): readonly Group[] {
  const found = new Map<string, [Seen, ...Seen[]]>();
  for (const each of [...seen].sort(byChain)) {
    const group = found.get(keyOf(each));
    if (group) group.push(each);
    else found.set(keyOf(each), [each]);
  }
  return [...found.values()];
}

const byChain = (a: Seen, b: Seen): number => compareChains(a.chain, b.chain);

/** A group by its first chain, and the regions that it has chains in. */
interface Holder {
  readonly first: Seen;
  readonly regions: ReadonlySet<string>;
}

const toHolder = (group: Group): Holder => ({
  first: group[0],
  regions: new Set(group.map(({ chain }) => chain.region)),
});

/** The first chains of those that have none in a region. */
const lacking = (all: readonly Holder[], [{ chain }]: Group): readonly Seen[] =>
  all.filter(({ regions }) => !regions.has(chain.region)).map(({ first }) => first);

const regionOf = ([first]: Group): readonly [string, Seen] => [first.chain.region, first];

const sorted = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();
