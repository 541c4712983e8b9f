import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { THROWAWAY_ENVIRONMENT } from '../aws/aws-environment.js';
import type { CommandResult } from './run-main.js';

/** The command as it is installed. It runs what the last build made. */
export const LAUNCHER = fileURLToPath(new URL('../../../bin/trailproof.js', import.meta.url));

/** The environment of a process that finds nothing of this machine's AWS settings. */
export const launchEnvironment = (changes: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  ...THROWAWAY_ENVIRONMENT,
  ...changes,
});

/** Runs the command as a process of its own. */
export function launch(
  args: readonly string[],
  { env = launchEnvironment(), nodeArgs = [] }: { env?: NodeJS.ProcessEnv; nodeArgs?: readonly string[] } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...nodeArgs, LAUNCHER, ...args], { env }, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode ?? Number.NaN, stdout, stderr });
    });
  });
}

/** Runs the command from a line of shell, in which it stands as `"$@"`. */
export function launchFrom(shell: string, args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    const command = ['-c', shell, 'sh', process.execPath, LAUNCHER, ...args];
    const child = execFile('sh', command, { env: launchEnvironment() }, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode ?? Number.NaN, stdout, stderr });
    });
  });
}
