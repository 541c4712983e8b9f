import { compareUtf8 } from '../encoding/compare-utf8.js';
import { toDeliverySteps } from '../objects/cloudtrail-key.js';
import type { ObjectRef } from '../objects/object-ref.js';
import type { Place } from './displacement.js';

/** Where objects lie that were delivered elsewhere, or to a bucket that the place they lie in does not name. */
export interface Mount {
  /** The buckets that they were delivered to; the first is the one that listings name. */
  readonly buckets: readonly [string, ...string[]];
  /** Whether those of any other bucket may lie there too that has no mount of its own. */
  readonly isOpen: boolean;
  /** Whether the place tells of which bucket each of them is. */
  readonly knowsBucket: boolean;
  /** What their delivered keys begin with: empty, or ending in a slash. */
  readonly prefix: string;
  /** Where they lie. */
  readonly at: Place;
  /**
   * So many of the folders for dates are left, fewer than the three that there were, and files of several dates lie in one. Their
   * names tell the rest. Absent where what follows the prefix is the same in both places.
   */
  readonly datesKept?: number;
}

/** Where an object or a folder lies. */
export const moveTo = ({ prefix, at, datesKept }: Mount, { key }: ObjectRef): ObjectRef => {
  const below = key.slice(prefix.length);
  const kept =
    datesKept === undefined
      ? below
      : below
          .split('/')
          .slice(-1 - datesKept)
          .join('/');
  return { bucket: at.bucket, key: `${at.prefix}${kept}` };
};

/** The key that an object was delivered under, by that under which it lies. */
export function moveBack({ prefix, at, datesKept }: Mount, lies: string): string {
  const below = lies.slice(at.prefix.length);
  const steps = datesKept === undefined ? undefined : toDeliverySteps(lies);
  if (steps === undefined) return `${prefix}${below}`;
  return `${prefix}${steps.split('/').slice(3, 6).join('/')}/${below.slice(below.lastIndexOf('/') + 1)}`;
}

/** How the names begin of what a mount holds, as far as its prefix says; undefined where it does not say the kind. */
export function markOf({ prefix }: Mount): string | undefined {
  const [, account, kind, region] =
    /(?:^|\/)AWSLogs\/(?:o-[a-z0-9]+\/)?(\d{12})\/([^/]+)\/(?:([^/]+)\/)?/.exec(prefix) ?? [];
  return kind && `${account}_${kind}_${region === undefined ? '' : `${region}_`}`;
}

/** Whether no folder of CloudTrail's is left of a place: whatever has another name may be anybody's. */
export const isFlat = ({ prefix, datesKept }: Mount): boolean =>
  datesKept === 0 || /\/\d{4}\/\d{2}\/\d{2}\/$/.test(prefix);

/** Whether two places are one, by their names. */
export const isSamePlace = (a: Place, b: Place): boolean => a.bucket === b.bucket && a.prefix === b.prefix;

/** Mounts by their prefixes. Looking one up takes as long as the key has steps, however many there are. */
export class Mounts {
  /** In byte order of their prefixes. */
  readonly all: readonly Mount[];
  readonly #byPrefix: ReadonlyMap<string, Mount>;

  constructor(mounts: readonly Mount[]) {
    this.all = [...mounts].sort((a, b) => compareUtf8(a.prefix, b.prefix));
    this.#byPrefix = new Map(mounts.map((mount) => [mount.prefix, mount]));
  }

  /** The mount whose prefix is the longest of those that a key begins with. */
  covering(key: string): Mount | undefined {
    return findAround(this.#byPrefix, key);
  }
}

/** What is known of the innermost folder that a key lies in, of those that anything is known of. */
export function findAround<T>(folders: ReadonlyMap<string, T>, key: string): T | undefined {
  for (let end = key.lastIndexOf('/'); end !== -1; end = end === 0 ? -1 : key.lastIndexOf('/', end - 1)) {
    const found = folders.get(key.slice(0, end + 1));
    if (found !== undefined) return found;
  }
  return folders.get('');
}
