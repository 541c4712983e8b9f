/** What requests to AWS are signed with. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When they end. */
  readonly expiration?: Date;
}

/** Gives credentials that last for some minutes more, given what the SDK says of the client that asks; to be asked again before they end. Safe to ask as often as one likes. */
export type CredentialsSource = (options?: object) => Promise<AwsCredentials>;

/**
 * Where the SDK says what it thinks of the credentials it found: nowhere. Without this it writes to the console, and standard
 * error belongs to the results.
 */
export const SILENT_LOGGER = { debug() {}, info() {}, warn() {}, error() {} } as const;
