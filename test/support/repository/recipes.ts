import { snippetsIn } from './pages.js';

/** The lines of a recipe that follow those of trailproof. There must be one recipe on all pages that holds the text. */
export function recipeWith(text: string): string {
  const found = snippetsIn('sh').filter((snippet) => snippet.text.includes(text));
  const [recipe] = found;
  if (recipe === undefined || found.length > 1) throw new Error(`${found.length} recipes with ${text}`);
  return recipe.text
    .split('\n')
    .filter((line) => !line.startsWith('trailproof '))
    .join('\n');
}
