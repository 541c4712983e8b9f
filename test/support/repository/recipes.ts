import { readFileSync } from 'node:fs';
import { snippetsOf } from './readme-snippets.js';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

/** The lines of a recipe that follow those of trailproof. There must be one recipe that holds the text. */
export function recipeWith(text: string): string {
  const found = snippetsOf(README).filter((snippet) => snippet.language === 'sh' && snippet.text.includes(text));
  const [recipe] = found;
  if (recipe === undefined || found.length > 1) throw new Error(`${found.length} recipes with ${text}`);
  return recipe.text
    .split('\n')
    .filter((line) => !line.startsWith('trailproof '))
    .join('\n');
}
