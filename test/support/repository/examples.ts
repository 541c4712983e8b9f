import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

/** A `trailproof …` command of an example, in words, without the program's name. */
export interface ExampleCommand {
  readonly example: string;
  readonly args: readonly string[];
}

/** A section of a unit of systemd: its settings, in order. */
export interface UnitSection {
  readonly name: string;
  readonly settings: readonly (readonly [key: string, value: string])[];
}

const folder = new URL('../../../.github/examples/', import.meta.url);

/** The text of an example. */
export const readExample = (name: string): string => readFileSync(fileURLToPath(new URL(name, folder)), 'utf8');

/** The documents of an example in YAML; throws where it is none. */
export function readYaml(name: string): unknown[] {
  return parseAllDocuments(readExample(name)).map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS() as unknown;
  });
}

/** The value at a path of names and places; undefined where there is none. */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((found, step) => (found as Readonly<Record<string, unknown>> | undefined)?.[step], value);

/** The sections of a unit of systemd. */
export function readUnit(name: string): UnitSection[] {
  const sections: { name: string; settings: (readonly [string, string])[] }[] = [];
  for (const line of linesOf(readExample(name))) {
    const section = /^\[(\w+)\]$/.exec(line)?.[1];
    const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (section !== undefined) sections.push({ name: section, settings: [] });
    else if (key !== '') sections.at(-1)?.settings.push([key, value]);
    else throw new Error(`${name}: ${line}`);
  }
  return sections;
}

/** Those that say something. */
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** The instructions of the Dockerfile. */
export const readDockerfile = (): { readonly instruction: string; readonly rest: string }[] =>
  linesOf(readExample('Dockerfile')).map((line) => {
    const [instruction = '', ...rest] = line.split(' ');
    return { instruction, rest: rest.join(' ') };
  });

/** The line of the crontab: when, and what. */
export function readCrontab(): { readonly schedule: string; readonly command: string } {
  const lines = linesOf(readExample('crontab')).filter((line) => !/^[A-Z]+=/.test(line));
  const [, schedule = '', command = ''] = /^((?:\S+ ){4}\S+) (.+)$/.exec(lines[0] ?? '') ?? [];
  return { schedule, command };
}

/** Every command that the examples run. */
export const exampleCommands = (): ExampleCommand[] => [
  ...workflowCommands('github-actions.yml'),
  {
    example: 'kubernetes-cronjob.yaml',
    args: at(readYaml('kubernetes-cronjob.yaml')[2], ...POD, 'containers', 0, 'args') as string[],
  },
  { example: 'crontab', args: argsOf(readCrontab().command) },
  ...['trailproof.service'].flatMap((example) =>
    readUnit(example)
      .flatMap(({ settings }) => settings.filter(([key]) => key === 'ExecStart'))
      .map(([, value]) => ({ example, args: argsOf(value) })),
  ),
];

/** Where the pod of a CronJob stands. */
export const POD = ['spec', 'jobTemplate', 'spec', 'template', 'spec'] as const;

function workflowCommands(example: string): ExampleCommand[] {
  const job = at(readYaml(example)[0], 'jobs', 'verify');
  const env = at(job, 'env') as Readonly<Record<string, string>>;
  const steps = at(job, 'steps') as { readonly uses?: string; readonly with?: Readonly<Record<string, string>> }[];
  return steps
    .filter(({ uses }) => uses?.includes('/.github/actions/trailproof@'))
    .map(({ with: { source = '', flags = '' } = {} }) => {
      const words = `verify ${source} ${flags}`.replace(/\$\{\{ env\.(\w+) \}\}/g, (_, name) => env[name] ?? '');
      return { example, args: words.split(/\s+/) };
    });
}

/** The words of a command behind the program's name, which may be a path; quotes hold no spaces in the examples. */
function argsOf(command: string): string[] {
  const [program = '', ...args] = command.trim().split(/\s+/);
  if (!/^(?:\/usr\/local\/bin\/)?trailproof$/.test(program)) throw new Error(`${program} is not trailproof`);
  return args.map((word) => word.replace(/^"(.*)"$/, '$1'));
}
