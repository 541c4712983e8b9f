import type { PublicKeyRecord } from '../../../src/ports/key-source.js';

/** An object of a forged world. */
export interface WorldObject {
  readonly body: Uint8Array;
  /** User metadata, names without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** For example `GLACIER`: a GET is then refused with InvalidObjectState. */
  readonly storageClass?: string;
}

/** A version that a bucket keeps; without an object it is the mark of a deletion. */
export interface WorldVersion {
  readonly versionId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly object?: WorldObject;
}

export interface WorldTrail {
  readonly name: string;
  readonly arn: string;
  readonly bucket: string;
  readonly prefix?: string;
  readonly homeRegion: string;
  readonly multiRegion: boolean;
  readonly organization: boolean;
  readonly kmsKeyArn?: string;
}

/** An account as ListAccounts tells of it. */
interface WorldAccount {
  readonly accountId: string;
  /** `ACTIVE` when absent. */
  readonly state?: 'ACTIVE' | 'SUSPENDED' | 'CLOSED';
  /** Milliseconds since 1970. */
  readonly joinedAt?: number;
}

/** A role that may be assumed. */
export interface WorldRole {
  /** Without it the role is refused, where there is one. */
  readonly externalId?: string;
  /** What its sessions sign with. */
  readonly accessKeyId: string;
  /** Milliseconds since 1970; in an hour when absent. */
  readonly expiration?: number;
}

/** What GetTrailStatus says; times in milliseconds since 1970. */
interface WorldTrailStatus {
  readonly isLogging?: boolean;
  readonly stoppedAt?: number;
  readonly digestDeliveredAt?: number;
  readonly digestDeliveryError?: string;
  readonly logDeliveryError?: string;
}

/** The key of what a trail does in a region. */
export const statusKey = (arn: string, region: string): string => `${arn} ${region}`;

/** Everything that AWS would hold: what the forger fills, and what the stores and the loopback server of the tests serve. Mutable: tests tamper with it. */
export interface World {
  /** bucket → key → object */
  readonly buckets: Map<string, Map<string, WorldObject>>;
  /** bucket → region; us-east-1 when absent */
  readonly bucketRegions: Map<string, string>;
  /** `bucket/key` → versions, newest first, the present one among them; of objects that were never overwritten or deleted there are none. */
  readonly versions: Map<string, WorldVersion[]>;
  readonly publicKeys: PublicKeyRecord[];
  readonly trails: WorldTrail[];
  organizationId?: string;
  /** The accounts of the organization; Organizations refuses to list them when absent. */
  accounts?: readonly WorldAccount[];
  /** What GetTrailStatus says of a trail, by its ARN and a region. */
  readonly trailStatus: Map<string, WorldTrailStatus>;
  /** By ARN. */
  readonly roles: Map<string, WorldRole>;
}

export const emptyWorld = (): World => ({
  buckets: new Map(),
  bucketRegions: new Map(),
  versions: new Map(),
  publicKeys: [],
  trails: [],
  trailStatus: new Map(),
  roles: new Map(),
});

/** A world with the same objects, keys and trails. What is put into one, or deleted, does not touch the other. */
export const copyWorld = (world: World): World => ({
  ...world,
  buckets: new Map([...world.buckets].map(([bucket, objects]) => [bucket, new Map(objects)])),
  bucketRegions: new Map(world.bucketRegions),
  versions: new Map([...world.versions].map(([place, versions]) => [place, [...versions]])),
  publicKeys: [...world.publicKeys],
  trails: [...world.trails],
  trailStatus: new Map(world.trailStatus),
  roles: new Map(world.roles),
});

/** Puts an object, making its bucket where needed. */
export function putObject(world: World, bucket: string, key: string, object: WorldObject): void {
  const objects = world.buckets.get(bucket) ?? new Map<string, WorldObject>();
  world.buckets.set(bucket, objects);
  objects.set(key, object);
}
