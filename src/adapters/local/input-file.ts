import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import { isatty, ReadStream } from 'node:tty';

/** What is read of a file that somebody named, or of a pipe. */
export interface Input {
  readonly bytes: Uint8Array;
  readonly stats: Stats;
}

/** Milliseconds for which a pipe may give nothing. */
const PATIENCE = 60_000;
const PIECE_SIZE = 128 * 1024;
// To open a pipe must not wait for a writer: that wait would hold up the end of the process.
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Reads a file that was named on purpose whole: links are followed, and a pipe or a device is read as it gives its bytes.
 * @param patience milliseconds for which a pipe may give nothing
 * @throws what the system says; an error that says so where there are more than `maxBytes`, or nothing comes any more
 */
export async function readInput(path: string, maxBytes: number, patience = PATIENCE): Promise<Input> {
  const { stats, pieces } = openInput(path, patience);
  const read: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > maxBytes)
      throw new Error(`it has more than ${maxBytes} bytes, which is all that is read of such a file`);
    read.push(piece);
  }
  return { bytes: Buffer.concat(read, size), stats };
}

/** As {@link readInput}, piece by piece and without a limit. What was opened is closed when it is no longer read from. */
function openInput(
  path: string,
  patience = PATIENCE,
): { readonly stats: Stats; readonly pieces: AsyncGenerator<Uint8Array, void> } {
  const file = openSync(path, OPEN_FLAGS);
  try {
    const stats = fstatSync(file);
    if (stats.isDirectory()) throw new Error('it is a folder');
    if (isatty(file)) return { stats, pieces: piecesOfStream(new ReadStream(file), patience) };
    if (stats.isFIFO() || stats.isSocket()) {
      return { stats, pieces: piecesOfStream(new Socket({ fd: file, readable: true, writable: false }), patience) };
    }
    return { stats, pieces: piecesOfFile(file) };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

async function* piecesOfFile(file: number): AsyncGenerator<Uint8Array, void> {
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE_SIZE);
      const length = readSync(file, piece);
      if (length === 0) return;
      yield piece.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

async function* piecesOfStream(stream: Socket, patience: number): AsyncGenerator<Uint8Array, void> {
  stream.setTimeout(patience, () => {
    stream.destroy(new Error(`nothing has come from it for ${patience / 1000} seconds`));
  });
  for await (const piece of stream) yield piece as Uint8Array;
}
