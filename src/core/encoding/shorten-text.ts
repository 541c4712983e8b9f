/** Longest text that is kept whole. A key of S3 has 1,024 bytes at most, hashes, fingerprints and signatures have fewer. */
export const MAX_TEXT = 1_024;
/** What is kept of a longer one; with what marks the cut it is no longer than {@link MAX_TEXT}. */
const KEPT = 1_000;

/**
 * A text from outside, at most {@link MAX_TEXT} UTF-16 units long: where it is longer, its beginning, an ellipsis and how
 * many units were left out, `abc…+9000`. Never cuts a character in two.
 */
export function shortenText(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  const start = text.slice(0, KEPT).replace(/[\ud800-\udbff]$/, '');
  // A copy does not hold on to the long text, which a slice of it would.
  return `${JSON.parse(JSON.stringify(start))}…+${text.length - start.length}`;
}

/** A value in which no text is longer than {@link MAX_TEXT}, at any depth; the value itself where none is. */
export function shortenTexts<T>(value: T): T;
export function shortenTexts(value: unknown): unknown {
  if (typeof value === 'string') return shortenText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (!hasLongText(value)) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => shortenTexts(item));
  return Object.fromEntries(Object.entries(value).map(([name, item]: [string, unknown]) => [name, shortenTexts(item)]));
}

function hasLongText(value: unknown): boolean {
  if (typeof value === 'string') return value.length > MAX_TEXT;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasLongText);
}
