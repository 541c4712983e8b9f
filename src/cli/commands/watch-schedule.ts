import { HOUR, type Instant, MINUTE } from '../../core/time/instant.js';

/** A digest is there at the latest so long after the hour that it covers. */
const DELIVERY = 31 * MINUTE;
/** So much is added at most, so that many do not ask at once. */
const MOST_JITTER = 5 * MINUTE;

/** What decides when the next run begins. Times in milliseconds. */
export interface Pace {
  /** From one run to the next. */
  readonly every: number;
  /** When the last run began. */
  readonly begun: Instant;
  /** And ended. */
  readonly ended: Instant;
  /** The end of the newest digest that is known. A trail's hours begin at the minute and second at which logging did. */
  readonly newestEnd: Instant;
  /** In [0, 1). */
  readonly chance: number;
}

/**
 * When the next run begins: at a whole multiple of `every` since 1970, set off by the time at which digests are due, and by up
 * to a twentieth of `every` or five minutes of chance. Runs that fell into the last one are left out, and so is one that would
 * begin less than half of `every` after it.
 */
export function nextRun({ every, begun, ended, newestEnd, chance }: Pace): Instant {
  const offset = (newestEnd % HOUR) + DELIVERY;
  const earliest = Math.max(ended, begun + every / 2);
  const aligned = Math.ceil((earliest - offset) / every) * every + offset;
  return aligned + Math.floor(chance * Math.min(MOST_JITTER, every / 20));
}
