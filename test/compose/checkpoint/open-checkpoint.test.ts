import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, openCheckpointKey, refuseInside } from '../../../src/compose/checkpoint/open-checkpoint.js';
import { UsageError } from '../../../src/compose/errors/usage-error.js';
import { parseSource } from '../../../src/compose/source/parse-source.js';
import { type CheckpointKey, formatCheckpointKey, publicPartOf } from '../../../src/core/checkpoint/checkpoint-key.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { ED25519_KEY, HMAC_KEY } from '../../support/worlds/example-checkpoint.js';

const temporaryFolder = temporaryFolders();
const PUBLIC_KEY = publicPartOf(ED25519_KEY) as CheckpointKey;
const variable = (text: string) => ({ TRAILPROOF_CHECKPOINT_KEY: text });

function keyFile(text: string, mode = 0o600): string {
  const file = path.join(temporaryFolder(), 'a.key');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

describe('the key for checkpoints', () => {
  it('comes from a file, else from the environment, else there is none', async () => {
    const file = keyFile(`${formatCheckpointKey(HMAC_KEY)}\n`);
    const env = variable(formatCheckpointKey(ED25519_KEY));
    expect(await openCheckpointKey(file, env, 'sign')).toEqual({ key: HMAC_KEY });
    expect(await openCheckpointKey(undefined, env, 'sign')).toEqual({ key: ED25519_KEY });
    expect(await openCheckpointKey(undefined, {}, 'sign')).toBeUndefined();
  });

  it('is refused where it is none, is not there, or is empty', async () => {
    const missing = path.join(temporaryFolder(), 'none.key');
    for (const [file, env] of [
      [keyFile('secret'), {}],
      [keyFile(''), {}],
      [keyFile('hmac-sha256:'.padEnd(1_000_000, 'A')), {}],
      [missing, variable(formatCheckpointKey(HMAC_KEY))],
      [undefined, variable('')],
    ] as const)
      await expect(openCheckpointKey(file, env, 'check')).rejects.toThrow(UsageError);
  });

  it('that is public checks and does not sign', async () => {
    const env = variable(formatCheckpointKey(PUBLIC_KEY));
    expect(await openCheckpointKey(undefined, env, 'check')).toEqual({ key: PUBLIC_KEY });
    await expect(openCheckpointKey(undefined, env, 'sign')).rejects.toThrow(UsageError);
  });

  it('is warned about where others can read it and it is a secret', async () => {
    for (const mode of [0o640, 0o604])
      expect(await openCheckpointKey(keyFile(formatCheckpointKey(HMAC_KEY), mode), {}, 'sign')).toMatchObject({
        key: HMAC_KEY,
        warning: expect.stringContaining('chmod 600'),
      });
    expect(await openCheckpointKey(keyFile(formatCheckpointKey(PUBLIC_KEY), 0o644), {}, 'check')).toEqual({
      key: PUBLIC_KEY,
    });
  });

  it('may come through a pipe', async () => {
    const pipe = path.join(temporaryFolder(), 'pipe');
    execFileSync('mkfifo', ['-m', '644', pipe]);
    const [opened] = await Promise.all([
      openCheckpointKey(pipe, {}, 'sign'),
      new Promise((resolve) => setImmediate(() => resolve(writeFileSync(pipe, formatCheckpointKey(HMAC_KEY))))),
    ]);
    expect(opened).toEqual({ key: HMAC_KEY });
  });
});

describe('the place of a checkpoint', () => {
  it.each(['', 's3://bucket', 's3://bucket/', 's3://bucket/folder/', 's3:bucket'])('is not %j', async (place) => {
    await expect(openCheckpoint(place, {})).rejects.toThrow(UsageError);
  });

  it('is in no bucket that is verified', async () => {
    await expect(refuseInside('s3://acme/x', parseSource('s3://acme/prod'))).rejects.toThrow(UsageError);
    await refuseInside('s3://acme-state/x', parseSource('s3://acme/prod'));
    await refuseInside('x', parseSource('s3://acme/prod'));
    await refuseInside('s3://acme/x', parseSource('archive'));
  });

  it('is in no folder that is verified, by whatever name', async () => {
    const folder = temporaryFolder();
    const archive = path.join(folder, 'archive');
    mkdirSync(path.join(archive, 'deep/down'), { recursive: true });
    symlinkSync(archive, path.join(folder, 'link'));
    mkdirSync(path.join(folder, 'archive2'));
    for (const [place, source] of [
      ['archive/x', 'archive'],
      ['archive/deep/down/x', 'archive'],
      ['archive/x', 'link'],
      ['link/x', 'archive'],
      ['archive2/../archive/x', 'archive'],
      ['archive/x', 'archive/.'],
    ] as const) {
      const inside = refuseInside(path.join(folder, place), parseSource(`${folder}/${source}`));
      await expect(inside, place).rejects.toThrow(UsageError);
    }
    for (const [place, source] of [
      ['x', 'archive'],
      ['archive2/x', 'archive'],
      ['archive/x', 'archive/deep'],
      ['none/x', 'archive'],
      ['x', 'none'],
    ] as const)
      await refuseInside(path.join(folder, place), parseSource(`${folder}/${source}`));
  });
});
