/** What is wrong with a text that should be JSON, beyond its values. */
export type JsonFault =
  | { readonly fault: 'not-utf8' }
  | { readonly fault: 'not-json' }
  | { readonly fault: 'nested-too-deep' }
  | { readonly fault: 'too-many-values' }
  | { readonly fault: 'duplicate-key'; readonly key: string };

export interface JsonDocument {
  /** Undefined when the bytes are no JSON text, or one too deep or too large to look at. */
  readonly value?: unknown;
  readonly faults: readonly JsonFault[];
  /** Present where names stand twice more often than {@link DUPLICATES_TOLD} times: how often more. */
  readonly moreDuplicates?: number;
}

/** Values that a document may have unless its reader says less: a few dozen bytes of memory stand for two of text. */
const MAX_JSON_VALUES = 16_000_000;
/** Names that stand twice and are told one by one. */
export const DUPLICATES_TOLD = 100;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/**
 * Reads JSON (RFC 8259) as strictly as evidence must be read: valid UTF-8 without a byte order mark, nesting and number
 * of values bounded before anything is built, and no name twice in an object, since readers differ in which of the two
 * they believe.
 */
export function parseJson(bytes: Uint8Array, maxDepth: number, maxValues = MAX_JSON_VALUES): JsonDocument {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { faults: [{ fault: 'not-utf8' }] };
  }
  const { depth, names, values } = scanStructure(text, maxDepth, maxValues);
  if (depth > maxDepth) return { faults: [{ fault: 'nested-too-deep' }] };
  if (values > maxValues) return { faults: [{ fault: 'too-many-values' }] };
  try {
    const value: unknown = JSON.parse(text);
    // Of two equal names JSON.parse keeps one. The slow search is only for the rare text that has lost some.
    if (countNames(value) === names) return { value, faults: [] };
    const { told, more } = duplicateKeys(text);
    const faults = told.map((key) => ({ fault: 'duplicate-key', key }) as const);
    return { value, faults, ...(more > 0 && { moreDuplicates: more }) };
  } catch {
    return { faults: [{ fault: 'not-json' }] };
  }
}

interface Structure {
  readonly depth: number;
  readonly names: number;
  /** At least as many as there are, and at most one more for each list or object that is empty. */
  readonly values: number;
}

/** How deep brackets nest and how many names and values there are, until one is more than allowed. On a text that is no JSON the answer is of no use but harmless. */
function scanStructure(text: string, maxDepth: number, maxValues: number): Structure {
  let depth = 0;
  let deepest = 0;
  let names = 0;
  let values = 1;
  for (let at = 0; at < text.length && deepest <= maxDepth && values <= maxValues; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === COLON) names += 1;
    else if (char === COMMA) values += 1;
    else if (char === OPEN_OBJECT || char === OPEN_ARRAY) {
      depth += 1;
      values += 1;
      if (depth > deepest) deepest = depth;
    } else if (char === CLOSE_OBJECT || char === CLOSE_ARRAY) depth -= 1;
  }
  return { depth: deepest, names, values };
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

/** Names that stand twice in one object, anywhere in a text that is known to be JSON: the first, and how many more. */
function duplicateKeys(text: string): { readonly told: readonly string[]; readonly more: number } {
  const told: string[] = [];
  let more = 0;
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
        if (scope?.has(name)) {
          // A copy: a slice would hold on to the whole text.
          if (told.length < DUPLICATES_TOLD) told.push(JSON.parse(raw) as string);
          else more += 1;
        }
        scope?.add(name);
      }
      at = end;
    }
  }
  return { told, more };
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
