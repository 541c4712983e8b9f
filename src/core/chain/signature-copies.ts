import type { DigestLink } from '../digest/parse-digest.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { Expectation } from './digest-verifier.js';

/** So many links are remembered at a time, so that they take a few megabytes at most, however many digests were planted. */
export const LINKS_REMEMBERED = 1_024;
/** In characters: twice what the longest key in use signs with, and the longest key of an object in S3. */
const LONGEST = { signature: 2_048, key: 1_024, bucket: 256 };

/**
 * What digests that are not verified say of their predecessors, until these are come to: each may hold a copy of a signature
 * that proves itself. Others may have been planted between the two, and hold copies that prove nothing.
 */
export class UnprovenLinks {
  readonly #identify: (ref: ObjectRef) => string;
  /** By where they lead; what a link was last added to is last. */
  readonly #links = new Map<string, Expectation[]>();
  #count = 0;

  /** @param identify what two references to the same object have in common, and no others */
  constructor(identify: (ref: ObjectRef) => string) {
    this.#identify = identify;
  }

  /** Remembers a link, and forgets the oldest where there are too many. */
  add(successor: ObjectRef, link: DigestLink | undefined): void {
    if (!link || !isOfUse(link)) return;
    const id = this.#identify(link);
    const known = this.#links.get(id) ?? [];
    known.push({ link, successor, proven: false });
    this.#links.delete(id);
    this.#links.set(id, known);
    this.#count += 1;
    if (this.#count > LINKS_REMEMBERED) this.#forgetOne();
  }

  /** Those that lead there, the last one first. */
  to(ref: ObjectRef): readonly Expectation[] {
    return (this.#links.get(this.#identify(ref)) ?? []).toReversed();
  }

  /** The same, and forgets them. */
  take(ref: ObjectRef): readonly Expectation[] {
    const taken = this.to(ref);
    this.#links.delete(this.#identify(ref));
    this.#count -= taken.length;
    return taken;
  }

  #forgetOne(): void {
    for (const [id, known] of this.#links) {
      known.shift();
      this.#count -= 1;
      if (known.length === 0) this.#links.delete(id);
      return;
    }
  }
}

const isOfUse = ({ signature, key, bucket }: DigestLink): boolean =>
  signature.length <= LONGEST.signature && key.length <= LONGEST.key && bucket.length <= LONGEST.bucket;
