import { crc32 } from 'node:zlib';
import { withoutBytes } from '../../../src/core/content/object-content.js';
import type { Inflater } from '../../../src/ports/inflater.js';
import { concat } from './corrupt-gzip.js';
import type { seededNumbers } from './seeded-numbers.js';

const HEADER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

/** A member of a deflate stream, with the trailer of what the stream inflates to. */
export function memberOf(stream: Uint8Array, content: Uint8Array): Uint8Array {
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc32(content), true);
  trailer.setUint32(4, content.length, true);
  return concat(HEADER, stream, new Uint8Array(trailer.buffer));
}

/** What two inflaters disagree on; undefined where both say the same, of the file and of its pieces. */
export async function findDifference(
  one: Inflater,
  other: Inflater,
  stored: Uint8Array,
  cap: number,
  pieces: readonly number[],
): Promise<string | undefined> {
  const opened = one.open(stored, cap);
  const expected = other.open(stored, cap);
  const facts = opened.status === 'read' ? withoutBytes(opened) : opened;
  const expectedFacts = expected.status === 'read' ? withoutBytes(expected) : expected;
  if (!isSame(facts, expectedFacts)) return `open: ${JSON.stringify(facts)}, not ${JSON.stringify(expectedFacts)}`;
  if (opened.status === 'read' && expected.status === 'read' && Buffer.compare(opened.bytes, expected.bytes) !== 0)
    return 'open: other bytes';
  const hashed = one.hash(stored, cap);
  if (!isSame(hashed, expectedFacts)) return `hash: ${JSON.stringify(hashed)}, not ${JSON.stringify(expectedFacts)}`;
  const inPieces = await one.hashPieces(cut(stored, pieces), stored.length, cap);
  return isSame(inPieces, expectedFacts)
    ? undefined
    : `in pieces of ${pieces}: ${JSON.stringify(inPieces)}, not ${JSON.stringify(expectedFacts)}`;
}

const isSame = (one: object, other: object): boolean =>
  JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());

async function* cut(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? bytes.length;
    yield bytes.subarray(start, start + length);
    start += length;
  }
}

/** Changes some bits or bytes, cuts, or puts bytes in. */
export function mutated(bytes: Uint8Array, random: ReturnType<typeof seededNumbers>): Uint8Array {
  const { below, fraction } = random;
  if (fraction() < 0.15) return bytes.slice(0, below(bytes.length + 1));
  const changed = bytes.slice();
  // The first bytes have the codes: what is changed there changes all.
  const reach = fraction() < 0.5 ? Math.min(bytes.length, 100) : bytes.length;
  for (let count = 1 + below(4); count > 0; count -= 1) {
    const at = below(reach);
    changed[at] = fraction() < 0.5 ? (changed[at] ?? 0) ^ (1 << below(8)) : below(256);
  }
  if (fraction() > 0.15) return changed;
  const at = below(bytes.length);
  return concat(changed.subarray(0, at), random.bytes(below(5)), changed.subarray(at + below(4)));
}
