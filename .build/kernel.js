import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

// Compiles the inflater's kernel, and writes it as text into a source file, so that what is installed, bundled or loaded by
// a browser needs no file beside it: `npm run kernel`. Does nothing where that file is newer than all that it is made of.

const SOURCES = 'src/adapters/inflate/kernel';
const TARGET = 'src/adapters/inflate/kernel-code.ts';
const BINARY = '.cache/kernel.wasm';

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const parts = [...readdirSync(SOURCES).map((name) => `${SOURCES}/${name}`), '.build/kernel.js', 'package-lock.json'];

if (parts.some((part) => modified(part) >= modified(TARGET))) {
  await compileKernel(BINARY);
  const code = readFileSync(BINARY).toString('base64');
  writeFileSync(
    TARGET,
    `/** The compiled kernel in Base64; written by \`npm run kernel\`. */\nexport const KERNEL_CODE: string =\n  '${code}';\n`,
  );
}

/** @param {string} file where the binary goes */
async function compileKernel(file) {
  mkdirSync('.cache', { recursive: true });
  const pages = ['--initialMemory', '22', '--maximumMemory', '22'];
  const speed = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--enable', 'bulk-memory'];
  const { error, stderr } = await asc.main([`${SOURCES}/inflate.ts`, '-o', file, ...pages, ...speed]);
  if (error) throw new Error(`the kernel does not compile: ${stderr.toString()}`, { cause: error });
}
