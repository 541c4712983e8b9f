import { inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileKernel, type Kernel, openKernel } from '../../../src/adapters/inflate/kernel.js';
import { kernelInflater } from '../../../src/adapters/inflate/kernel-inflater.js';
import { zlibInflater } from '../../../src/adapters/inflate/zlib-inflater.js';
import { nodeSha256, sha256 } from '../../../src/adapters/node/sha256.js';
import type { Inflater } from '../../../src/ports/inflater.js';
import { inflaterSuite } from '../../contracts/inflater.js';
import { piecesSuite } from '../../contracts/inflater-pieces.js';
import { stableGzip } from '../../support/forge/stable-gzip.js';
import { compileCheckedKernel } from '../../support/run/checked-kernel.js';
import { contents, deflated } from '../../support/run/deflated.js';
import { randomCases } from '../../support/run/random-cases.js';
import { concat, gzipBomb, withOptionalFields } from '../../support/tamper/corrupt-gzip.js';
import { findDifference, memberOf, mutated } from '../../support/tamper/inflaters-differ.js';
import { randomDeflate } from '../../support/tamper/random-deflate.js';
import { seededNumbers } from '../../support/tamper/seeded-numbers.js';

const HASHING = { sha256, newSha256: nodeSha256 };
const CAP = 2 ** 22;
const module = compileKernel();
const newKernel = (): Kernel => {
  const kernel = openKernel(module);
  if (!kernel) throw new Error('there is no kernel');
  return kernel;
};
const zlib = zlibInflater(HASHING);
const inflaterWith = (open: () => Kernel): Inflater => kernelInflater(open(), open, HASHING, undefined);
const inflater = inflaterWith(newKernel);

inflaterSuite(inflater);
piecesSuite(inflater);

/** What a stream inflates to; nothing where it is no whole stream. */
function inflatedBy(stream: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(stream, { maxOutputLength: CAP });
  } catch {
    return new Uint8Array();
  }
}

/** What mutations begin with. */
const STREAMS = Object.values(contents()).flatMap((content) => [...deflated(content.subarray(0, 5_000), 7)]);

/**
 * Streams of every kind, some of them damaged, against node:zlib.
 * @param every of so many ways to deflate, one is taken; no divisor of the ten levels, so that there is one of each level
 * @param cases how many random streams of each kind
 */
function agreement(kernelOf: () => Inflater, every: number, cases: number): void {
  const lengths = seededNumbers(5);
  const differs = (stored: Uint8Array, cap = CAP) =>
    findDifference(kernelOf(), zlib, stored, cap, [1 + lengths.below(4_000), 1 + lengths.below(40_000)]);

  it.each(Object.entries(contents()))('on %s, at all levels and strategies', async (_, content) => {
    for (const [name, stream] of deflated(content, every)) {
      const member = memberOf(stream, content);
      expect(await differs(member), name).toBeUndefined();
      expect(await differs(member.subarray(0, -9)), `${name}, cut short`).toBeUndefined();
      expect(await differs(concat(member, [0])), `${name}, with a byte behind it`).toBeUndefined();
      expect(await differs(member, Math.max(64, content.length)), `${name}, the cap as large`).toBeUndefined();
      expect(await differs(member, Math.max(64, content.length - 1)), `${name}, the cap less`).toBeUndefined();
    }
  });

  it('on random sets of codes, complete or not', async () => {
    const next = randomDeflate(2_026);
    for (let count = 0; count < cases / 2; count += 1) {
      const stream = next();
      expect(await differs(memberOf(stream, inflatedBy(stream))), `stream ${count}`).toBeUndefined();
    }
  });

  it('on what mutation makes of streams', async () => {
    const random = seededNumbers(17);
    const next = randomDeflate(29);
    for (let count = 0; count < cases; count += 1) {
      const [, known = new Uint8Array()] = STREAMS[random.below(STREAMS.length)] ?? [];
      const stream = mutated(random.fraction() < 0.3 ? next() : known, random);
      expect(await differs(memberOf(stream, inflatedBy(stream))), `stream ${count}`).toBeUndefined();
    }
  });
}

describe('the kernel agrees with node:zlib', () => {
  agreement(() => inflater, 3, randomCases(300));
});

describe('the kernel with every access to memory checked agrees with node:zlib', () => {
  let checked: Inflater;
  beforeAll(async () => {
    checked = inflaterWith(await compileCheckedKernel());
  }, 120_000);
  agreement(() => checked, 9, randomCases(80));
});

describe('memory', () => {
  const CONTENT = Buffer.from(Array.from({ length: 5_000 }, (_, id) => `event ${id * 7919};`).join(''));
  const PACKED = stableGzip(CONTENT);

  it('is a view that never changes: none is ever detached', () => {
    const kernel = newKernel();
    const { buffer, byteLength } = kernel.input;
    const own = kernelInflater(kernel, newKernel, HASHING, undefined);
    expect(own.hash(gzipBomb(40_000_000), 50_000_000)).toMatchObject({ size: 40_000_000 });
    expect(kernel.input.buffer).toBe(buffer);
    expect(kernel.input.byteLength).toBe(byteLength);
    // Nobody else has it, and no instruction of the kernel grows it: the checked kernel throws there.
    expect(module && WebAssembly.Module.imports(module)).toEqual([]);
  });

  it.each([
    ['plain bytes', CONTENT],
    ['a member', PACKED],
    ['a member with a header checksum', withOptionalFields(PACKED)],
    ['a member and more', concat(PACKED, PACKED)],
  ])('takes what was read into its room, and gives the same: %s', (_, stored) => {
    const { room = new Uint8Array() } = inflater;
    const expected = zlib.hash(stored, CAP);
    for (const at of [0, 1, 1_000]) {
      room.set(stored, at);
      expect(inflater.hash(room.subarray(at, at + stored.length), CAP)).toEqual(expected);
      room.set(stored, at);
      expect(inflater.open(room.subarray(at, at + stored.length), CAP)).toMatchObject(expected);
    }
  });

  it('gives bytes of its own, that the next call leaves as they are', () => {
    const opened = inflater.open(PACKED, CAP);
    inflater.open(stableGzip(Buffer.from('something else')), CAP);
    expect(opened.status === 'read' && Buffer.compare(opened.bytes, CONTENT)).toBe(0);
  });

  it('is another for each file that comes in pieces', async () => {
    const files = Array.from({ length: 12 }, (_, index) => CONTENT.subarray(index * 100));
    const answers = await Promise.all(
      files.map(async (file) => {
        const stored = stableGzip(file);
        async function* pieces() {
          for (let start = 0; start < stored.length; start += 1_000) {
            await new Promise(setImmediate);
            expect(inflater.hash(PACKED, CAP)).toMatchObject({ size: CONTENT.length });
            yield stored.subarray(start, start + 1_000);
          }
        }
        return inflater.hashPieces(pieces(), stored.length, CAP);
      }),
    );
    expect(answers).toEqual(files.map((file) => zlib.hash(stableGzip(file), CAP)));
  });

  it('that is not to be had leaves a file in pieces to the fallback', async () => {
    const poor = kernelInflater(newKernel(), () => undefined, HASHING, zlib);
    async function* pieces() {
      yield PACKED;
    }
    expect(await poor.hashPieces(pieces(), PACKED.length, CAP)).toEqual(zlib.hash(PACKED, CAP));
  });
});
