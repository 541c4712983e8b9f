import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { CommandResult } from './run-main.js';

export interface ShellOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs a script with bash, which ends at the first command that fails. Has nothing on standard input. */
export const runShell = (script: string, options: ShellOptions): Promise<CommandResult> =>
  runProgram('bash', ['-euo', 'pipefail', '-c', script], options);

/** Runs a program. Has nothing on standard input. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env }: ShellOptions,
): Promise<CommandResult> {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? Number.NaN));
  });
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, stdout, stderr };
}
