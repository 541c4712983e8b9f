// Writes the zip file of the AWS Lambda function from what the build made: `npm run lambda FILE.zip`. The same build gives the same
// bytes.
import { readFileSync, writeFileSync } from 'node:fs';
import { zipSync } from 'fflate';

// Lambda tries `.js` before `.mjs`, so only one file may have the name that the handler has.
const FILES = [
  'package.json',
  'LICENSE',
  'dist/lambda/index.js',
  'dist/lambda/hash-worker.js',
  'dist/lambda/THIRD-PARTY-NOTICES',
  ...['config', 'detail', 'policy', 'report'].map((name) => `dist/core/schemas/${name}.schema.json`),
];

/** The first time that a zip file can hold; fflate writes the local time. */
const MTIME = new Date(1980, 0, 1);
/** Everybody may read: Lambda runs a function as another user. */
const ATTRIBUTES = 0o100644 << 16;
const UNIX = 3;

const [target] = process.argv.slice(2);
if (!target?.endsWith('.zip')) throw new Error('give the name of the zip file to write: npm run lambda FILE.zip');

const root = new URL('../', import.meta.url);
const entries = FILES.map((name) => [
  name,
  [readFileSync(new URL(name, root)), { mtime: MTIME, os: UNIX, attrs: ATTRIBUTES }],
]);
writeFileSync(target, zipSync(Object.fromEntries(entries)));
