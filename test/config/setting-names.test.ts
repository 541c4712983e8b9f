import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/compose/errors/usage-error.js';
import { type KeySource, verify } from '../../src/index.js';
import { runMain } from '../support/run/run-main.js';
import { temporaryFolders } from '../support/run/temporary-folder.js';

const temporaryFolder = temporaryFolders();
const NO_KEYS: KeySource = { description: 'none', keysFor: async () => ({ status: 'found', keys: [] }) };
const NOW = Date.parse('2026-11-20T12:00:00Z');

describe.each([
  ['trailArn', 'main', '--trail-arn', 'TRAILPROOF_TRAIL_ARN'],
  ['relocated', 'logs', '--relocated', 'TRAILPROOF_RELOCATED'],
] as const)('%s, where it is wrong, is called', (name, value, flag, variable) => {
  const stderrOf = async (args: readonly string[], env = {}): Promise<string> => {
    const { status, stderr } = await runMain(args, NOW, { env, cwd: temporaryFolder() });
    expect(status).toBe(64);
    return stderr;
  };

  it('by its flag', async () => {
    expect(await stderrOf(['verify', '.', flag, value])).toContain(`trailproof: ${flag} ${value}: `);
  });

  it('by its variable', async () => {
    expect(await stderrOf(['verify', '.'], { [variable]: value })).toContain(`trailproof: ${variable} ${value}: `);
  });

  it('by its name in the library', async () => {
    const wrong = verify({ source: temporaryFolder(), [name]: name === 'relocated' ? [value] : value });
    await expect(wrong).rejects.toThrow(UsageError);
    await expect(wrong).rejects.toThrow(new RegExp(`^${name} ${value}: `));
  });
});

it.each([
  ['nothing to verify', () => ({})],
  [
    'a checkpoint in what is verified',
    (folder: string) => ({ source: folder, keys: NO_KEYS, checkpoint: { place: path.join(folder, 'state') } }),
  ],
  [
    'a checkpoint in the bucket',
    () => ({ source: 's3://trails', keys: NO_KEYS, checkpoint: { place: 's3://trails/state' } }),
  ],
])('the library is not told of flags: %s', async (_, optionsIn) => {
  const wrong = verify(optionsIn(temporaryFolder()));
  await expect(wrong).rejects.toThrow(UsageError);
  await expect(wrong).rejects.not.toThrow(/--/);
});
