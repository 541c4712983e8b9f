import type { ChainPlaces } from '../../core/attribution/attribution.js';
import type { VerifiedDigest } from '../../core/chain/digest-verifier.js';
import { type ChainId, chainOf, formatChainId } from '../../core/objects/chain-id.js';
import { type DigestKey, parseDigestKey, toDigestFolder, toDigestKey } from '../../core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { Instant } from '../../core/time/instant.js';

/** A digest whose signature held when it was read, so that it can be known again. */
export interface RememberedDigest {
  readonly ref: ObjectRef;
  readonly region: string;
  readonly start: Instant;
  readonly end: Instant;
  /** Of its uncompressed bytes. */
  readonly sha256: string;
  /** How many logs it lists. */
  readonly logs: number;
}

type Entry = Pick<RememberedDigest, 'start' | 'end' | 'sha256' | 'logs'>;

/** The digests of one chain in one folder of a bucket. */
interface Shelf {
  readonly bucket: string;
  /** Of one of them; the others differ in their time. */
  readonly key: DigestKey;
  /** By the time in the name. */
  readonly entries: Map<Instant, Entry>;
}

/**
 * Remembers what it takes to use verified digests as evidence again: some 200 bytes for each that lists logs. Names that
 * CloudTrail would not give are not remembered.
 */
export class DigestMemory {
  readonly #shelves = new Map<string, Shelf>();

  remember({ place, start, end, logs }: VerifiedDigest, sha256: string): void {
    const key = parseDigestKey(place.key);
    if (!key) return;
    const name = `${formatChainId(chainOf(key))} ${place.bucket}/${toDigestFolder(key)}`;
    const shelf = this.#shelves.get(name) ?? { bucket: place.bucket, key, entries: new Map<Instant, Entry>() };
    this.#shelves.set(name, shelf);
    if (logs.length > 0) shelf.entries.set(key.endTime, { start, end, sha256, logs: logs.length });
  }

  *digests(): Generator<RememberedDigest> {
    for (const { bucket, key, entries } of this.#shelves.values()) {
      for (const [endTime, entry] of entries)
        yield { ref: { bucket, key: toDigestKey({ ...key, endTime }) }, region: key.region, ...entry };
    }
  }

  get buckets(): readonly string[] {
    return [...new Set([...this.#shelves.values()].map(({ bucket }) => bucket))];
  }

  placesOf(chain: ChainId): ChainPlaces {
    const id = formatChainId(chain);
    const shelves = [...this.#shelves.values()].filter(({ key }) => formatChainId(chainOf(key)) === id);
    return {
      folders: shelves.map(({ bucket, key }) => ({ bucket, key: toDigestFolder(key) })),
      organizationIds: shelves.flatMap(({ key }) => key.organizationId ?? []),
    };
  }
}
