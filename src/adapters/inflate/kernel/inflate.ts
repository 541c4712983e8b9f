import { readCodeCounts, readCodes, readPrecode, useFixedTables, writeFixedTables } from './block-codes.ts';
import { crc32 } from './checksum.ts';
import { decodeOne } from './decode-exactly.ts';
import { canDecodeFast, decodeFast } from './decode-fast.ts';
import { writeTemplates } from './entries.ts';
import { INPUT, INPUT_SIZE, OUTPUT, OUTPUT_END, WINDOW_SIZE } from './layout.ts';
import { BLOCK_TYPE_INVALID, ENDED, GOES_ON, INPUT_USED, OUTPUT_FULL, STORED_LENGTH_INVALID } from './status.ts';
import { dropBits, hasBits, stream, takeBits } from './stream.ts';

// Inflates raw deflate streams (RFC 1951), piece by piece where need be: whenever the input is used or the output full, it
// stops where it is, and goes on when it is called again.

/** What comes next in the stream. */
const BLOCK: u32 = 0;
const STORED_LENGTH: u32 = 1;
const STORED_BYTES: u32 = 2;
const CODE_COUNTS: u32 = 3;
const PRECODE: u32 = 4;
const CODES: u32 = 5;
const SYMBOLS: u32 = 6;

export { crc32, INPUT, INPUT_SIZE, OUTPUT, OUTPUT_END };

writeTemplates();
writeFixedTables();

/** Begins a stream. */
export function begin(): void {
  stream.output = OUTPUT;
  stream.history = OUTPUT;
  stream.bits = 0;
  stream.bitCount = 0;
  stream.isLastBlock = false;
  stream.phase = BLOCK;
}

/**
 * Goes on with the stream: takes input from `input` to `inputEnd`, and writes output up to `outputLimit`. Gives a status;
 * what is below zero is a fault, after which the stream is over. Where the stream has ended, `inputPosition` tells
 * where in the input.
 */
export function inflate(input: u32, inputEnd: u32, outputLimit: u32): i32 {
  stream.input = input;
  stream.inputEnd = inputEnd;
  stream.outputLimit = outputLimit;
  for (;;) {
    const status = step();
    if (status != GOES_ON) return status;
  }
  return ENDED;
}

/** Address of the first byte of the input that is not used. */
export function inputPosition(): u32 {
  return stream.input;
}

/** Address behind the output. */
export function outputPosition(): u32 {
  return stream.output;
}

/** Makes room for more output: moves what distances may still reach to the beginning. */
export function moveWindow(): void {
  const kept = min<u32>(stream.output - OUTPUT, WINDOW_SIZE);
  memory.copy(OUTPUT, stream.output - kept, kept);
  stream.output = OUTPUT + kept;
}

function step(): i32 {
  switch (stream.phase) {
    case BLOCK:
      return readBlockHeader();
    case STORED_LENGTH:
      return readStoredLength();
    case STORED_BYTES:
      return copyStored();
    case CODE_COUNTS:
      return goOn(readCodeCounts(), PRECODE);
    case PRECODE:
      return goOn(readPrecode(), CODES);
    case CODES:
      return goOn(readCodes(), SYMBOLS);
    default:
      return decodeSymbols();
  }
}

function goOn(status: i32, next: u32): i32 {
  if (status == GOES_ON) stream.phase = next;
  return status;
}

/** BFINAL and BTYPE (RFC 1951, 3.2.3). */
function readBlockHeader(): i32 {
  if (stream.isLastBlock) return ENDED;
  if (!hasBits(3)) return INPUT_USED;
  stream.isLastBlock = takeBits(1) == 1;
  switch (takeBits(2)) {
    case 0:
      dropBits(stream.bitCount & 7);
      return goOn(GOES_ON, STORED_LENGTH);
    case 1:
      useFixedTables();
      return goOn(GOES_ON, SYMBOLS);
    case 2:
      return goOn(GOES_ON, CODE_COUNTS);
    default:
      return BLOCK_TYPE_INVALID;
  }
}

/** LEN and NLEN (RFC 1951, 3.2.4). */
function readStoredLength(): i32 {
  if (!hasBits(32)) return INPUT_USED;
  const length = takeBits(16);
  if ((length ^ 0xffff) != takeBits(16)) return STORED_LENGTH_INVALID;
  stream.storedLeft = length;
  return goOn(GOES_ON, STORED_BYTES);
}

function copyStored(): i32 {
  if (stream.storedLeft == 0) return goOn(GOES_ON, BLOCK);
  const room = stream.outputLimit - stream.output;
  const there = stream.inputEnd - stream.input;
  if (room == 0) return OUTPUT_FULL;
  if (there == 0) return INPUT_USED;
  const size = min(stream.storedLeft, min(room, there));
  memory.copy(stream.output, stream.input, size);
  stream.output += size;
  stream.input += size;
  stream.storedLeft -= size;
  return GOES_ON;
}

function decodeSymbols(): i32 {
  for (;;) {
    let status: i32 = GOES_ON;
    // A symbol that waited comes first: its bits may be of an input that is gone, which takes no bytes back.
    if (stream.bitCount < 8 && canDecodeFast()) status = decodeFast();
    if (status == GOES_ON) status = decodeOne();
    if (status == ENDED) return goOn(GOES_ON, BLOCK);
    if (status != GOES_ON) return status;
  }
  return ENDED;
}
