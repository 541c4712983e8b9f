import { escapeTerminal } from './escape-terminal.js';

/** S3 keys have at most 1,024 bytes. What is longer is no name of anything, and would flood a terminal. */
const MAX_LENGTH = 4_096;

/** Plain data with every string in it made safe for a terminal, names of properties aside; very long strings are cut, saying so. */
export function escapeStrings<T>(value: T): T {
  return map(value) as T;
}

function map(value: unknown): unknown {
  if (typeof value === 'string') return escapeString(value);
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, map(item)]));
}

const escapeString = (text: string): string =>
  text.length <= MAX_LENGTH
    ? escapeTerminal(text)
    : `${escapeTerminal(text.slice(0, MAX_LENGTH))}… (${text.length} characters)`;
