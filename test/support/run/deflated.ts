import { constants, deflateRawSync } from 'node:zlib';
import { seededNumbers } from '../tamper/seeded-numbers.js';

/** Content of many kinds, by its name: for every way that matches and literals can follow each other. */
export function contents(): Readonly<Record<string, Uint8Array>> {
  const { below, bytes, fraction } = seededNumbers(11);
  const event = (id: number) =>
    `{"eventVersion":"1.08","eventID":"${id * 7919}","eventName":"Call${id % 13}","sourceIPAddress":"198.51.100.${id % 250}"},`;
  const text = Buffer.from(Array.from({ length: 300 }, (_, id) => event(id)).join(''));
  const geometric = (stay: number) => {
    let value = 0;
    while (value < 200 && fraction() < stay) value += 1;
    return value;
  };
  const repeated = (distance: number) => {
    const part = bytes(distance);
    return Uint8Array.from({ length: Math.min(40_000, distance * 40) + 300 }, (_, at) => part[at % distance] ?? 0);
  };
  const distances = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 31, 32, 33, 258, 1_000, 32_768];
  return {
    nothing: new Uint8Array(),
    'one byte': Uint8Array.of(97),
    text,
    noise: bytes(40_000),
    'hexadecimal digits': Buffer.from(Buffer.from(bytes(8_000)).toString('hex')),
    zeros: new Uint8Array(70_000),
    'skewed literals': Uint8Array.from({ length: 20_000 }, () => geometric(0.55)),
    'very skewed literals': Uint8Array.from({ length: 30_000 }, () => geometric(0.7)),
    mixed: Buffer.concat([text.subarray(0, 3_000), bytes(3_000), new Uint8Array(5_000), text, bytes(below(64)), text]),
    ...Object.fromEntries(distances.map((distance) => [`repeated after ${distance}`, repeated(distance)])),
  };
}

const STRATEGIES = {
  default: constants.Z_DEFAULT_STRATEGY,
  filtered: constants.Z_FILTERED,
  'huffman only': constants.Z_HUFFMAN_ONLY,
  'run lengths': constants.Z_RLE,
  'fixed codes': constants.Z_FIXED,
};

/** Each way that zlib has to deflate content, or one `every` so many of them. */
export function* deflated(content: Uint8Array, every = 1): Generator<readonly [name: string, stream: Uint8Array]> {
  let turn = 0;
  for (const [name, strategy] of Object.entries(STRATEGIES))
    for (let level = 0; level <= 9; level += 1) {
      turn += 1;
      if (turn % every !== 0) continue;
      const windowBits = level % 3 === 1 ? 9 : 15;
      const memLevel = level % 4 === 3 ? 1 : 8;
      yield [`level ${level}, ${name}`, deflateRawSync(content, { level, strategy, windowBits, memLevel })];
    }
}
