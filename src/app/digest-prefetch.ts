import type { ObjectRef } from '../core/objects.js';
import type { Candidate } from '../core/walk.js';

/**
 * Examines the digests that a walk will most likely come to, several at once, so that the walk itself never waits for
 * one object at a time. Any other digest is examined when the walk asks for it.
 */
export class DigestPrefetch<Examined> {
  readonly #examine: (ref: ObjectRef) => Promise<Examined>;
  readonly #identify: (ref: ObjectRef) => string;
  readonly #depth: number;
  readonly #underWay = new Map<string, Promise<Examined>>();
  #upcoming: Candidate[] = [];

  constructor(examine: (ref: ObjectRef) => Promise<Examined>, identify: (ref: ObjectRef) => string, depth: number) {
    this.#examine = examine;
    this.#identify = identify;
    this.#depth = depth;
  }

  /** The candidates to come, oldest first; replaces those given before. */
  expect(candidates: readonly Candidate[]): void {
    this.#upcoming = [...candidates];
  }

  take(ref: ObjectRef): Promise<Examined> {
    const id = this.#identify(ref);
    const found = this.#underWay.get(id);
    this.#underWay.delete(id);
    const examined = found ?? this.#examine(ref);
    this.#fill(id);
    return examined;
  }

  #fill(taken: string): void {
    while (this.#underWay.size < this.#depth) {
      const next = this.#upcoming.pop();
      if (!next) return;
      const id = this.#identify(next.ref);
      if (id === taken || this.#underWay.has(id)) continue;
      const examined = this.#examine(next.ref);
      // Whoever takes it sees the failure; if nobody does, it concerns nobody.
      examined.catch(() => {});
      this.#underWay.set(id, examined);
    }
  }
}
