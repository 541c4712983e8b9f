/** What tells the encoding of a text by its first bytes. Windows PowerShell writes what it prints into a file in UTF-16. */
function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== undefined && second !== 0)) return 'utf-16be';
  return 'utf-8';
}

/**
 * The text that somebody has saved: UTF-8, or UTF-16 of either order, with or without a byte order mark, which is left out.
 * Only for what people and their tools write for us; evidence is read by its bytes, in UTF-8 alone.
 * @returns undefined where the bytes are no text of these kinds
 */
export function decodeSavedText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
