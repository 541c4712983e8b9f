/** Lets requests through, so many at a time and no faster than is good. */
export interface RequestLimit {
  /** Waits for its turn, then runs the request. */
  run<T>(bucket: string, request: () => Promise<T>): Promise<T>;
}

export interface RequestLimitOptions {
  /** Requests under way at once, for good; it is found out where absent. */
  readonly concurrency?: number;
  /** The most that are ever under way. */
  readonly most: number;
  /** Requests a second to any one bucket, at most; as many as come where absent. */
  readonly rate?: number;
  /** Whether a failure means that too much was asked for. */
  readonly isOverload: (error: unknown) => boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

const FIRST_LEVEL = 32;
/** A level is judged by what came through in so many milliseconds. */
const WINDOW = 250;
/** More in flight must bring this much more through, or it is no gain. */
const WORTHWHILE = 1.03;
const GROWTH = 1.5;
const BACK_OFF = 0.5;
/** So much of a level that was too much is taken back quickly: a single refusal among thousands says little. */
const REGAINED = 0.75;

/**
 * Finds the number of requests to keep under way: it grows while more comes through, and is halved when the service
 * says that it is too much (additive increase would take minutes to find a level in the hundreds, so it grows by half).
 */
export function requestLimit(options: RequestLimitOptions): RequestLimit {
  const level =
    options.concurrency === undefined ? new Level(options.most, options.elapsed) : new FixedLevel(options.concurrency);
  const rates = new Map<string, Pace>();
  const waiting: (() => void)[] = [];
  let underWay = 0;
  const letIn = () => {
    while (underWay < level.value) {
      const next = waiting.shift();
      if (!next) return;
      underWay += 1;
      next();
    }
  };
  const takePlace = () =>
    new Promise<void>((go) => {
      waiting.push(go);
      letIn();
    });
  const paceOf = (bucket: string): Pace | undefined => {
    if (options.rate === undefined) return undefined;
    const pace = rates.get(bucket) ?? new Pace(options.rate, options.elapsed, options.sleep);
    rates.set(bucket, pace);
    return pace;
  };
  return {
    async run(bucket, request) {
      // Pace comes first: who waits for that must not hold a place that another bucket could use.
      await (paceOf(bucket)?.pass(takePlace) ?? takePlace());
      const start = options.elapsed();
      try {
        const result = await request();
        level.onSuccess(waiting.length > 0);
        return result;
      } catch (error) {
        if (options.isOverload(error)) level.onOverload(start);
        throw error;
      } finally {
        underWay -= 1;
        letIn();
      }
    },
  };
}

class FixedLevel {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  onSuccess(): void {}

  onOverload(): void {}
}

class Level {
  readonly #most: number;
  readonly #elapsed: () => number;
  #windowStart: number;
  #done = 0;
  #wasFull = true;
  #lastRate = 0;
  #backedOffAt = Number.NEGATIVE_INFINITY;
  /** Up to here it grows as at first. */
  #regainTo = Number.POSITIVE_INFINITY;
  value = FIRST_LEVEL;

  constructor(most: number, elapsed: () => number) {
    this.#most = most;
    this.#elapsed = elapsed;
    this.#windowStart = elapsed();
  }

  /** @param isWanted whether others wait for a turn: a level that is not used up says nothing */
  onSuccess(isWanted: boolean): void {
    this.#done += 1;
    this.#wasFull &&= isWanted;
    const duration = this.#elapsed() - this.#windowStart;
    if (duration < WINDOW || this.#done < this.value) return;
    const rate = this.#done / duration;
    if (this.#wasFull) this.#judge(rate);
    this.#open();
  }

  /** @param start when the request was begun that was too much */
  onOverload(start: number): void {
    // What was begun before the last change was too much for the old level, and what came right after met its queue.
    if (start < this.#backedOffAt + WINDOW) return;
    this.#backedOffAt = this.#elapsed();
    this.#regainTo = Math.floor(this.value * REGAINED);
    this.value = Math.max(1, Math.floor(this.value * BACK_OFF));
    this.#lastRate = 0;
    this.#open();
  }

  #judge(rate: number): void {
    if (rate > this.#lastRate * WORTHWHILE) {
      this.#lastRate = rate;
      this.value = Math.min(this.#most, this.#grown());
    } else this.#regainTo = this.value;
  }

  /** After a peak was found or refused, it is felt for in small steps. */
  #grown(): number {
    if (this.value < this.#regainTo) return Math.min(this.#regainTo, Math.ceil(this.value * GROWTH));
    return this.value + Math.max(1, Math.floor(this.value / 16));
  }

  #open(): void {
    this.#windowStart = this.#elapsed();
    this.#done = 0;
    this.#wasFull = true;
  }
}

/** One request after the other at even distances. */
class Pace {
  readonly #distance: number;
  readonly #elapsed: () => number;
  readonly #sleep: (milliseconds: number) => Promise<void>;
  #nextAt = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(rate: number, elapsed: () => number, sleep: (milliseconds: number) => Promise<void>) {
    this.#distance = 1000 / rate;
    this.#elapsed = elapsed;
    this.#sleep = sleep;
  }

  /** Waits for its turn and then for a place, in which no other request of the bucket overtakes it. */
  pass(takePlace: () => Promise<void>): Promise<void> {
    const arrived = this.#elapsed();
    const passing = this.#last.then(async () => {
      const due = Math.max(arrived, this.#nextAt);
      const early = due - this.#elapsed();
      if (early > 0) await this.#sleep(early);
      const asked = this.#elapsed();
      await takePlace();
      // Those that waited for a place meanwhile do not follow all at once.
      this.#nextAt = due + (this.#elapsed() - asked) + this.#distance;
    });
    this.#last = passing;
    return passing;
  }
}
