/** Controls, line and paragraph separators, lone surrogates, and whatever is invisible or turns the direction of writing. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Text from outside in a form that is safe on a terminal: every character that could move the cursor, break the line,
 * hide or reorder what is written becomes its visible code point, for example `\u{1b}`. Everything else stays as it is.
 */
export const escapeTerminal = (text: string): string =>
  text.replace(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/**
 * A value as JSON on one line, which `JSON.parse` reads back unchanged. Beyond what `JSON.stringify` escapes, so are the
 * characters of {@link escapeTerminal}: C1 controls steer a terminal, and some readers end a line at U+2028.
 */
export const toSafeJson = (value: unknown): string =>
  JSON.stringify(value).replace(UNSAFE, (character) =>
    Array.from({ length: character.length }, (_, index) => toJsonEscape(character.charCodeAt(index))).join(''),
  );

const toJsonEscape = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;
