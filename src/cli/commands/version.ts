import type { Argv } from 'yargs';
import { VERSION } from '../../compose/version.js';
import { example, refuseRepeated } from '../flags/yargs-checks.js';
import { EXIT } from '../process/exit-status.js';
import { type Terminal, write } from '../process/terminal.js';

/** The flags of `trailproof version`. */
export const versionFlags = (yargs: Argv) =>
  yargs
    .option('format', { choices: ['text', 'json'] as const, default: 'text' as const, describe: 'how to print it' })
    .check(refuseRepeated())
    .example(example('$0 version --format json', 'for a program to read'))
    .epilog('Exit status: 0 printed, 64 wrong usage.');

type VersionFlags = Awaited<ReturnType<typeof versionFlags>['argv']>;

/** Prints the version of the program. */
export async function runVersion({ format }: VersionFlags, terminal: Terminal): Promise<number> {
  await write(terminal.stdout, format === 'json' ? `${JSON.stringify({ version: VERSION })}\n` : `${VERSION}\n`);
  return EXIT.verified;
}
