import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { Kernel } from '../../../src/adapters/inflate/kernel.js';

const SOURCES = fileURLToPath(new URL('../../../src/adapters/inflate/kernel', import.meta.url));

/** Each part of the memory that `layout.ts` names, by its address. */
function readLayout(): Readonly<Record<string, number>> {
  const text = readFileSync(path.join(SOURCES, 'layout.ts'), 'utf8');
  const found = [...text.matchAll(/^export const (\w+): u32 = (0x[0-9a-f]+);$/gm)];
  return Object.fromEntries(found.map(([, name = '', address = '']) => [name, Number(address)]));
}

/** The memory, in pages of 64 KiB. */
const PAGES = 22;

/** What is written once, when the kernel starts. */
const CONSTANTS = [
  'LITERAL_TEMPLATES',
  'DISTANCE_TEMPLATES',
  'PRECODE_TEMPLATES',
  'PRECODE_ORDER',
  'REPEAT_PATTERNS',
  'REPEAT_STRIDES',
  'FIXED_LITERAL_TABLE',
  'FIXED_DISTANCE_TABLE',
  'CHECKSUM_TABLES',
  'INPUT',
];

/**
 * The kernel compiled with a question before each access to memory. It throws for an access that crosses from one part
 * of the memory to another, reads input behind its end, or writes to input, constants, or output beyond its limit.
 */
export async function compileCheckedKernel(): Promise<() => Kernel> {
  const folder = mkdtempSync(path.join(tmpdir(), 'trailproof-'));
  const file = path.join(folder, 'checked.wasm');
  const pages = ['--initialMemory', String(PAGES), '--maximumMemory', String(PAGES)];
  const checks = ['-O2', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--runPasses', 'instrument-memory'];
  try {
    const { error, stderr } = await asc.main([path.join(SOURCES, 'inflate.ts'), '-o', file, ...pages, ...checks]);
    if (error) throw new Error(stderr.toString(), { cause: error });
    const module = new WebAssembly.Module(readFileSync(file));
    return () => checkedKernel(module);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function checkedKernel(module: WebAssembly.Module): Kernel {
  const { INPUT_SIZE, WINDOW_SIZE, ...parts } = readLayout();
  const names = Object.keys(parts).sort((a, b) => (parts[a] ?? 0) - (parts[b] ?? 0));
  const starts = names.map((name) => parts[name] ?? 0);
  // Asked before every access: a look into a table takes a tenth of the time of a search.
  const partOf = new Int8Array(PAGES * 65_536).fill(-1);
  for (const [part, start] of starts.entries()) partOf.fill(part, start);
  const partAt = (address: number) => partOf[address] ?? -1;
  const outputPart = names.indexOf('OUTPUT');
  const inputPart = names.indexOf('INPUT');
  const isConstant = names.map((name) => CONSTANTS.includes(name));
  let hasStarted = false;
  let inputEnd = Number.POSITIVE_INFINITY;
  let outputLimit = Number.POSITIVE_INFINITY;

  const check = (isStore: boolean, size: number, offset: number, address: number) => {
    const from = (address >>> 0) + (offset >>> 0);
    const part = partAt(from);
    const fault =
      part < 0 || partAt(from + size - 1) !== part
        ? 'crosses into another part'
        : isStore && hasStarted && isConstant[part]
          ? 'writes to a constant part'
          : isStore && part === outputPart && from + size > outputLimit
            ? 'writes beyond the limit of the output'
            : part === inputPart && from + size > inputEnd
              ? 'reads behind the input'
              : undefined;
    if (fault) throw new Error(`${names[part]} at ${from.toString(16)}, ${size} bytes: ${fault}`);
    return address;
  };
  const same = (_id: number, value: unknown) => value;
  const instance = new WebAssembly.Instance(module, {
    env: {
      load_ptr: (_id: number, size: number, offset: number, address: number) => check(false, size, offset, address),
      store_ptr: (_id: number, size: number, offset: number, address: number) => check(true, size, offset, address),
      load_val_i32: same,
      load_val_i64: same,
      load_val_f32: same,
      load_val_f64: same,
      store_val_i32: same,
      store_val_i64: same,
      store_val_f32: same,
      store_val_f64: same,
      memory_grow_pre: () => {
        throw new Error('the memory grows');
      },
      memory_grow_post: () => 0,
    },
  });
  hasStarted = true;
  const { inflate, ...others } = instance.exports as unknown as {
    inflate(input: number, end: number, limit: number): number;
  };
  const limited = (input: number, end: number, limit: number) => {
    inputEnd = end;
    outputLimit = limit;
    try {
      return inflate(input, end, limit);
    } finally {
      inputEnd = Number.POSITIVE_INFINITY;
      outputLimit = Number.POSITIVE_INFINITY;
    }
  };
  return new Kernel({ ...others, inflate: limited });
}
