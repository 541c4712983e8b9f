import { main } from '../../../src/cli/main.js';
import type { TextStream } from '../../../src/cli/process/terminal.js';
import { FakeClock } from './fake-clock.js';

/** How a command ended and what it wrote. */
export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command is run in. */
export interface RunSetting {
  readonly isTTY?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Stands still unless it is moved. */
  readonly clock?: FakeClock;
  /** Called before anything is written to standard output. */
  readonly onStdout?: () => void;
  /** Aborted when the command is to end. */
  readonly stop?: AbortSignal;
}

/** Runs the command line in this process, with the environment as it is now. Time goes on with the clock. */
export async function runMain(
  args: readonly string[],
  now = Date.parse('2026-06-01T00:00:00Z'),
  {
    isTTY = false,
    env = process.env,
    cwd = process.cwd(),
    clock = new FakeClock(),
    onStdout = () => {},
    stop,
  }: RunSetting = {},
): Promise<CommandResult> {
  const [stdout, stderr] = [new Transcript(isTTY, onStdout), new Transcript(isTTY)];
  const { timers } = clock;
  const stopping = stop && { stopSignal: () => stop };
  const environment = { stdout, stderr, env, cwd, now: () => now + timers.elapsed(), ...timers, ...stopping };
  const status = await main(args, environment);
  return { status, stdout: stdout.text, stderr: stderr.text };
}

/** A stream that keeps all it is given. */
export class Transcript implements TextStream {
  readonly isTTY: boolean;
  readonly #onWrite: () => void;
  text = '';

  constructor(isTTY: boolean, onWrite: () => void = () => {}) {
    this.isTTY = isTTY;
    this.#onWrite = onWrite;
  }

  write(text: string): boolean {
    this.#onWrite();
    this.text += text;
    return true;
  }

  once(): void {}
}
