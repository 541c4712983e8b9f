import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS, firstWordOf } from '../../../src/cli/commands/command-table.js';
import { PAGES } from '../../support/repository/pages.js';
import { snippetsOf } from '../../support/repository/readme-snippets.js';
import { runMain } from '../../support/run/run-main.js';

it.each([
  ['verify', 'trailproof verify s3://audit-logs --account 111122223333 --format json'],
  ['watch', 'trailproof watch s3://audit-logs --from -26h --to now --every 1d --report json=run.json'],
  ['keys fetch', 'trailproof keys fetch --from 2026-01-01 --output keys.json'],
])('%s --help: each example is a line that can be copied', async (command, example) => {
  const { stdout } = await runMain([...command.split(' '), '--help'], 0, { env: {} });
  expect(stdout.split('\n').map((line) => line.trimEnd())).toContain(`  ${example}`);
});

/** Every command, by its words. */
const COMMAND_LINES = COMMANDS.flatMap((entry) =>
  'commands' in entry ? entry.commands.map((of) => [entry.name, firstWordOf(of)]) : [[firstWordOf(entry)]],
);

describe.each(COMMAND_LINES.map((words) => ({ command: words.join(' ') })))('$command --help', ({ command }) => {
  const help = async () => (await runMain([...command.split(' '), '--help'], 0, { env: {} })).stdout;

  it('has examples, each a whole line below what it shows, with nothing to be filled in', async () => {
    const [, examples = ''] = /^Examples:\n((?: {2}.*\n)+)/m.exec(await help()) ?? [];
    // A backslash goes on in the next line, for a shell too.
    const lines = examples
      .trimEnd()
      .replaceAll(/ \\\s*\n */g, ' ')
      .split('\n');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter((line, index) => /^ {2}#/.test(line) === (index % 2 === 1))).toEqual([]);
    const commands = lines.filter((_, index) => index % 2 === 1).map((line) => line.trim());
    expect(commands.filter((line) => !line.includes(`trailproof ${command}`))).toEqual([]);
    expect(commands.filter((line) => /\b(?:ARN|FILE|BUCKET|KEY|ID)\b/.test(line))).toEqual([]);
  });

  it('takes --format, or says why not', async () => {
    expect((await help()).replaceAll(/\s+/g, ' ')).toMatch(/--format|aws cloudtrail/);
  });
});

const TOPICS = PAGES.filter(({ path }) => path !== 'README.md').map(({ path: file, text }) => ({
  topic: path.basename(file, '.md'),
  text,
}));

describe('help TOPIC', () => {
  it.each(TOPICS)('$topic: in a pipe, the page as it was written', async ({ topic, text }) => {
    expect(await runMain(['help', topic], 0, { env: {} })).toEqual({ status: 0, stdout: text, stderr: '' });
  });

  it.each(TOPICS)('$topic: on a terminal, every name and command of it, and no Markdown', async ({ topic, text }) => {
    const { stdout } = await runMain(['help', topic], 0, { env: { NO_COLOR: '1' }, isTTY: true });
    const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const missing = [...prose.matchAll(/`[^`\n]+`/g)].map(([code]) => code).filter((code) => !stdout.includes(code));
    expect(missing).toEqual([]);
    const commands = snippetsOf(text).flatMap((snippet) => snippet.text.split('\n').filter((line) => line !== ''));
    const lines = stdout.split('\n').map((line) => line.trim());
    expect(commands.filter((command) => !lines.includes(command.trim()))).toEqual([]);
    expect(stdout).not.toMatch(/\]\(|\*\*|^\|/m);
  });

  it('fills the width of the terminal, and paints', async () => {
    const shown = await Promise.all(
      [{ NO_COLOR: '1' }, {}].map(async (env) => (await runMain(['help', 'keys'], 0, { env, isTTY: true })).stdout),
    );
    await expect(shown.join(`${'-'.repeat(80)}\n`)).toMatchFileSnapshot('../goldens/help-keys.txt');
  });

  it.each([
    ['polcy', '; did you mean policy?'],
    ['validate-log', '; did you mean validate-logs?'],
    ['constructor', ''],
    ['zzz', ''],
  ])('%s: no such topic, and what there is', async (topic, meant) => {
    const { status, stderr } = await runMain(['help', topic], 0, { env: {} });
    expect(status).toBe(64);
    expect(stderr).toMatch(
      `trailproof: there is no topic ${topic}${meant}\nTopics: ${TOPICS.map((each) => each.topic).join(', ')}\n`,
    );
  });

  it.each([[['help', '--help']], [['help', '-h']]])('%j shows its own flags', async (args) => {
    const { status, stdout } = await runMain(args, 0, { env: {} });
    expect({ status, usage: stdout.split('\n')[0] }).toEqual({ status: 0, usage: 'trailproof help [topic]' });
  });

  it.each([[['help']], [['help', 'help']]])('%j lists the topics with what they are about', async (args) => {
    const { status, stdout } = await runMain(args, 0, { env: {} });
    expect(status).toBe(0);
    const rows = TOPICS.map(({ topic, text }) => [topic, text.slice(2, text.indexOf('\n'))]);
    for (const [topic, title] of rows) expect(stdout).toMatch(new RegExp(`^  ${topic} +${title}$`, 'm'));
  });
});
