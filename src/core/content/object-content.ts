import type { Refusal } from '../findings/finding.js';

/** What is wrong with bytes that should be exactly one gzip member (RFC 1952). */
export type GzipFault =
  | 'header-invalid'
  | 'data-invalid'
  | 'truncated'
  | 'checksum-mismatch'
  | 'length-mismatch'
  | 'trailing-data';

/** Why the content of an object is not known. Each is a fact of its own: none may be taken for another. */
export type Unread =
  | { readonly status: 'not-found' }
  | { readonly status: 'denied'; readonly refusal: Refusal }
  | { readonly status: 'archived'; readonly storageClass: string; readonly refusal: Refusal }
  | { readonly status: 'too-large'; readonly measure: 'stored' | 'inflated'; readonly limit: number }
  /** Still failing in passing (network, throttling, 5xx) when the retries were used up. */
  | { readonly status: 'unavailable'; readonly refusal: Refusal };

/** What was read and hashed. */
export interface ReadContent {
  readonly status: 'read';
  /** By its first bytes; objects inflated by a copying tool are `plain`. */
  readonly form: 'gzip' | 'plain';
  /** What is wrong with the gzip stream; absent when it is one whole member and nothing else. */
  readonly fault?: GzipFault;
  /**
   * Lower-case hexadecimal SHA-256 of the uncompressed bytes: with a fault, of what the first member gave; absent when
   * the stream cannot be inflated at all.
   */
  readonly sha256?: string;
  /** Bytes as stored. */
  readonly storedSize: number;
  /** Bytes after inflating, as far as that was possible. */
  readonly size: number;
}

/** The hash of an object as it is stored, still compressed if it is. */
export interface StoredHash {
  readonly status: 'hashed';
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** What is known of a log file's content. */
export type LogFacts = ReadContent | Unread;

/** What is known of a digest file's content and of the metadata of its object. */
export type DigestFacts = (ReadContent & { readonly bytes: Uint8Array; readonly metadata: DigestMetadata }) | Unread;

/** The object metadata of a digest, as delivered by CloudTrail. Absent where a copy has lost it. Unverified. */
export interface DigestMetadata {
  /** Hexadecimal RSA signature. */
  readonly signature?: string;
  readonly signatureAlgorithm?: string;
  readonly backfillGenerationTime?: string;
  /** The name of a file that should hold these, and cannot be used. */
  readonly unusableFile?: string;
}

/** The facts of content, without the content. */
export function withoutBytes({ bytes: _dropped, ...facts }: ReadContent & { readonly bytes: Uint8Array }): ReadContent {
  return facts;
}
