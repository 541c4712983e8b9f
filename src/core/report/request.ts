import type { Instant } from '../time/instant.js';

/**
 * What a run is asked. Flags, variables, the configuration file and the options of the library give it, the walk reads it,
 * and the report repeats it. A new question is a field here and a row in `SETTINGS` (`src/config/settings.ts`).
 */
export interface RunRequest {
  /** Where the time to verify begins; with the oldest digest found when absent. */
  readonly from?: Instant;
  /** Where it ends; with the newest digest found when absent. */
  readonly to?: Instant;
  /** Only these accounts, regions and names of trails; everything that is there when absent. */
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
  readonly trails?: readonly string[];
  /** Only this trail. Without a source, AWS is asked where it delivers; unless the source is a folder, also what it delivered last. */
  readonly trailArn?: string;
  /** How long ago the newest digest of a chain may have ended, in milliseconds: an older one fails. The time then ends now where no `to` is given. */
  readonly maxAge?: number;
  /** Accounts that must have digests: in each of `expectRegions`, or in any region where none are expected. */
  readonly expectAccounts?: readonly string[];
  /** Regions that each expected account must have digests of; each account that is found, where none is expected. */
  readonly expectRegions?: readonly string[];
  /** Whether objects are reported that no digest lists; when absent, only in a folder, where listing costs nothing. */
  readonly auditUnreferenced?: boolean;
  /** Whether to search older versions of missing or changed objects, and to continue with them. */
  readonly useVersions?: boolean;
  /** Whether to search the verified logs for the events that explain missing or changed objects: logs are read a second time. */
  readonly attribute?: boolean;
  /** Objects that are read elsewhere than CloudTrail delivered them, each as `FROM=TO` (buckets, or buckets and prefixes). */
  readonly relocated?: readonly string[];
}
