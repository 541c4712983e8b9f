import type { DigestKey } from './cloudtrail-key.js';

/** `standard`: the hourly digests. `backfill`: digests that list logs delivered long after their hour; a chain of their own. */
export type ChainKind = 'standard' | 'backfill';

/**
 * What makes two digests members of one chain. Bucket, prefix and organization folder are no part of it:
 * they change when a trail is reconfigured, and the chain goes on.
 */
export interface ChainId {
  readonly accountId: string;
  readonly region: string;
  readonly trailName: string;
  readonly homeRegion: string;
  readonly kind: ChainKind;
}

/** The chain that a digest of this key belongs to. */
export const chainOf = (key: DigestKey): ChainId => ({
  accountId: key.accountId,
  region: key.region,
  trailName: key.trailName,
  homeRegion: key.homeRegion,
  kind: key.backfill ? 'backfill' : 'standard',
});

/** One line that names a chain, the same for the same chain and no other; also its sort key. */
export const formatChainId = (id: ChainId): string =>
  `${id.accountId}/${id.region}/${id.trailName}/${id.homeRegion}/${id.kind}`;

/** The order of chains in reports and checkpoints. */
export const compareChains = (a: ChainId, b: ChainId): number => (formatChainId(a) < formatChainId(b) ? -1 : 1);
