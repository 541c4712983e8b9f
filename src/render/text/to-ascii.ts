const SIGNS: Readonly<Record<string, string>> = {
  '…': '...',
  '█': '#',
  '░': '.',
  '×': 'x',
  '·': '-',
};

/** A text for a terminal that shows ASCII alone: our signs by others, and what comes from outside by code points. */
export const toAscii = (text: string): string =>
  text.replace(/\P{ASCII}/gu, (sign) => SIGNS[sign] ?? `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`);
