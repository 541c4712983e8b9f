import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type * as Library from '../../src/index.js';
import { startServer } from '../support/aws/server.js';
import { addTrail, forgeChain } from '../support/forge/forge.js';
import { emptyWorld } from '../support/worlds/world.js';
import { grow, growthFault } from './grow.js';

// Verifies again and again in one process, for some minutes: a folder, one that was tampered with, and a bucket that refuses
// some requests. Then verifies longer and longer trails. Prints what the process holds before and after, and what each trail took,
// and ends with 1 where one of them grows: see src/help/performance.md.

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, growth: { type: 'string', default: '1000000' } },
});
const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const built = pathToFileURL(path.join(ROOT, 'dist/index.js')).href;
const { verify } = (await import(built)) as typeof Library;

/** Rounds before the first look: code is compiled, and what is loaded once is loaded. */
const WARM_UP = 20;
/** What the heap may vary by from one collection to another. */
const HEAP_TOLERANCE_MIB = 8;
const RESIDENT_TOLERANCE_MIB = 48;
const FAULTS = ['slow-down', 'reset', 'error-500', 'truncate'] as const;
const START = Date.parse('2026-03-01T00:01:31Z');
const TRAIL = {
  bucket: 'soak',
  accountId: '111122223333',
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'soak',
};

/** What a process may leak. */
interface Held {
  readonly heapMib: number;
  readonly residentMib: number;
  readonly files: number;
  readonly threads: number;
  readonly resources: number;
  readonly listeners: number;
}

Object.assign(process.env, {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'loopback-only',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
});

const world = emptyWorld();
addTrail(world, TRAIL);
forgeChain(world, { ...TRAIL, start: START, hours: 12, logsPerHour: 4 });

/** Verifies each source once. Throws where the outcome is not what it should be. */
async function round(): Promise<void> {
  const testdata = path.join(ROOT, 'testdata');
  await expectOutcome('verified', { source: `${testdata}/archive`, keys: `${testdata}/keys.json` });
  const tampered = `${testdata}/tampered`;
  await expectOutcome('failed', { source: `${tampered}/log-modified/archive`, keys: `${tampered}/keys.json` });
  let asked = 0;
  // A new one each time: it remembers what it was asked.
  const server = await startServer(world, {
    fault: () => {
      asked += 1;
      return asked % 17 === 0 ? FAULTS[(asked / 17) % FAULTS.length] : undefined;
    },
  });
  try {
    await expectOutcome('verified', { source: 's3://soak', endpointUrl: server.url });
  } finally {
    await server.close();
  }
}

async function expectOutcome(outcome: string, options: Library.VerifyOptions): Promise<void> {
  const report = await verify(options);
  if (report.outcome !== outcome) throw new Error(`${options.source}: ${report.outcome}, not ${outcome}`);
}

/** What is held once everything that ends has ended. */
async function look(): Promise<Held> {
  await new Promise((resolve) => setTimeout(resolve, 2000));
  for (let times = 0; times < 3; times += 1) globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const names = process.eventNames();
  return {
    heapMib: heapUsed / 2 ** 20,
    residentMib: rss / 2 ** 20,
    files: countIn('/proc/self/fd'),
    threads: countIn('/proc/self/task'),
    resources: process.getActiveResourcesInfo().length,
    listeners: names.map((name) => process.listenerCount(name)).reduce((sum, count) => sum + count, 0),
  };
}

const countIn = (folder: string): number => readdirSync(folder).length;

for (let times = 0; times < WARM_UP; times += 1) await round();
const before = await look();
const began = performance.now();
let rounds = 0;
while (performance.now() - began < Number(values.minutes) * 60_000) {
  await round();
  rounds += 1;
}
const after = await look();
console.log(`${rounds} rounds of three runs in ${values.minutes} minutes`);
console.table({ before, after });
const growth = await grow(Number(values.growth));
console.table(growth);
const mayVary: Partial<Held> = { heapMib: HEAP_TOLERANCE_MIB, residentMib: RESIDENT_TOLERANCE_MIB };
const grown = (Object.keys(before) as (keyof Held)[]).filter(
  (name) => after[name] > before[name] + (mayVary[name] ?? 0),
);
const fault = growthFault(growth);
if (fault !== undefined) throw new Error(fault);
if (grown.length > 0) throw new Error(`grown: ${grown.join(', ')}`);
