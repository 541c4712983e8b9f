import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutBytes } from '../../src/core/content/object-content.js';
import type { Inflater } from '../../src/ports/inflater.js';
import { randomCases } from '../support/run/random-cases.js';
import { concat, GZIP_CORRUPTIONS, gzipBomb, TAILS, withOptionalFields } from '../support/tamper/corrupt-gzip.js';

const CAP = 2 ** 20;
const TEXT = Buffer.from(
  JSON.stringify({ Records: Array.from({ length: 300 }, (_, id) => ({ id, name: `event ${id * 7919}` })) }),
);
// Not a Buffer: its slice() shares memory with it, and the corruptions would reach the original.
const GZIP = Uint8Array.from(gzipSync(TEXT));

/** Cuts bytes into pieces of the given lengths, over and over. */
async function* inPieces(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? bytes.length;
    yield bytes.subarray(start, start + length);
    start += length;
  }
}

const CUTS = [[1], [3, 5], [8], [9], [10], [64], [1000, 1], [100_000]] as const;

/** Whatever inflates must pass these. */
export function piecesSuite(inflater: Inflater): void {
  const piecewise = (bytes: Uint8Array, lengths: readonly number[], cap = CAP) =>
    inflater.hashPieces(inPieces(bytes, lengths), bytes.length, cap);

  /** What the inflater of whole files says, which is held to an independent decoder elsewhere. */
  function whole(bytes: Uint8Array, cap = CAP) {
    const opened = inflater.open(bytes, cap);
    return opened.status === 'read' ? withoutBytes(opened) : opened;
  }

  describe('hashing piece by piece', () => {
    const inputs: Record<string, Uint8Array> = {
      'a whole member': GZIP,
      'an empty member': gzipSync(''),
      'optional header fields': withOptionalFields(GZIP),
      'stored blocks': gzipSync(TEXT, { level: 0 }),
      'plain JSON': TEXT,
      'no bytes': new Uint8Array(),
      'one byte of a header': GZIP.subarray(0, 1),
      'two bytes of a header': GZIP.subarray(0, 2),
      ...Object.fromEntries(Object.entries(TAILS).map(([name, tail]) => [`tail: ${name}`, concat(GZIP, tail)])),
      ...Object.fromEntries(Object.entries(GZIP_CORRUPTIONS).map(([name, { corrupt }]) => [name, corrupt(GZIP)])),
    };

    describe.each(Object.entries(inputs))('%s', (_, bytes) => {
      it.each(CUTS.map((lengths) => [lengths]))('gives what the whole file gives, cut at %j', async (lengths) => {
        expect(await piecewise(bytes, lengths)).toEqual(whole(bytes));
      });
    });

    it('refuses what inflates beyond the cap, whatever the stream claims', async () => {
      expect(await piecewise(gzipBomb(4 * CAP), [4096])).toEqual({
        status: 'too-large',
        measure: 'inflated',
        limit: CAP,
      });
      expect(await piecewise(gzipBomb(4 * CAP, 100), [4096])).toEqual({
        status: 'too-large',
        measure: 'inflated',
        limit: CAP,
      });
      expect(await piecewise(TEXT, [4096], TEXT.length - 1)).toMatchObject({ status: 'too-large' });
      expect(await piecewise(GZIP, [4096], TEXT.length)).toMatchObject({ status: 'read', size: TEXT.length });
    });

    it('agrees with the whole file on anything a mutation makes of one', async () => {
      const mutation = fc.record({
        at: fc.nat(GZIP.length - 1),
        to: fc.nat(255),
        cut: fc.nat(GZIP.length),
        tail: fc.uint8Array({ maxLength: 12 }),
      });
      await fc.assert(
        fc.asyncProperty(
          mutation,
          fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }),
          async (change, lengths) => {
            const bytes = Uint8Array.from(GZIP);
            bytes[change.at] = change.to;
            const mutated = concat(change.cut % 3 === 0 ? bytes.subarray(0, change.cut) : bytes, change.tail);
            expect(await piecewise(mutated, lengths)).toEqual(whole(mutated));
          },
        ),
        { numRuns: randomCases(200), seed: 20_260_301 },
      );
    });

    it('closes the source, also where it does not read to the end', async () => {
      let isClosed = false;
      async function* endless() {
        try {
          yield concat(GZIP, TAILS.secondMember);
          while (true) yield new Uint8Array(1000);
        } finally {
          isClosed = true;
        }
      }
      const facts = await inflater.hashPieces(endless(), 10_000_000, CAP);
      expect(facts).toMatchObject({ fault: 'trailing-data' });
      expect(isClosed).toBe(true);
    });

    it('throws what the source throws', async () => {
      async function* broken() {
        yield GZIP.subarray(0, 100);
        throw new Error('the line is dead');
      }
      await expect(inflater.hashPieces(broken(), GZIP.length, CAP)).rejects.toThrow('the line is dead');
    });
  });
}
