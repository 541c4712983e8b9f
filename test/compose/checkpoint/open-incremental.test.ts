import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openResume } from '../../../src/compose/checkpoint/open-incremental.js';
import { UsageError } from '../../../src/compose/errors/usage-error.js';
import {
  CHECKPOINT_PROBLEMS,
  describeRefusal,
  formatCheckpoint,
  inspectCheckpoint,
  verifyCheckpoint,
} from '../../../src/core/checkpoint/checkpoint-document.js';
import { type CheckpointKey, formatCheckpointKey } from '../../../src/core/checkpoint/checkpoint-key.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { ED25519_KEY, EXAMPLE_CHECKPOINT, HMAC_KEY } from '../../support/worlds/example-checkpoint.js';

const temporaryFolder = temporaryFolders();
const SIGNED = new TextDecoder().decode(formatCheckpoint(EXAMPLE_CHECKPOINT, HMAC_KEY));
const UNSIGNED = new TextDecoder().decode(formatCheckpoint(EXAMPLE_CHECKPOINT, undefined));
const { writtenAt, sources } = EXAMPLE_CHECKPOINT;

const REFUSED: readonly (readonly [string, string, CheckpointKey | undefined])[] = [
  ['something else', 'hello\n', undefined],
  ['cut off', SIGNED.slice(0, -20), HMAC_KEY],
  ['changed', UNSIGNED.replace('"runs":3', '"runs":4'), undefined],
  ['not signed', UNSIGNED, HMAC_KEY],
  ['signed in another way', SIGNED, ED25519_KEY],
  ['of an earlier version', UNSIGNED.replace('"version":2', '"version":1'), undefined],
  ['of a later version', UNSIGNED.replace('"version":2', '"version":3'), undefined],
];

it.each(REFUSED)('a checkpoint that is %s is refused as the command that shows it does', async (_, text, key) => {
  const folder = temporaryFolder();
  const place = path.join(folder, 'state');
  writeFileSync(place, text);
  const refused = await openResume({ place, ...(key && { key }) }, { sources }, {}, writtenAt).catch(
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(UsageError);
  const keyFile = path.join(folder, 'a.key');
  if (key) writeFileSync(keyFile, formatCheckpointKey(key), { mode: 0o600 });
  const { stderr } = await runMain(['checkpoint', 'show', place, ...(key ? ['--key', keyFile] : [])], writtenAt);
  const bytes = new TextEncoder().encode(text);
  const read = key ? verifyCheckpoint(bytes, key) : inspectCheckpoint(bytes);
  if (!('problem' in read)) throw new Error('not refused');
  const described = describeRefusal(read);
  expect([(refused as Error).message, stderr.trimEnd()]).toEqual([
    expect.stringMatching(/: .+\n.+/),
    `trailproof: ${place}: ${described}`,
  ]);
  expect((refused as Error).message.endsWith(`: ${described}`)).toBe(true);
});

it('who calls the library is not told of flags', () => {
  for (const problem of CHECKPOINT_PROBLEMS) expect(describeRefusal({ problem, detail: 'it' })).not.toMatch(/--/);
});
