import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { withFindings } from '../dist/core/findings/finding-schema.js';

// Copies the JSON Schemas to where the code finds them, and writes those that the package exports: each holds all that it refers
// to, so that it can be used without the others.

const NAMES = ['report', 'detail', 'policy', 'config'];
const fileOf = (name) => `${name}.schema.json`;
const textOf = (name) => readFileSync(`src/core/schemas/${fileOf(name)}`, 'utf8');

/** The compiler has made what the schema of the report is completed with. */
const schemaOf = (name) => (name === 'report' ? withFindings(JSON.parse(textOf(name))) : JSON.parse(textOf(name)));

/** The schemas that one refers to, and those that these refer to. */
function referredTo(name, found = new Set()) {
  for (const [, other] of textOf(name).matchAll(/"\$ref": "(\w+)\.schema\.json/g))
    if (!found.has(other)) referredTo(other, found.add(other));
  return found;
}

mkdirSync('dist/schemas', { recursive: true });
mkdirSync('dist/core/schemas', { recursive: true });
for (const name of NAMES) {
  const schema = schemaOf(name);
  const others = [...referredTo(name)].map((other) => [fileOf(other), schemaOf(other)]);
  const whole = { ...schema, $defs: { ...schema.$defs, ...Object.fromEntries(others) } };
  writeFileSync(`dist/schemas/${fileOf(name)}`, `${JSON.stringify(whole, undefined, 2)}\n`);
  copyFileSync(`src/core/schemas/${fileOf(name)}`, `dist/core/schemas/${fileOf(name)}`);
}
