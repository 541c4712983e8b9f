import { linkSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localStore } from '../../../src/adapters/local/local-store.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';

const temporaryFolder = temporaryFolders();

function openFolder(): { folder: string; store: ObjectStore } {
  const folder = temporaryFolder();
  return { folder, store: localStore(folder) };
}

async function read(store: ObjectStore, key: string): Promise<Buffer> {
  const opened = await store.open({ bucket: '', key }, 10_000_000);
  if (opened.status !== 'found') throw new Error(opened.status);
  const pieces: Uint8Array[] = [];
  for await (const piece of opened.body) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('a file that is opened', () => {
  it('comes in pieces', async () => {
    const { folder, store } = openFolder();
    const body = Buffer.from('0123456789'.repeat(100_000));
    writeFileSync(join(folder, 'large'), body);
    expect((await read(store, 'large')).equals(body)).toBe(true);
    expect(await store.open({ bucket: '', key: 'large' }, body.length - 1)).toEqual({
      status: 'too-large',
      measure: 'stored',
      limit: body.length - 1,
    });
    expect(await store.open({ bucket: '', key: 'small' }, 1)).toEqual({ status: 'not-found' });
  });

  it.each(['..', '../x', 'a//b', '', 'a\0'])('is never sought at %j', async (key) => {
    const { store } = openFolder();
    expect(await store.open({ bucket: '', key }, 1)).toMatchObject({
      status: 'unavailable',
      refusal: { errorCode: 'UnsafeKey' },
    });
  });

  it('may be a link within the folder, and none out of it', async () => {
    const { folder, store } = openFolder();
    const outside = openFolder().folder;
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub/real'), 'inside');
    writeFileSync(join(outside, 'secret'), 'outside');
    symlinkSync(join(folder, 'sub/real'), join(folder, 'link'));
    symlinkSync(join(outside, 'secret'), join(folder, 'leak'));
    linkSync(join(folder, 'sub/real'), join(folder, 'hard'));
    expect((await read(store, 'link')).toString()).toBe('inside');
    expect((await read(store, 'hard')).toString()).toBe('inside');
    expect(await store.open({ bucket: '', key: 'leak' }, 100)).toMatchObject({
      status: 'unavailable',
      refusal: { errorCode: 'OutsideArchive' },
    });
    expect(await store.open({ bucket: '', key: 'sub' }, 100)).toEqual({ status: 'not-found' });
  });

  it('that shrinks, or is deleted before it is read, is an error and not a short body', async () => {
    const { folder, store } = openFolder();
    for (const [change, reason] of [
      [() => truncateSync(join(folder, 'log'), 10), { status: 'unavailable', refusal: { errorCode: 'ShortRead' } }],
      [() => rmSync(join(folder, 'log')), { status: 'not-found' }],
    ] as const) {
      writeFileSync(join(folder, 'log'), 'x'.repeat(1000));
      const opened = await store.open({ bucket: '', key: 'log' }, 10_000);
      if (opened.status !== 'found') throw new Error(opened.status);
      change();
      const drain = async () => {
        for await (const piece of opened.body) expect(piece.length).toBeLessThan(1000);
      };
      await expect(drain()).rejects.toMatchObject({ name: 'BodyError', reason });
    }
  });
});
