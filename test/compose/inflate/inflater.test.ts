import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nodeInflater } from '../../../src/compose/inflate/inflater.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const ARCHIVE = ['testdata/archive', '--keys', 'testdata/keys.json'];

/** The report of a run in a process of its own, without the instant of the run. */
function report(...flags: string[]): unknown {
  const run = [...flags, 'bin/trailproof.js', 'verify', ...ARCHIVE, '--format', 'json'];
  const answer = execFileSync(process.execPath, run, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { checkedAt: _now, ...rest } = JSON.parse(answer) as { readonly checkedAt: string };
  return rest;
}

describe('inflating on Node', () => {
  it('is done by the kernel, which has room for what is read from files', () => {
    expect(nodeInflater.room?.length).toBe(2 ** 18);
  });

  it('gives the same report where there is no WebAssembly', () => {
    const script =
      "import('./dist/compose/inflate/inflater.js').then(({ nodeInflater }) => console.log(nodeInflater.room))";
    const answer = execFileSync(process.execPath, ['--jitless', '-e', script], { cwd: ROOT, encoding: 'utf8' });
    expect(answer).toContain('undefined');
    expect(report('--jitless')).toEqual(report());
  });
});
