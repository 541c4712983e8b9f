import { createReadStream } from 'node:fs';
import { UsageError } from '../../compose/errors/usage-error.js';

/** The coverage of a chain over many years has some megabytes. */
const MAX_LINE = 64 * 1024 * 1024;

/**
 * The lines of a UTF-8 file, without what ends them, read as they are taken. The text after the last one counts too,
 * unless it is empty.
 * @throws {UsageError} when a line is far longer than any of ours
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  const chunks: AsyncIterable<string> = createReadStream(path, { encoding: 'utf8', highWaterMark: 128 * 1024 });
  for await (const chunk of chunks) {
    rest += chunk;
    if (rest.length > MAX_LINE) throw new UsageError(`${path}: a line has more than ${MAX_LINE} characters`);
    if (!chunk.includes('\n')) continue;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
