import type { NewSha256 } from '../../ports/sha256.js';

const WORDS = 4;
const FIRST_CAPACITY = 1024;
const ENCODER = new TextEncoder();

/**
 * A set of names that keeps 128 bits of the SHA-256 of each and nothing else: a million of them take about 32 MB. That
 * many bits leave nobody a chance to find a name that is taken for another.
 */
export class KeySet {
  readonly #newSha256: NewSha256;
  /** Open addressing; four zeros are an empty place. */
  #slots = new Uint32Array(FIRST_CAPACITY * WORDS);
  #size = 0;

  constructor(newSha256: NewSha256) {
    this.#newSha256 = newSha256;
  }

  get size(): number {
    return this.#size;
  }

  add(name: string): void {
    if ((this.#size + 1) * 2 * WORDS > this.#slots.length) this.#grow();
    if (this.#place(this.#slots, this.#hash(name))) this.#size += 1;
  }

  has(name: string): boolean {
    const hash = this.#hash(name);
    const at = findSlot(this.#slots, hash);
    return !isEmpty(this.#slots, at);
  }

  #hash(name: string): Uint32Array {
    const sha256 = this.#newSha256();
    sha256.update(ENCODER.encode(name));
    const hex = sha256.digest();
    return Uint32Array.from({ length: WORDS }, (_, word) => Number.parseInt(hex.slice(word * 8, word * 8 + 8), 16));
  }

  /** Whether it was not there before. */
  #place(slots: Uint32Array, hash: Uint32Array): boolean {
    const at = findSlot(slots, hash);
    if (!isEmpty(slots, at)) return false;
    slots.set(hash, at);
    return true;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#slots.length; at += WORDS) {
      if (!isEmpty(this.#slots, at)) this.#place(slots, this.#slots.subarray(at, at + WORDS));
    }
    this.#slots = slots;
  }
}

/** Where the hash is, or would be put. */
function findSlot(slots: Uint32Array, hash: Uint32Array): number {
  const mask = slots.length / WORDS - 1;
  for (let index = (hash[0] ?? 0) & mask; ; index = (index + 1) & mask) {
    const at = index * WORDS;
    if (isEmpty(slots, at) || hash.every((word, offset) => slots[at + offset] === word)) return at;
  }
}

const isEmpty = (slots: Uint32Array, at: number): boolean =>
  slots[at] === 0 && slots[at + 1] === 0 && slots[at + 2] === 0 && slots[at + 3] === 0;
