/** What is wrong with a text that should be JSON, beyond its values. */
export type JsonFault =
  | { readonly fault: 'not-utf8' }
  | { readonly fault: 'not-json' }
  | { readonly fault: 'nested-too-deep' }
  | { readonly fault: 'duplicate-key'; readonly key: string };

export interface JsonDocument {
  /** Undefined when the bytes are no JSON text, or nested too deep to look at. */
  readonly value?: unknown;
  readonly faults: readonly JsonFault[];
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/**
 * Reads JSON (RFC 8259) as strictly as evidence must be read: valid UTF-8 without a byte order mark, nesting bounded
 * before anything is built, and no name twice in an object, since readers differ in which of the two they believe.
 */
export function parseJson(bytes: Uint8Array, maxDepth: number): JsonDocument {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { faults: [{ fault: 'not-utf8' }] };
  }
  const { depth, names } = scanStructure(text, maxDepth);
  if (depth > maxDepth) return { faults: [{ fault: 'nested-too-deep' }] };
  try {
    const value: unknown = JSON.parse(text);
    // Of two equal names JSON.parse keeps one. The slow search is only for the rare text that has lost some.
    const faults =
      countNames(value) === names ? [] : duplicateKeys(text).map((key) => ({ fault: 'duplicate-key', key }) as const);
    return { value, faults };
  } catch {
    return { faults: [{ fault: 'not-json' }] };
  }
}

/** How deep brackets nest, counted up to `limit + 1`, and how many names there are. On a text that is no JSON the answer is of no use but harmless. */
function scanStructure(text: string, limit: number): { readonly depth: number; readonly names: number } {
  let depth = 0;
  let deepest = 0;
  let names = 0;
  for (let at = 0; at < text.length && deepest <= limit; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === COLON) names += 1;
    else if (char === OPEN_OBJECT || char === OPEN_ARRAY) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (char === CLOSE_OBJECT || char === CLOSE_ARRAY) depth -= 1;
  }
  return { depth: deepest, names };
}

/** Whether what JSON gave is an object, and no list. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** How many names the objects of a value have, all levels together. */
function countNames(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + countNames(item), 0);
  let names = 0;
  for (const item of Object.values(value)) names += 1 + countNames(item);
  return names;
}

/** Names that stand twice in one object, anywhere in a text that is known to be JSON. */
function duplicateKeys(text: string): string[] {
  const duplicates: string[] = [];
  const scopes: Set<string>[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === OPEN_OBJECT || char === OPEN_ARRAY) scopes.push(new Set());
    else if (char === CLOSE_OBJECT || char === CLOSE_ARRAY) scopes.pop();
    else if (char === QUOTE) {
      const end = endOfString(text, at);
      if (isFollowedByColon(text, end)) {
        const raw = text.slice(at, end + 1);
        const name = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
        const scope = scopes.at(-1);
        if (scope?.has(name)) duplicates.push(name);
        scope?.add(name);
      }
      at = end;
    }
  }
  return duplicates;
}

/** The place of the quote that closes the string opened at `open`; the end of the text when nothing does. */
function endOfString(text: string, open: number): number {
  let end = text.indexOf('"', open + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, quote: number): boolean {
  let at = quote - 1;
  while (text.charCodeAt(at) === BACKSLASH) at -= 1;
  return (quote - at) % 2 === 0;
}

function isFollowedByColon(text: string, end: number): boolean {
  let at = end + 1;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return text.charCodeAt(at) === COLON;
}
