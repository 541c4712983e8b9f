/**
 * Compares two texts by their UTF-8 bytes, which is how S3 orders keys: negative, zero, or positive.
 * JavaScript's own `<` compares UTF-16 units and puts U+FFxx after everything beyond the basic plane.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const difference = rankOf(a.charCodeAt(index)) - rankOf(b.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Moves surrogates behind U+E000..U+FFFF, where the characters that they stand for belong. */
function rankOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
