import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { compileKernel, type Kernel, openKernel } from '../../../src/adapters/inflate/kernel.js';
import { kernelInflater } from '../../../src/adapters/inflate/kernel-inflater.js';
import { zlibInflater } from '../../../src/adapters/inflate/zlib-inflater.js';
import { nodeSha256, sha256 } from '../../../src/adapters/node/sha256.js';
import { contents, deflated } from '../run/deflated.js';
import { concat } from './corrupt-gzip.js';
import { findDifference, memberOf, mutated } from './inflaters-differ.js';
import { randomDeflate } from './random-deflate.js';
import { seededNumbers } from './seeded-numbers.js';

// Holds the kernel to node:zlib for as long as it is let:
// `npm run programs && node .cache/fuzz/inflater.js SEED SECONDS [FOLDER]`, with a folder of gzip files beside what is made up.

const [seed = 1, seconds = 60] = process.argv.slice(2, 4).map(Number);
const folder = process.argv[4];
const CAP = 2 ** 22;
const HASHING = { sha256, newSha256: nodeSha256 };

const module = compileKernel();
function newKernel(): Kernel {
  const kernel = openKernel(module);
  if (!kernel) throw new Error('there is no WebAssembly');
  return kernel;
}
const zlib = zlibInflater(HASHING);
const inflater = kernelInflater(newKernel(), newKernel, HASHING, undefined);
const random = seededNumbers(seed);
const nextRandom = randomDeflate(seed + 1);

const files = folder
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.gz'))
  : [];
const made = Object.values(contents()).flatMap((content) =>
  [...deflated(content.subarray(0, 30_000))].map(([, stream]) => stream),
);

/** A stream that zlib writes of random content. */
function deflatedNoise(): Uint8Array {
  const letters = 1 + random.below(256);
  const content = Uint8Array.from({ length: random.below(5_000) }, () => random.below(letters));
  return deflateRawSync(content, { level: random.below(10), strategy: random.below(5), memLevel: 1 + random.below(9) });
}

function nextStream(): Uint8Array {
  const kind = random.fraction();
  if (kind < 0.4) return nextRandom();
  if (kind < 0.5) return deflatedNoise();
  if (kind < 0.55) return concat([(random.below(2) << 0) | (2 << 1)], random.bytes(random.below(300)));
  if (kind < 0.7 && files.length > 0)
    return readFileSync(path.join(folder ?? '', files[random.below(files.length)] ?? '')).subarray(10, -8);
  return made[random.below(made.length)] ?? new Uint8Array();
}

function inflatedBy(stream: Uint8Array): Uint8Array | undefined {
  try {
    return inflateRawSync(stream, { maxOutputLength: CAP });
  } catch {
    return undefined;
  }
}

const end = Date.now() + seconds * 1000;
let streams = 0;
let whole = 0;
while (Date.now() < end) {
  const known = nextStream();
  const stream = random.fraction() < 0.6 ? mutated(known, random) : known;
  const content = inflatedBy(stream);
  const cap = random.fraction() < 0.1 ? 63 + random.below(60_000) : CAP;
  const cuts = [1 + random.below(2_000), 1 + random.below(40_000)];
  const difference = await findDifference(inflater, zlib, memberOf(stream, content ?? new Uint8Array()), cap, cuts);
  if (difference) {
    console.error(
      `seed ${seed}, stream ${streams}, cap ${cap}: ${difference}\n${Buffer.from(stream).toString('base64')}`,
    );
    process.exit(1);
  }
  streams += 1;
  if (content) whole += 1;
}
console.log(`seed ${seed}: ${streams} streams, ${whole} of them whole, no difference`);
