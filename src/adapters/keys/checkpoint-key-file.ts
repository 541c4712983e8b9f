import { open } from 'node:fs/promises';
import { sep } from 'node:path';
import { MAX_KEY_TEXT } from '../../core/checkpoint-key.js';

/** A text that should be a key, and whether others than its owner may read the file. */
export interface KeyText {
  readonly text: string;
  readonly isExposed: boolean;
}

/** Reads a file, or what another process gives through a pipe, up to a little more than any key has. Throws what the system says. */
export async function readKeyText(path: string): Promise<KeyText> {
  const file = await open(path, 'r');
  try {
    const stats = await file.stat();
    // Windows has no such bits: what it shows of them says nothing.
    const isExposed = sep === '/' && stats.isFile() && (stats.mode & 0o044) !== 0;
    const buffer = Buffer.alloc(MAX_KEY_TEXT + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return { text: buffer.toString('utf8', 0, length), isExposed };
  } finally {
    await file.close();
  }
}
