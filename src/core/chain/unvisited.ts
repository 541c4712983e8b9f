import { parseDigestKey } from '../objects/cloudtrail-key.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { Instant } from '../time/instant.js';
import { byEnd, type Candidate, type WalkGround } from './walk.js';

/**
 * Digests that are still to be looked at. Whoever may write to the bucket may plant any number of them, with names of
 * their choice: taking one costs much the same, however many there are.
 */
export class Unvisited {
  /** Oldest first. Their places are counted from one. */
  readonly #candidates: readonly Candidate[];
  readonly #identify: WalkGround['identify'];
  /** Of each place: itself until it is taken, then one before it. Zero stands for none and is never taken. */
  readonly #left: Int32Array;

  constructor(candidates: readonly Candidate[], identify: WalkGround['identify']) {
    this.#candidates = [...candidates].sort(byEnd);
    this.#identify = identify;
    this.#left = Int32Array.from({ length: candidates.length + 1 }, (_, place) => place);
    this.#dropCopies();
  }

  /** Takes the newest that is older than that; of those that end together, the last that was given. */
  takeBefore(end: Instant): Candidate | undefined {
    return this.#take(this.#nearest(this.#countBefore(end)));
  }

  /** Takes the one that stands for that object. */
  takeSame(ref: ObjectRef): Candidate | undefined {
    const end = parseDigestKey(ref.key)?.endTime;
    if (end === undefined) return undefined;
    const id = this.#identify(ref);
    const older = this.#countBefore(end);
    let place = this.#nearest(this.#countBefore(end + 1));
    while (place > older && this.#idAt(place) !== id) place = this.#nearest(place - 1);
    return place > older ? this.#take(place) : undefined;
  }

  /** In the order in which a walk over them comes to each where no link leads elsewhere. */
  *upcoming(): Generator<Candidate> {
    const rounds: number[][] = [];
    let round = 0;
    for (let place = this.#candidates.length; place > 0; place -= 1) {
      round = this.#endAt(place) === this.#endAt(place + 1) ? round + 1 : 0;
      const places = rounds[round];
      if (places) places.push(place);
      else rounds.push([place]);
    }
    for (const place of rounds.flat()) {
      const candidate = this.#candidates[place - 1];
      // Links may have led to it meanwhile.
      if (candidate && this.#left[place] === place) yield candidate;
    }
  }

  /** Of copies of one object, the last stands for all. */
  #dropCopies(): void {
    let seen = new Set<string | undefined>();
    for (let place = this.#candidates.length; place > 0; place -= 1) {
      const isLast = this.#endAt(place) !== this.#endAt(place + 1);
      if (isLast && this.#endAt(place) !== this.#endAt(place - 1)) continue;
      if (isLast) seen = new Set();
      const id = this.#idAt(place);
      if (seen.has(id)) this.#take(place);
      seen.add(id);
    }
  }

  #endAt(place: number): Instant | undefined {
    return this.#candidates[place - 1]?.end;
  }

  #idAt(place: number): string | undefined {
    const candidate = this.#candidates[place - 1];
    return candidate && this.#identify(candidate.ref);
  }

  #take(place: number): Candidate | undefined {
    if (place > 0) this.#left[place] = place - 1;
    return this.#candidates[place - 1];
  }

  /** The nearest at or before a place that was not taken. The way there is shortened for those who come after. */
  #nearest(place: number): number {
    let found = place;
    for (let next = this.#left[found]; next !== undefined && next !== found; next = this.#left[found]) found = next;
    for (let at = place; at > found; ) {
      const next = this.#left[at] ?? found;
      this.#left[at] = found;
      at = next;
    }
    return found;
  }

  /** How many are older than that, and so the place of the last of them. */
  #countBefore(end: Instant): number {
    let [low, high] = [0, this.#candidates.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#endAt(middle + 1) ?? end) < end) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
