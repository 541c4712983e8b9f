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
): Promise<CommandResult> {
  const [stdout, stderr] = [new Transcript(), new Transcript()];
  const status = await main(args, { stdout, stderr, env: process.env, now: () => now });
  return { status, stdout: stdout.text, stderr: stderr.text };
}

/** A stream that keeps all it is given. */
class Transcript implements TextStream {
  text = '';

  write(text: string): boolean {
    this.text += text;
    return true;
  }

  once(): void {}
}
