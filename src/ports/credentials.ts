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

/**
 * Where the SDK says what it thinks of the credentials it found: nowhere. Without this it writes to the console, and standard
 * error belongs to the results.
 */
export const SILENT_LOGGER = { debug() {}, info() {}, warn() {}, error() {} } as const;
