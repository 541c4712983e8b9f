import { main } from '../../src/cli/main.js';
import type { TextStream } from '../../src/cli/terminal.js';

/** How a command ended and what it wrote. */
export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process, with the environment as it is now. */
export async function runMain(
  args: readonly string[],
  now = Date.parse('2026-06-01T00:00:00Z'),
  { isTTY = false, env = process.env }: { isTTY?: boolean; env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<CommandResult> {
  const [stdout, stderr] = [new Transcript(isTTY), new Transcript(isTTY)];
  const status = await main(args, { stdout, stderr, env, now: () => now });
  return { status, stdout: stdout.text, stderr: stderr.text };
}

/** A stream that keeps all it is given. */
class Transcript implements TextStream {
  readonly isTTY: boolean;
  text = '';

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }

  once(): void {}
}
