import { SECOND } from '../../../core/time/instant.js';
import type { ServiceCall } from '../../../ports/service-error.js';
import { S3Error } from './s3-error.js';

/** A body has so long to come, whatever its size. */
const GRACE = 60 * SECOND;
/** After that, it must have come with so many bytes a second. */
const LEAST_RATE = 1_024;

/** Notices a body that comes and comes and never ends: between one byte and the next nothing times out. Begins when it is made. */
export class BodyPace {
  readonly #start = performance.now();

  /**
   * @param size what has come so far
   * @returns {@link S3Error} where that is too little: another attempt may be quicker
   */
  errorAt(size: number, call: ServiceCall): S3Error | undefined {
    const duration = performance.now() - this.#start;
    if (duration <= GRACE || size * SECOND >= LEAST_RATE * duration) return undefined;
    const message = `The body came with ${size} bytes in ${Math.round(duration / SECOND)} s.`;
    return new S3Error(call, { errorCode: 'SlowBody', message }, 200, {});
  }
}
