import { marked, type Token, type Tokens } from 'marked';
import { wrap } from '../../render/strings/numbers-and-times.js';

/** How a page is laid out for a terminal. */
export interface PageStyle {
  /** Columns. */
  readonly width: number;
  readonly color: boolean;
}

const INDENT = '  ';
/** No wider, so that lines can be read. */
const WIDEST = 100;

/**
 * Lays a page of ours out for a terminal: paragraphs fill the width, what can be copied is never broken, and a table that is too
 * wide for it becomes a list. It is written for the Markdown of `src/help`, not for any other.
 */
export function formatPage(markdown: string, { width, color }: PageStyle): string {
  const text = blocks(marked.lexer(markdown), Math.min(width, WIDEST)).join('\n');
  return `${paint(text, color)}\n`;
}

/** The lines of blocks, and what stands between two of them. */
function blocks(tokens: readonly Token[], width: number, between: readonly string[] = ['']): string[] {
  const shown = tokens.filter(({ type }) => type !== 'space').map((token) => block(token, width));
  return shown.flatMap((lines, index) => (index === 0 ? lines : [...between, ...lines]));
}

function block(token: Token, width: number): string[] {
  switch (token.type) {
    case 'heading':
      return [`**${token.text}**`];
    case 'code':
      // Marked as code line by line, so that it is painted as such and never broken.
      return token.text.split('\n').map((line: string) => (line === '' ? '' : `${INDENT}\0${line}\0`));
    case 'list':
      return (token as Tokens.List).items.flatMap((item) => {
        const [first = '', ...rest] = blocks(item.tokens, width - INDENT.length, item.loose ? [''] : []);
        return [`- ${first}`, ...rest.map((line) => (line === '' ? '' : INDENT + line))];
      });
    case 'table':
      return table(token as Tokens.Table, width);
    default:
      return wrap(plainLinks(token.raw.trim()), width);
  }
}

function table({ header, rows }: Tokens.Table, width: number): string[] {
  const texts = [header, ...rows].map((cells) => cells.map(({ text }) => plainLinks(text)));
  const [names = [], ...bodies] = texts;
  const widths = names.map((_, column) => Math.max(...texts.map((cells) => lengthOf(cells[column] ?? ''))));
  if (widths.reduce((sum, each) => sum + each + INDENT.length, 0) <= width) {
    const line = (cells: readonly string[]) =>
      cells
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - lengthOf(cell)))
        .join(INDENT)
        .trimEnd();
    return (names.join('') === '' ? bodies : [names.map((name) => (name === '' ? '' : `**${name}**`)), ...bodies]).map(
      line,
    );
  }
  return bodies.flatMap(([first = '', ...rest]) => [
    ...wrap(`**${first}**`, width),
    ...rest.flatMap((cell, column) => {
      // What the second of two columns holds is plain from what it says.
      const label = names.length > 2 && names[column + 1] ? `${names[column + 1]}: ` : '';
      return wrap(label + cell, width - 2 * INDENT.length).map((line) => INDENT + INDENT + line);
    }),
  ]);
}

/** Other topics are named as the command that shows them; what stands on this page needs no name. */
const plainLinks = (text: string): string =>
  text.replaceAll(/\[([^\]]+)\]\(([^)]+)\)/g, (_, label: string, target: string) => {
    const [, topic] = /^([a-z-]+)\.md(?:#.*)?$/.exec(target) ?? [];
    if (topic !== undefined) return `${label} (\`trailproof help ${topic}\`)`;
    return target.startsWith('#') ? label : `${label} (${target.replace(/^(?:\.\.\/)+/, '')})`;
  });

/** How many columns a text takes once it is painted, or more. */
const lengthOf = (text: string): number => text.replaceAll('**', '').length;

/** Bold and code as a terminal shows them; without colour, code keeps its backticks. */
function paint(text: string, color: boolean): string {
  const bold = text.replaceAll(/\*\*([^*]+)\*\*/g, color ? '\u001b[1m$1\u001b[22m' : '$1');
  if (!color) return bold.replaceAll('\0', '');
  return bold.replaceAll(
    /`([^`\n]+)`|\0([^\0\n]*)\0/g,
    (_, code: string | undefined, line: string | undefined) => `\u001b[36m${code ?? line}\u001b[39m`,
  );
}
