import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CORPORA } from './write-corpus.js';

/** What a run over a trail of so many logs took. */
export interface Step {
  readonly logs: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMib: number;
}

/** Beside the programs that the bundler made. */
const GROWTH = path.join(path.dirname(fileURLToPath(import.meta.url)), 'growth.js');

/** Tells how rate and memory change with the length of a trail, in steps of ten from 1,000 logs on. */
export async function grow(most: number): Promise<Step[]> {
  const steps: Step[] = [];
  for (let logs = 1_000; logs <= most; logs *= 10) {
    console.error(`growth: ${logs} logs`);
    steps.push(await growthStep(logs));
  }
  return steps;
}

async function growthStep(logs: number): Promise<Step> {
  const run = async (task: string): Promise<string> => {
    const args = [GROWTH, task, path.join(CORPORA, 'growth'), String(logs)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const output: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
    const [status] = (await once(child, 'close')) as [number];
    if (status !== 0) throw new Error(`growth to ${logs} logs ended with ${status}`);
    return output.join('');
  };
  await run('forge');
  return JSON.parse(await run('verify')) as Step;
}

/** Once a run has gone on for some time, V8 lets the young generation grow by 48 MiB; nothing else may grow. */
const ALLOWED_MIB = 64;

/** What is wrong where memory grows with the length of a trail. */
export function growthFault(growth: readonly Step[]): string | undefined {
  const base = growth.find(({ logs }) => logs === 10_000);
  const grown = growth.find(({ logs, peakMib }) => base && logs > base.logs && peakMib > base.peakMib + ALLOWED_MIB);
  return base && grown
    ? `memory grows with the trail: ${base.peakMib.toFixed(0)} MiB, and ${grown.peakMib.toFixed(0)} at ${grown.logs} logs`
    : undefined;
}
