import { gunzipSync, gzipSync } from 'node:zlib';

/** Offset of the byte of a gzip header that names the operating system. */
const OPERATING_SYSTEM = 9;
const UNKNOWN_SYSTEM = 0xff;

/** One gzip member without time or operating system, so that the same bytes come out in every run. */
export function stableGzip(bytes: Uint8Array, level: 0 | 1 | 6 | 9 = 6): Uint8Array {
  const packed = new Uint8Array(gzipSync(bytes, { level }));
  packed[OPERATING_SYSTEM] = UNKNOWN_SYSTEM;
  return packed;
}

/** The bytes in a gzip stream. Throws when it is damaged. */
export const inflate = (packed: Uint8Array): Uint8Array => new Uint8Array(gunzipSync(packed));
