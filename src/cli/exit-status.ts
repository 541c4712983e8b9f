import type { Outcome } from '../core/outcome.js';

/** Exit statuses of the native commands; 64 and 70 are those of sysexits.h. */
export const EXIT = { verified: 0, failed: 1, undetermined: 2, usage: 64, internal: 70 } as const;

export const exitStatusOf = (outcome: Outcome): number => EXIT[outcome];
