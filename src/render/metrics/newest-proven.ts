import type { CoverageInterval } from '../../core/coverage/coverage.js';
import type { Instant } from '../../core/time/instant.js';

/** Up to when a chain is proven: the end of its newest verified digest within the time asked for. Undefined when nothing is proven. */
export const newestProven = (coverage: readonly CoverageInterval[]): Instant | undefined =>
  coverage.reduce<Instant | undefined>(
    (newest, { state, end }) => (state === 'proven' ? Math.max(newest ?? end, end) : newest),
    undefined,
  );
