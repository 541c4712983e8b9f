import { readdirSync, readFileSync } from 'node:fs';
import { type Snippet, snippetsOf } from './readme-snippets.js';

/** A page that people read: the README, or a topic of `trailproof help`. */
export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** A snippet, and the page that it stands on. */
export interface PageSnippet extends Snippet {
  readonly page: string;
}

const ROOT = new URL('../../../', import.meta.url);
const topics = readdirSync(new URL('src/help/', ROOT)).sort();

/** The README and every help topic. Whatever they state is tested the same way, wherever it stands. */
export const PAGES: readonly Page[] = ['README.md', ...topics.map((name) => `src/help/${name}`)].map((path) => ({
  path,
  text: readFileSync(new URL(path, ROOT), 'utf8'),
}));

/** One page, by its path from the root of the repository. */
export function pageAt(path: string): Page {
  const found = PAGES.find((page) => page.path === path);
  if (found === undefined) throw new Error(`there is no page ${path}`);
  return found;
}

/** The snippets of all pages in one language. */
export const snippetsIn = (language: string): readonly PageSnippet[] =>
  PAGES.flatMap(({ path, text }) => snippetsOf(text).map((snippet) => ({ ...snippet, page: path }))).filter(
    (snippet) => snippet.language === language,
  );
