import { type RequestLimit, requestLimit } from '../../adapters/decorators/request-limit.js';
import { createRetry } from '../../adapters/decorators/retry.js';
import { isOverload, type Retry } from '../../ports/service-error.js';

/** How fast objects are asked for. */
export interface Pace {
  /** Requests under way at once; found out where absent. */
  readonly concurrency?: number;
  /** Requests a second to any one bucket, at most. */
  readonly rate?: number;
}

/** As many as there are connections. More in flight from one thread has never brought more through, and takes memory. */
export const MOST_AT_ONCE = 256;

/** The limit of the thread that it is made in. */
export const newLimit = (pace: Pace): RequestLimit =>
  requestLimit({
    ...pace,
    most: MOST_AT_ONCE,
    isOverload,
    elapsed,
    sleep,
  });

export const newRetry = (): Retry => createRetry({ random: Math.random, sleep, elapsed });

const elapsed = (): number => performance.now();

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
