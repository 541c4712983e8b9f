import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { nodeSha256 } from '../../src/adapters/node/sha256.js';
import { nodeVerifySignature } from '../../src/adapters/node/verify-signature.js';
import { IncrementalRun } from '../../src/app/incremental/incremental-run.js';
import type { Recheck } from '../../src/app/incremental/recheck.js';
import { storeHasher } from '../../src/app/objects/store-hasher.js';
import { verifyTrails } from '../../src/app/run/verify-trails.js';
import { nodeInflater } from '../../src/compose/inflate/inflater.js';
import type { Checkpoint } from '../../src/core/checkpoint/checkpoint.js';
import { formatCheckpoint } from '../../src/core/checkpoint/checkpoint-document.js';
import { HOUR, MINUTE } from '../../src/core/time/instant.js';
import { forgeChain } from '../support/forge/forge.js';
import { summaryOfRun } from '../support/reports/summary-of-run.js';
import { GrowingWorld } from '../support/worlds/growing-world.js';
import { emptyWorld } from '../support/worlds/world.js';
import { median } from './run-process.js';
import { formatTable } from './table.js';

// Measures what an hourly run that goes on from a checkpoint takes beside a run of the whole month: see src/help/performance.md.

const { values } = parseArgs({
  options: {
    chains: { type: 'string', default: '50' },
    hours: { type: 'string', default: '720' },
    logs: { type: 'string', default: '2' },
    runs: { type: 'string', default: '5' },
  },
});
const [CHAINS, HOURS, LOGS, RUNS] = [values.chains, values.hours, values.logs, values.runs].map(Number) as [
  number,
  number,
  number,
  number,
];
const START = Date.parse('2026-01-01T00:29:23Z');
const ORIGIN = { sources: ['s3://bench'] };

interface Step {
  readonly seconds: number;
  readonly digests: number;
  readonly logs: number;
  readonly next: Checkpoint;
}

function forge(): GrowingWorld {
  const forged = emptyWorld();
  const chains = Array.from({ length: CHAINS }, (_, index) =>
    forgeChain(forged, {
      bucket: 'bench',
      accountId: String(100_000_000_000 + index),
      trailName: 'organization',
      organizationId: 'o-exampleorgid',
      homeRegion: 'us-east-1',
      region: 'us-east-1',
      start: START,
      hours: HOURS + RUNS,
      logsPerHour: LOGS,
      recordsPerLog: 18,
    }),
  );
  const growing = new GrowingWorld(forged.publicKeys);
  for (const chain of chains) growing.scheduleAll(forged, chain, 28 * MINUTE);
  return growing;
}

async function verify(growing: GrowingWorld, hour: number, before?: Checkpoint, recheck?: Recheck): Promise<Step> {
  const { store, world } = growing;
  const now = START + hour * HOUR + 45 * MINUTE;
  growing.deliver(now);
  const resume = new IncrementalRun({
    ...(before && { before }),
    ...(recheck && { recheck }),
    origin: ORIGIN,
    isAuthentic: true,
    salt: 'bench',
    now,
  });
  const run = verifyTrails(
    { sources: [{ bucket: 'bench', prefix: '' }] },
    {
      store,
      inflater: nodeInflater,
      newSha256: nodeSha256,
      verifySignature: nodeVerifySignature,
      hasher: storeHasher(store, nodeInflater, 32),
      keys: { description: 'forged', keysFor: async () => ({ status: 'found', keys: world.publicKeys }) },
      now,
      resume,
    },
  );
  const began = performance.now();
  const { outcome, totals } = await summaryOfRun(run);
  const remembered = resume.next();
  formatCheckpoint(remembered, undefined);
  const seconds = (performance.now() - began) / 1000;
  if (outcome !== 'verified') throw new Error(`the month is ${outcome}`);
  return { seconds, digests: totals.digests.verified, logs: totals.logs.verified, next: remembered };
}

/** The middle one by its time. */
function medianOf(steps: readonly Step[]): Step {
  const seconds = median(steps.map((step) => step.seconds));
  const middle = steps.find((step) => step.seconds === seconds) ?? steps[0];
  if (!middle) throw new Error('--runs: at least 1');
  return { ...middle, seconds };
}

console.error(`forging ${CHAINS} chains of ${HOURS} hours`);
const growing = forge();
// Once to warm up, once to be measured.
await verify(growing, HOURS);
const month = await verify(growing, HOURS);
const [hours, rechecks]: [Step[], Step[]] = [[], []];
for (let hour = 1; hour <= RUNS; hour += 1) {
  const { next } = hours.at(-1) ?? month;
  rechecks.push(await verify(growing, HOURS + hour, next, { share: 0.01 }));
  hours.push(await verify(growing, HOURS + hour, next));
}
const rows: readonly (readonly [string, Step])[] = [
  ['the whole month', month],
  ['an hour', medianOf(hours)],
  ['an hour, and 1 % again', medianOf(rechecks)],
];
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`,
);
console.log(`${CHAINS} chains of ${HOURS} hours, ${LOGS} logs an hour; an hour is the median of ${RUNS}\n`);
console.log(
  formatTable(
    ['what', 'digests', 'logs', 'seconds', '% of the month'],
    rows.map(([name, { digests, logs, seconds }]) => [
      name,
      String(digests),
      String(logs),
      seconds.toFixed(3),
      ((100 * seconds) / month.seconds).toFixed(2),
    ]),
  ),
);
