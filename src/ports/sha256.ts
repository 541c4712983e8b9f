/** One SHA-256 (FIPS 180-4) under way. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** Lower-case hexadecimal; asked for once, at the end. */
  digest(): string;
}

/** Begins a hash. */
export type NewSha256 = () => Sha256;
