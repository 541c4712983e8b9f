import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The licences under which code may be bundled: each asks for no more than that it is told. */
export const ALLOWED_LICENCES = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

/** Texts that licences want kept, and of Apache-2.0 the notice beside it. */
const TEXTS = /^(?:licen[cs]e|copying|notice)/i;

/** The folder of the package that a module lies in; undefined where it is none of a package. */
function packageOf(id) {
  const [, folder] = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/')) ?? [];
  return folder;
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  if (!ALLOWED_LICENCES.includes(license))
    throw new Error(`${name}: the licence ${license} is none of ${ALLOWED_LICENCES.join(', ')}`);
  const files = readdirSync(folder).filter((file) => TEXTS.test(file));
  const texts = files.sort().map((file) => readFileSync(path.join(folder, file), 'utf8').replaceAll('\r', '').trim());
  return { title: `${name} ${version} (${license})`, scope: name.split('/')[0], license, text: texts.join('\n\n') };
}

/** The texts of licences, each with the packages that are under it. */
function noticesOf(folders) {
  const licences = [...folders].map(licenceOf).sort((a, b) => (a.title < b.title ? -1 : 1));
  const groups = new Map();
  for (const { title, scope, license, text } of licences) {
    // Some packages of AWS leave out the text that its others have.
    const sibling = licences.find((other) => other.scope === scope && other.license === license && other.text !== '');
    const said = text || (scope.startsWith('@') && sibling?.text);
    if (!said) throw new Error(`${title} comes without the text of its licence`);
    groups.set(said, [...(groups.get(said) ?? []), title]);
  }
  const line = '-'.repeat(80);
  const sections = [...groups].map(([text, titles]) => `${line}\n${titles.join('\n')}\n\n${text}\n`);
  return ['Trailproof holds code of these packages, each under its own licence.\n', ...sections].join('\n');
}

/**
 * Writes `THIRD-PARTY-NOTICES` beside a bundle: every package that it holds code of, with its licence. Bundles of one folder share
 * the set of packages, and the last of them names all.
 * @throws {Error} where a licence is not allowed, or its text is missing
 */
export const thirdPartyNotices = (packages) => ({
  name: 'third-party-notices',
  generateBundle(_options, bundle) {
    const chunks = Object.values(bundle).filter(({ type }) => type === 'chunk');
    for (const folder of chunks.flatMap(({ moduleIds }) => moduleIds.map(packageOf))) if (folder) packages.add(folder);
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-NOTICES', source: noticesOf(packages) });
  },
});
