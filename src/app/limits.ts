const MIB = 2 ** 20;
const GIB = 2 ** 30;

/**
 * What is read at most, so that nobody's file can exhaust memory or time. CloudTrail's own files stay far below:
 * digests are a few KB to a few MB, logs rarely exceed 50 MB uncompressed.
 */
export const LIMITS = {
  digest: { stored: 32 * MIB, inflated: 128 * MIB },
  /** Up to here a log is read whole; a larger one piece by piece. */
  wholeLog: { stored: 8 * MIB, inflated: 64 * MIB },
  log: { stored: 8 * GIB, inflated: 32 * GIB },
  /** Older versions of digests and logs are read whole. */
  recovered: { stored: 64 * MIB, inflated: 512 * MIB },
  /** The list of the files of a saved query; a query's result is split into a few thousand files at most. */
  signFile: 16 * MIB,
  /** Result files are hashed piece by piece and never held. CloudTrail Lake writes up to 1 TB to one. */
  queryFile: 2_048 * GIB,
} as const;

/** Digests of a chain that are fetched and examined ahead of the walk. */
export const DIGESTS_AHEAD = 64;
/** Digests of a chain that are inflated and examined at once: each may take more than a hundred megabytes until that is done. */
export const DIGESTS_EXAMINED_AT_ONCE = 2;
/** Uncompressed bytes of the digests of a chain that are kept ahead of the walk. */
export const DIGEST_BYTES_AHEAD = 128 * MIB;
/** Log references of a chain whose check may be under way or done ahead of the report. */
export const LOGS_AHEAD = 2_048;
/** Accounts and regions that are worked on at once. */
export const FOLDERS_AT_ONCE = 8;
/** Events of one folder that may wait until the folders before it are reported. */
export const EVENTS_AHEAD = 2_048;
/** Saved query results that are worked on at once. */
export const EXPORTS_AT_ONCE = 8;
/** Their files that are hashed at once, over all of them. */
export const QUERY_FILES_AT_ONCE = 8;
/** Objects of which older versions are looked for at once, over all chains: for each, one version may be held whole. */
export const RECOVERIES_AT_ONCE = 16;
/** Folders outside of `AWSLogs` that are looked into in a run: a bucket that CloudTrail shares with others may hold millions. */
export const FOLDERS_SEARCHED = 10_000;
/** Names that are read of one folder outside of `AWSLogs`: more could not be looked into anyway. */
export const NAMES_LISTED = FOLDERS_SEARCHED;
/** Names that are read of a folder that holds accounts; an organization has some ten thousand at most. */
export const ACCOUNT_NAMES_LISTED = 100_000;
/** Names that are read of a folder of one account; AWS has some forty regions. */
export const REGION_NAMES_LISTED = 1_000;
/** Names in a folder of digests that are no digest's and are told one by one; the others are counted. Someone may have planted any number. */
export const STRANGE_NAMES_TOLD = 10_000;
/** Names of one day that are compared for what a file system takes for the same; of more, only those are. A busy account has some ten thousand logs a day. */
export const NAMES_COMPARED = 50_000;
/** Places that are found in a run: an account and a region below one `AWSLogs`, by its digests or by its logs. */
export const PLACES_FOUND = 400_000;
/** Folders that are searched at once. */
export const LISTINGS_AT_ONCE = 8;
/** Folders asked for before the first of them has answered: the names that are held, and how far one slow folder holds up others. */
export const ANSWERS_AHEAD = 64;
/** Accounts that are looked into at once; each takes a handful of listings. */
export const ACCOUNTS_AT_ONCE = 32;
/** Findings that are attributed in a run; of the others it is said how many they are. */
export const FINDINGS_ATTRIBUTED = 1_000;
/** Events that are told of one finding: the earliest half and the latest. */
export const EVENTS_TOLD = 10;
/** Restarts of a chain before which it is looked for the call that ended the run; the others remain undetermined. */
export const STOPS_SEARCHED = 1_000;
/** Logs of a chain that are searched for such calls; what more there are remain unsearched. */
export const STOP_LOGS_SEARCHED = 100_000;
/** Names of digests that are read to find those near such a restart. */
export const STOP_NAMES_LISTED = 10_000;
/** Failed calls that are counted for one finding. */
export const REFUSED_CALLS_COUNTED = 100;
/** Digests whose logs are searched at once. */
export const DIGESTS_SEARCHED_AT_ONCE = 32;
/** Logs that are read at once to be searched, over all digests. They are opened one after the other. */
export const LOGS_SEARCHED_AT_ONCE = 16;
/** Files of operating systems that are read at once to be told from logs: some KB each, a MiB at most. */
export const SYSTEM_FILES_READ_AT_ONCE = 16;
/** Copies that are compared with their originals at once: each of the two may be held whole, inflated too. */
export const COPIES_COMPARED_AT_ONCE = 4;
