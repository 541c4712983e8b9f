import { type Finding, finding } from '../../core/findings/finding.js';
import type { TrailArn } from '../../core/objects/trail-arn.js';
import { parseRelocation } from '../../core/places/displacement.js';
import { Placement } from '../../core/places/placement.js';
import type { Inflater } from '../../ports/inflater.js';
import type { LogHasher } from '../../ports/log-hasher.js';
import type { ObjectStore } from '../../ports/object-store.js';
import type { VersionedObjects } from '../../ports/versioned-objects.js';
import { Stop, type StopSignals } from '../async/cancellation.js';
import type { Selection, Source } from '../listing/discover-folders.js';
import { Leftovers } from '../objects/find-leftovers.js';
import { UnpackedNames } from '../objects/unpacked-names.js';
import { type FoundPlaces, findPlaces } from './find-places.js';
import { placedHasher, placedStore, placedVersions } from './placed-store.js';
import { ReadOnce } from './read-once.js';

/** What is to be looked at. */
export interface PlaceRequest extends Selection {
  readonly sources: readonly Source[];
  /** Where objects are read that were delivered elsewhere, each as `FROM=TO`. */
  readonly relocated?: readonly string[];
  /** Only this trail may be looked at. */
  readonly trail?: { readonly arn: Pick<TrailArn, 'trailName' | 'homeRegion'> };
}

/** What it is looked at with. */
export interface PlaceableTools {
  readonly store: ObjectStore;
  readonly inflater: Inflater;
  readonly hasher: LogHasher;
  readonly versions?: VersionedObjects;
  readonly stopSignals?: StopSignals;
}

/** What belongs to tools by which everything lies where it was delivered. */
export interface PlaceRemarks {
  /** What is not read although it looks like a part of an archive, and what is none. */
  readonly remarks: readonly Finding[];
  /**
   * What was read elsewhere, or under other names, than it was delivered; to be asked at the end.
   * @param isCut whether the run was stopped, and may not have come to what it was told of
   */
  lastRemarks(isCut: boolean): readonly Finding[];
}

/** Finds out where what lies in the sources was delivered, and opens all of it as if it lay there. */
export async function openPlaces<T extends PlaceableTools>(
  request: PlaceRequest,
  given: T,
): Promise<{ readonly sources: readonly Source[]; readonly tools: T & PlaceRemarks }> {
  const unpacked = new UnpackedNames(given.store, given.hasher);
  const { relocated = [] } = request;
  const relocations = relocated.flatMap((text) => parseRelocation(text) ?? []);
  const once = new ReadOnce(unpacked.store);
  const { arn: trail } = request.trail ?? {};
  const tools = { store: once.first, inflater: given.inflater, ...(trail && { trail }) };
  const leftovers = new Leftovers(unpacked.store, given.inflater);
  const stop = new Stop(given.stopSignals);
  const found = await stop.untilAbandoned(findPlaces(request.sources, request, relocations, { ...tools, leftovers }));
  // A run that was stopped says so when it lists its sources.
  const { placement, sources, findings, moved, asked } = found ?? unplaced(request);
  const { versions } = given;
  return {
    sources,
    tools: {
      ...given,
      store: placedStore(once.second, placement),
      hasher: placedHasher(unpacked.hasher, placement),
      ...(versions && { versions: placedVersions(versions, placement) }),
      remarks: findings,
      lastRemarks: (isCut) => [
        ...relocated.flatMap((relocation, index) => {
          const isUsed = asked[index]?.some((mount) => placement.isUsed(mount)) ?? false;
          if (!isUsed && isCut) return [];
          return [finding(isUsed ? 'objects-relocated' : 'relocation-unused', { type: 'run' }, { relocation })];
        }),
        ...moved,
        ...unpacked.remarks,
      ],
    },
  };
}

const unplaced = ({ sources }: PlaceRequest): FoundPlaces => ({
  placement: new Placement(
    { mounts: [], hidden: [], homes: [], lots: [] },
    new Set(sources.map(({ bucket }) => bucket)),
  ),
  sources,
  findings: [],
  moved: [],
  asked: [],
});
