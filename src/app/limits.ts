const MIB = 2 ** 20;

/**
 * What is read at most, so that nobody's file can exhaust the memory. CloudTrail's own files stay far below:
 * digests are a few KB to a few MB, logs rarely exceed 50 MB uncompressed.
 */
export const LIMITS = {
  digest: { stored: 32 * MIB, inflated: 128 * MIB },
  log: { stored: 256 * MIB, inflated: 1024 * MIB },
} as const;

/** Digests of a chain that are fetched and examined ahead of the walk. */
export const DIGESTS_AHEAD = 64;
/** Log references of a chain whose check may be under way or done ahead of the report. */
export const LOGS_AHEAD = 2_048;
/** Accounts and regions that are worked on at once. */
export const FOLDERS_AT_ONCE = 8;
/** Events of one folder that may wait until the folders before it are reported. */
export const EVENTS_AHEAD = 2_048;
