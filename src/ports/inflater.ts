import type { ReadContent, Unread } from '../core/contents.js';

export type Inflated = (ReadContent & { readonly bytes: Uint8Array }) | Extract<Unread, { status: 'too-large' }>;

/** Opens stored bytes: gzip or plain by the first two bytes, inflated, accounted for and hashed. */
export interface Inflater {
  /** Never inflates more than `maxInflated` bytes, whatever the stream says of itself. Never throws on any input. */
  open(stored: Uint8Array, maxInflated: number): Inflated;
}
