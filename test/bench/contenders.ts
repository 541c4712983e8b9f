import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { HOUR } from '../../src/core/time/instant.js';
import { THROWAWAY_ENVIRONMENT } from '../support/aws/aws-environment.js';
import type { Command } from './run-process.js';
import type { WrittenCorpus } from './written-corpus.js';

/** One way to do the work. */
export interface Contender {
  readonly name: string;
  readonly command: Command;
  /** Logs that it goes through. */
  readonly logs: number;
  /** A run of the same over fewer logs, to be subtracted with its logs: for what is too slow to be given all of them. */
  readonly less?: { readonly command: Command; readonly logs: number };
  /** Runs, where not as many as of the others. */
  readonly runs?: number;
}

const isInstalled = (file: string, ...args: string[]): boolean => spawnSync(file, args).status === 0;

const trailproof = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Command => ({
  file: process.execPath,
  args: [path.resolve('bin/trailproof.js'), 'verify', ...args, '--format', 'json'],
  env,
  isNode: true,
});

/** Everything that reads the archive from disk. All but this project only inflate and hash. */
export function localContenders(corpus: WrittenCorpus): Contender[] {
  const { root, keys, logs } = corpus;
  // The newest digest of a copy without metadata has no signature: that much stays undetermined.
  const ours = (...flags: string[]): Command => ({ ...trailproof([root, '--keys', keys, ...flags]), status: 2 });
  const each = (command: string): Command => ({
    file: 'sh',
    args: ['-c', `cd "$0" && find . -name '*.json.gz' -print0 | xargs -0 -P2 -I{} sh -c '${command}'`, root],
  });
  return [
    { name: 'trailproof', command: ours('--no-audit-unreferenced'), logs },
    { name: 'trailproof, and unlisted files looked for', command: ours(), logs },
    ...(isInstalled('python3', '--version') ? [{ name: 'python, 2 processes', command: python(corpus), logs }] : []),
    ...(isInstalled('igzip', '--version')
      ? [{ name: 'igzip | sha256sum, 2 at once', command: each('igzip -dc {} | sha256sum'), logs }]
      : []),
    { name: 'gzip | sha256sum, 2 at once', command: each('gzip -dc {} | sha256sum'), logs, runs: 3 },
  ];
}

/** zlib and hashlib, the files divided between two processes. */
function python({ root }: WrittenCorpus): Command {
  const script = path.join(path.dirname(root), 'hash.py');
  writeFileSync(
    script,
    `import hashlib, os, sys, zlib
from concurrent.futures import ProcessPoolExecutor

def work(files):
    for file in files:
        with open(file, 'rb') as stored:
            hashlib.sha256(zlib.decompress(stored.read(), 31)).hexdigest()

if __name__ == '__main__':
    files = [os.path.join(folder, name) for folder, _, names in os.walk(sys.argv[1]) for name in names]
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(work, [files[start:start + 100] for start in range(0, len(files), 100)]))
`,
  );
  return { file: 'python3', args: [script, root] };
}

/** Everything that verifies the trail over S3. */
export function s3Contenders(corpus: WrittenCorpus, endpoint: string): Contender[] {
  const env = { ...THROWAWAY_ENVIRONMENT, AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1' };
  const ours = trailproof([`s3://${corpus.bucket}`, '--keys', corpus.keys], env);
  return [
    { name: 'trailproof', command: ours, logs: corpus.logs },
    ...(isInstalled('aws', '--version') ? [awsCli(corpus, env)] : []),
  ];
}

/** `aws cloudtrail validate-logs` over a day and over a few days: the difference is free of what it takes to start. */
function awsCli(corpus: WrittenCorpus, env: Readonly<Record<string, string>>): Contender {
  const perHour = corpus.logs / corpus.digests;
  const hours = { few: Math.min(2, corpus.digests), many: Math.min(26, corpus.digests) };
  const command = (count: number): Command => ({
    file: 'aws',
    args: [
      ...['cloudtrail', 'validate-logs', '--trail-arn', corpus.trail.arn, '--region', 'us-east-1'],
      ...['--start-time', new Date(corpus.from).toISOString()],
      ...['--end-time', new Date(corpus.from + count * HOUR).toISOString()],
    ],
    env,
  });
  return {
    name: 'aws cloudtrail validate-logs',
    command: command(hours.many),
    logs: hours.many * perHour,
    less: { command: command(hours.few), logs: hours.few * perHour },
    runs: 3,
  };
}
