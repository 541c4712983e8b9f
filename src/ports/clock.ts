import type { Instant } from '../core/instant.js';

/** Tells the time. A run asks once. */
export interface Clock {
  now(): Instant;
}
