import type { Candidate } from '../../core/chain/walk.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';

/**
 * Examines the digests that a walk will most likely come to, several at once, so that the walk itself never waits for
 * one object at a time. Any other digest is examined when the walk asks for it, and so is one that was too large to be
 * kept beside the others until then.
 */
export class DigestPrefetch<Examined> {
  readonly #examine: (ref: ObjectRef) => Promise<Sized<Examined>>;
  readonly #identify: (ref: ObjectRef) => string;
  readonly #depth: number;
  readonly #capacity: number;
  readonly #ahead = new Map<string, Ahead<Examined>>();
  #upcoming: Iterator<Candidate> = [].values();
  /** The size of what waits to be taken. */
  #held = 0;

  /**
   * @param depth examined ahead of the walk at most
   * @param capacity what waits to be taken has at most this size
   */
  constructor(
    examine: (ref: ObjectRef) => Promise<Sized<Examined>>,
    identify: (ref: ObjectRef) => string,
    depth: number,
    capacity: number,
  ) {
    this.#examine = examine;
    this.#identify = identify;
    this.#depth = depth;
    this.#capacity = capacity;
  }

  /** The candidates to come, in their order; replaces those given before. */
  expect(candidates: Iterable<Candidate>): void {
    this.#upcoming = candidates[Symbol.iterator]();
  }

  async take(ref: ObjectRef): Promise<Examined> {
    const id = this.#identify(ref);
    const found = this.#ahead.get(id);
    this.#drop(id);
    const examined = found?.examined ?? this.#examine(ref);
    this.#fill(id);
    return (await examined).content;
  }

  #fill(taken: string): void {
    while (this.#ahead.size < this.#depth && this.#held < this.#capacity) {
      const next = this.#upcoming.next();
      if (next.done) return;
      const id = this.#identify(next.value.ref);
      if (id === taken || this.#ahead.has(id)) continue;
      const ahead = { examined: this.#examine(next.value.ref), size: 0 };
      this.#ahead.set(id, ahead);
      // Whoever takes it sees the failure; if nobody does, it concerns nobody.
      ahead.examined.then(
        ({ size }) => this.#keep(id, ahead, size),
        () => {},
      );
    }
  }

  /** Only now is it known how large it is. */
  #keep(id: string, ahead: Ahead<Examined>, size: number): void {
    if (this.#ahead.get(id) !== ahead) return;
    ahead.size = size;
    this.#held += size;
    if (this.#held > this.#capacity) this.#drop(id);
  }

  #drop(id: string): void {
    this.#held -= this.#ahead.get(id)?.size ?? 0;
    this.#ahead.delete(id);
  }
}

/** What came of an examination, and how much of memory that may take, in bytes. */
export interface Sized<Examined> {
  readonly content: Examined;
  readonly size: number;
}

interface Ahead<Examined> {
  readonly examined: Promise<Sized<Examined>>;
  /** 0 until it is known. */
  size: number;
}
