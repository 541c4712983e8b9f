import type { Argv } from 'yargs';
import { UsageError } from '../../compose/errors/usage-error.js';
import { example, refuseRepeated } from '../flags/yargs-checks.js';
import { formatPage } from '../help/format-page.js';
import { HELP_PAGES } from '../help/pages.js';
import { closestTo } from '../process/closest.js';
import { EXIT } from '../process/exit-status.js';
import { type Terminal, wantsColor, write } from '../process/terminal.js';

/** Columns of a terminal that does not say how many it has. */
const USUAL_WIDTH = 80;

/** The flags of `trailproof help`. */
export const helpFlags = (yargs: Argv) =>
  yargs
    .positional('topic', { type: 'string', describe: 'what to read about; default: the list of topics' })
    .check(refuseRepeated())
    .example(example('$0 help incremental', 'verifying only what is new'))
    .example(example('$0 help findings > findings.md', 'the page as it was written, in Markdown'))
    .epilog(
      `Topics: ${Object.keys(HELP_PAGES).join(', ')}.\n\nA topic is Markdown where standard output is no terminal: there is no --format. Exit status: 0 shown, 64 no such topic.`,
    );

type HelpFlags = Awaited<ReturnType<typeof helpFlags>['argv']>;

/** Shows a topic of the help: laid out on a terminal, in Markdown elsewhere. */
export async function runHelp({ topic }: HelpFlags, terminal: Terminal): Promise<number> {
  const { stdout } = terminal;
  if (!topic) {
    await write(stdout, listOfTopics());
    return EXIT.verified;
  }
  const page = Object.hasOwn(HELP_PAGES, topic) ? HELP_PAGES[topic] : undefined;
  if (page === undefined) throw new UsageError(unknownTopic(topic));
  const style = { width: stdout.columns ?? USUAL_WIDTH, color: wantsColor(terminal) };
  await write(stdout, stdout.isTTY === true ? formatPage(page, style) : page);
  return EXIT.verified;
}

function listOfTopics(): string {
  const names = Object.keys(HELP_PAGES);
  const width = Math.max(...names.map((name) => name.length));
  const lines = Object.entries(HELP_PAGES).map(([name, page]) => `  ${name.padEnd(width)}  ${titleOf(page)}`);
  return `Topics, each shown by trailproof help TOPIC:\n\n${lines.join('\n')}\n\ntrailproof --help lists the commands, trailproof COMMAND --help the flags of one.\n`;
}

const titleOf = (page: string): string => /^# (.+)$/m.exec(page)?.[1] ?? '';

function unknownTopic(topic: string): string {
  const names = Object.keys(HELP_PAGES);
  const meant = closestTo(topic, names);
  return `there is no topic ${topic}${meant === undefined ? '' : `; did you mean ${meant}?`}\nTopics: ${names.join(', ')}\ntrailproof COMMAND --help shows the flags of a command.`;
}
