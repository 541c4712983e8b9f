import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What a process took. */
export interface Cost {
  readonly seconds: number;
  /** User and system time, of all threads and all child processes. */
  readonly cpuSeconds: number;
  /** The largest resident set, where the process was asked to tell it. */
  readonly peakMib?: number;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What it must end with; 0 where nothing is said. */
  readonly status?: number;
  /** Whether it is Node, which can be made to tell its memory. */
  readonly isNode?: boolean;
}

const MEMORY_FILE = path.join(tmpdir(), `trailproof-bench-${process.pid}.rss`);

/**
 * Has a process of Node write its largest resident set to a file. Linux hands `maxRSS` down from the process that
 * started it, so that its own record is read where there is one.
 */
const tellMemory = (file: string): string =>
  `data:text/javascript,${encodeURIComponent(`
    import { readFileSync, writeFileSync } from 'node:fs';
    process.on('exit', () => {
      let kib = process.resourceUsage().maxRSS;
      try { kib = Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]); } catch {}
      writeFileSync(${JSON.stringify(file)}, String(kib));
    });
  `)}`;

/** Runs a command with its output thrown away. Throws when it fails, since a failed run is no measurement. */
export async function measure({ file, args, env = {}, status = 0, isNode = false }: Command): Promise<Cost> {
  const nodeArgs = isNode ? ['--import', tellMemory(MEMORY_FILE)] : [];
  // Of all that is everywhere, only the keyword `time` of bash counts the children of the children.
  const timed = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null';
  const child = spawn('bash', ['-c', timed, 'bench', file, ...nodeArgs, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== status) throw new Error(`${file} ${args.join(' ')} ended with ${code}: ${stderr}`);
  const [seconds = 0, user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { seconds, cpuSeconds: user + system, ...(isNode && { peakMib: readPeak() }) };
}

function readPeak(): number {
  const peak = Number(readFileSync(MEMORY_FILE, 'utf8')) / 1024;
  rmSync(MEMORY_FILE);
  return peak;
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
