import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { launchFrom } from './support/run/launch.js';
import { temporaryFolders } from './support/run/temporary-folder.js';

const FOLDER = new URL('../dist/bin/', import.meta.url);

/** What is loaded with a file: the files that it imports, and those that they import. */
function loadedWith(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(new URL(file, FOLDER), 'utf8');
  for (const [, next = ''] of text.matchAll(/^(?:import|export)\b[^;]*?"\.\/([^"]+)";$/gm)) loadedWith(next, seen);
  return seen;
}

const partsOf = (files: Iterable<string>) =>
  [...files].map((file) => file.replace(/(?:-[\w-]{8})?\.js$/, '').replace('rolldown-', '')).sort();

const partCalled = (name: string): string => {
  const [file, ...others] = readdirSync(FOLDER).filter((each) => partsOf([each])[0] === name);
  if (!file || others.length > 0) throw new Error(`not one part ${name}`);
  return file;
};

const temporaryFolder = temporaryFolders();

// How long it takes to start is a matter of what is opened, and of what is not.
describe('the bundled command', () => {
  it('loads nothing but the command line at first', () => {
    expect(partsOf(loadedWith('main.js'))).toEqual(['command', 'main', 'runtime']);
  });

  it('loads one file more to verify a folder', () => {
    expect(partsOf(loadedWith(partCalled('verify')))).toEqual(['command', 'runtime', 'verify']);
  });

  it('has neither the AWS SDK nor other dynamic parts in a hashing thread from the start', () => {
    expect(partsOf(loadedWith('hash-worker.js'))).toEqual(['hash-worker']);
  });

  it.each(['main.js', 'hash-worker.js'])('measures no text with all scripts and emoji in %s', (file) => {
    const text = [...loadedWith(file)].map((each) => readFileSync(new URL(each, FOLDER), 'utf8')).join('');
    expect(text).not.toMatch(/new Intl\.|RGI_Emoji/);
  });

  it('opens no package.json of the folder that it is called in: a pipe of that name would never answer', {
    timeout: 20_000,
  }, async () => {
    const folder = temporaryFolder();
    execFileSync('mkfifo', [path.join(folder, 'package.json')]);
    const { status, stdout } = await launchFrom(`cd '${folder}' && exec timeout 10 "$@"`, ['--version']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '0.1.0\n' });
  });
});
