/** A trail as DescribeTrails tells of it. */
export interface Trail {
  readonly name: string;
  readonly arn: string;
  readonly bucket: string;
  readonly prefix?: string;
  readonly homeRegion: string;
  readonly isMultiRegion: boolean;
  readonly isOrganization: boolean;
}

/** What AWS knows of trails and organizations. Its methods throw `ServiceError`, `CredentialsError` and `StoreUnreachableError`. */
export interface TrailDirectory {
  /** The trails that a region knows of: its own, and the multi-region ones of other regions. */
  describeTrails(region: string): Promise<readonly Trail[]>;
  /** The id of the caller's organization, for example `o-exampleorgid`. */
  describeOrganization(region: string): Promise<string>;
}
