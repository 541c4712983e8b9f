/** What requests to AWS are signed with. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When they end. */
  readonly expiration?: Date;
}

/** Gives credentials that last for some minutes more; to be asked again before they end. Safe to ask as often as one likes. */
export type CredentialsSource = () => Promise<AwsCredentials>;
