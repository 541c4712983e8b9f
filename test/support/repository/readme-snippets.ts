/** A fenced block of a Markdown text. */
export interface Snippet {
  readonly language: string;
  readonly text: string;
  /** Counted from 1, of the opening fence. */
  readonly line: number;
}

/** A command with what it is said to print. */
export interface TranscriptStep {
  readonly command: string;
  readonly output: string;
}

/** The fenced blocks of a Markdown text, in order. */
export function snippetsOf(markdown: string): Snippet[] {
  const snippets: Snippet[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^```(\S*)$/.exec(line);
    if (open && fence) {
      snippets.push({ language: open.language, line: open.line, text: open.lines.map((each) => `${each}\n`).join('') });
      open = undefined;
    } else if (fence) open = { language: fence[1] ?? '', line: index + 1, lines: [] };
    else open?.lines.push(line);
  }
  return snippets;
}

/** The commands of a transcript, each behind a `$`, and what follows them. */
export function transcriptOf({ text }: Snippet): TranscriptStep[] {
  return text.split(/^\$ /m).flatMap((step) => {
    const [command = '', ...output] = step.split('\n');
    return command === '' ? [] : [{ command, output: output.join('\n') }];
  });
}

/** Splits a command at spaces; the commands of a README need no quotes. */
export const wordsOf = (command: string): string[] => command.trim().split(/\s+/);
