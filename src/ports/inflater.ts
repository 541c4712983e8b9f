import type { ReadContent, Unread } from '../core/content/object-content.js';

type TooLarge = Extract<Unread, { status: 'too-large' }>;

export type Inflated = (ReadContent & { readonly bytes: Uint8Array }) | TooLarge;

/** What came of bytes that were hashed and dropped. */
export type HashedPieces = ReadContent | TooLarge;

/** Opens stored bytes: gzip or plain by the first two bytes, inflated, accounted for and hashed. */
export interface Inflater {
  /**
   * Where stored bytes may be put before they are given to {@link hash}, from its beginning on: they are not copied then. Every
   * call of a method may write over it. Absent where that saves nothing.
   */
  readonly room?: Uint8Array | undefined;
  /** Never inflates more than `maxInflated` bytes, whatever the stream says of itself. Never throws on any input. */
  open(stored: Uint8Array, maxInflated: number): Inflated;
  /** The same, without the bytes. */
  hash(stored: Uint8Array, maxInflated: number): HashedPieces;
  /** The same of bytes that come piece by piece, `storedSize` in all. Keeps none of them. Throws only what the pieces throw. */
  hashPieces(pieces: AsyncIterable<Uint8Array>, storedSize: number, maxInflated: number): Promise<HashedPieces>;
}
