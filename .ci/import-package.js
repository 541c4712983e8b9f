// Imports the installed package as a consumer does and fails where an entry exports nothing. Reads the program from standard
// input so that imports resolve from the consumer's folder: `node --input-type=module < import-package.js`.
for (const entry of ['trailproof', 'trailproof/core']) {
  const names = Object.keys(await import(entry));
  if (names.length === 0) throw new Error(`${entry} exports nothing`);
  process.stdout.write(`${entry}: ${names.length} exports\n`);
}
