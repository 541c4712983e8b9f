import type { Refusal } from '../core/findings/finding.js';
import type { Instant } from '../core/time/instant.js';

/** A trail as DescribeTrails tells of it. */
export interface Trail {
  readonly name: string;
  readonly arn: string;
  readonly bucket: string;
  readonly prefix?: string;
  readonly homeRegion: string;
  readonly isMultiRegion: boolean;
  readonly isOrganization: boolean;
  /** What its logs are encrypted with, where that is a KMS key. */
  readonly kmsKeyArn?: string;
}

/** What CloudTrail delivers of a trail in one region, as GetTrailStatus tells. */
export interface TrailStatus {
  readonly isLogging: boolean;
  /** When logging was last stopped. */
  readonly stoppedAt?: Instant;
  /** When a digest was last delivered, which is up to half an hour after its end. */
  readonly digestDeliveredAt?: Instant;
  /** The error of S3 that the latest delivery of a digest met. */
  readonly digestDeliveryError?: string;
  /** The error of S3 that the latest delivery of a log met. */
  readonly logDeliveryError?: string;
}

export type TrailStatusAnswer =
  | { readonly status: 'found'; readonly trail: TrailStatus }
  | {
      readonly status: 'unavailable';
      readonly refusal: Refusal;
      /** It answers as a region does that the account has not enabled, and that nothing is delivered of. */
      readonly isDisabled: boolean;
    };

/** An account of an organization. */
export interface MemberAccount {
  readonly accountId: string;
  /** Neither suspended nor closed. */
  readonly isActive: boolean;
  readonly joinedAt?: Instant;
}

/** What AWS knows of trails and organizations. Its methods throw `ServiceError`, `CredentialsError` and `StoreUnreachableError`. */
export interface TrailDirectory {
  /** The trails that a region knows of: its own, and the multi-region ones of other regions. */
  describeTrails(region: string): Promise<readonly Trail[]>;
  /** Every region of the partition of a region, whether the account has enabled it or not. */
  regionsOf(region: string): Promise<readonly string[]>;
  /** What a trail does in a region. A region that refuses or cannot be reached is an answer, not an error. */
  trailStatus(arn: string, region: string): Promise<TrailStatusAnswer>;
  /** The id of the caller's organization, for example `o-exampleorgid`. */
  describeOrganization(region: string): Promise<string>;
  /** The accounts of the caller's organization. */
  listAccounts(region: string): Promise<readonly MemberAccount[]>;
}
