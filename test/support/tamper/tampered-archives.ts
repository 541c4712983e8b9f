import { main } from '../../../src/cli/main.js';
import { FakeClock } from '../run/fake-clock.js';

/** The tampered archives below testdata/tampered. */
export const TAMPERED = [
  'log-modified',
  'log-deleted',
  'log-appended',
  'digest-modified',
  'digests-deleted',
  'digests-swapped',
  'newest-deleted',
  'metadata-lost',
] as const;

const NOW = Date.parse('2026-03-01T09:30:00Z');

/** Verifies one of them with the same arguments and at the same time as ever: the JSON report and the exit status. */
export async function verifyTampered(name: string): Promise<{ readonly report: string; readonly status: number }> {
  const range = ['--from', '2026-03-01T00:01:31Z', '--to', '2026-03-01T06:01:31Z'];
  const files = [`testdata/tampered/${name}/archive`, '--keys', 'testdata/tampered/keys.json'];
  const pieces: string[] = [];
  const stdout = { write: (text: string) => pieces.push(text) > 0, once: () => {} };
  const terminal = { stdout, stderr: process.stderr, env: {}, cwd: '.', now: () => NOW, ...new FakeClock().timers };
  const status = await main(['verify', ...files, ...range, '--format', 'json'], terminal);
  return { report: pieces.join(''), status };
}
