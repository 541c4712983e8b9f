import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Contender, localContenders, s3Contenders } from './contenders.js';
import { grow, growthFault } from './grow.js';
import { type Cost, measure, median } from './run-process.js';
import { formatTable } from './table.js';
import { prepareCorpus } from './write-corpus.js';
import type { WrittenCorpus } from './written-corpus.js';

// Measures `trailproof verify` against plain ways to do the same, side by side: see src/help/performance.md.

const { values } = parseArgs({
  options: {
    logs: { type: 'string', default: '20000' },
    runs: { type: 'string', default: '5' },
    growth: { type: 'string', default: '1000000' },
    latency: { type: 'string', multiple: true, default: ['0', '20'] },
    endpoint: { type: 'string', multiple: true, default: [] },
  },
});
const HERE = path.dirname(fileURLToPath(import.meta.url));
const RESULTS = path.join(HERE, 'results.json');

/** What a contender took, as medians of its runs. */
interface Result {
  readonly where: string;
  readonly name: string;
  readonly runs: number;
  readonly logs: number;
  readonly seconds: number;
  readonly logsPerSecond: number;
  readonly cpuMicrosecondsPerLog: number;
  readonly peakMib?: number;
  /** How many times as fast trailproof is. */
  readonly ratio: number;
}

/** Runs all of them once, then all of them again, so that what else the machine does meets each alike. */
async function compare(where: string, contenders: readonly Contender[], runs: number): Promise<Result[]> {
  const costs = new Map<Contender, Cost[]>(contenders.map((contender) => [contender, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const [contender, taken] of costs) {
      if (run >= (contender.runs ?? runs)) continue;
      console.error(`${where}, run ${run + 1} of ${runs}: ${contender.name}`);
      taken.push(await costOf(contender));
    }
  }
  const results = [...costs].map(([contender, taken]) => toResult(where, contender, taken));
  const ours = results[0]?.logsPerSecond ?? Number.NaN;
  return results.map((result) => ({ ...result, ratio: ours / result.logsPerSecond }));
}

async function costOf({ command, less }: Contender): Promise<Cost> {
  const cost = await measure(command);
  if (!less) return cost;
  const { seconds, cpuSeconds } = await measure(less.command);
  return { ...cost, seconds: cost.seconds - seconds, cpuSeconds: cost.cpuSeconds - cpuSeconds };
}

function toResult(where: string, { name, logs: all, less }: Contender, costs: readonly Cost[]): Result {
  const logs = all - (less?.logs ?? 0);
  const seconds = median(costs.map((cost) => cost.seconds));
  const peaks = costs.flatMap(({ peakMib }) => peakMib ?? []);
  return {
    where,
    name,
    runs: costs.length,
    logs,
    seconds,
    logsPerSecond: logs / seconds,
    cpuMicrosecondsPerLog: (median(costs.map((cost) => cost.cpuSeconds)) / logs) * 1e6,
    ...(peaks.length > 0 && { peakMib: Math.max(...peaks) }),
    ratio: 1,
  };
}

/** Serves the corpus from another process while something is done. */
async function withServer<T>(corpus: WrittenCorpus, latency: string, use: (url: string) => Promise<T>): Promise<T> {
  const description = path.join(path.dirname(corpus.root), 'corpus.json');
  const server: ChildProcess = spawn(process.execPath, [path.join(HERE, 'server.js'), description, latency], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    if (!server.stdout) throw new Error('the server has no output');
    const [url] = (await once(createInterface(server.stdout), 'line')) as [string];
    return await use(url);
  } finally {
    server.kill();
  }
}

const corpus = await prepareCorpus(Number(values.logs));
const runs = Number(values.runs);
const results = await compare('local', localContenders(corpus), runs);
for (const [index, latency] of values.latency.entries()) {
  const where = `S3 at ${latency} ms`;
  const against = (url: string) => compare(where, s3Contenders(corpus, url), runs);
  const endpoint = values.endpoint[index];
  results.push(...(endpoint === undefined ? await withServer(corpus, latency, against) : await against(endpoint)));
}
const growth = await grow(Number(values.growth));

const machine = `${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;

console.log(`${new Date().toISOString().slice(0, 10)}, ${machine}`);
console.log(`${corpus.logs} logs in ${corpus.digests} digests, ${(corpus.storedBytes / 1e6).toFixed(0)} MB stored\n`);
console.log(
  formatTable(
    ['where', 'what', 'runs', 'logs/s', 'ours is', 'CPU µs/log', 'peak MiB'],
    results.map((result) => [
      result.where,
      result.name,
      String(result.runs),
      result.logsPerSecond.toFixed(0),
      result.ratio === 1 ? '' : `${result.ratio.toFixed(2)}x`,
      result.cpuMicrosecondsPerLog.toFixed(0),
      result.peakMib?.toFixed(0) ?? '',
    ]),
  ),
);
console.log(
  formatTable(
    ['trail of logs', 'logs/s', 'CPU µs/log', 'peak MiB'],
    growth.map(({ logs, seconds, cpuSeconds, peakMib }) => [
      String(logs),
      (logs / seconds).toFixed(0),
      ((cpuSeconds / logs) * 1e6).toFixed(0),
      peakMib.toFixed(0),
    ]),
  ),
);
mkdirSync(HERE, { recursive: true });
writeFileSync(
  RESULTS,
  `${JSON.stringify({ date: new Date().toISOString(), machine, results, growth }, undefined, 2)}\n`,
);
console.log(`as JSON: ${RESULTS}`);

const fault = growthFault(growth);
if (fault !== undefined) {
  console.error(fault);
  process.exitCode = 1;
}
