import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

// Writes the help topics as text into a source file, so that a bundle shows them without any file beside it; a part of
// `npm run build`. Does nothing where that file is newer than all that it is made of.

const SOURCES = 'src/help';
const TARGET = 'src/cli/help/pages.ts';

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const names = readdirSync(SOURCES).sort();
const parts = [SOURCES, ...names.map((name) => `${SOURCES}/${name}`), '.build/help-pages.js'];

if (parts.some((part) => modified(part) >= modified(TARGET))) {
  const texts = names.map((name) => [name.replace(/\.md$/, ''), readFileSync(`${SOURCES}/${name}`, 'utf8')]);
  const pages = JSON.stringify(Object.fromEntries(texts), undefined, 2);
  writeFileSync(
    TARGET,
    `/** The help topics in Markdown, by name; written by \`npm run build\`. */\nexport const HELP_PAGES: Readonly<Record<string, string>> = ${pages};\n`,
  );
}
