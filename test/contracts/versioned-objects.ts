import { afterEach, describe, expect, it } from 'vitest';
import { ListingError } from '../../src/ports/object-store.js';
import type { VersionedObjects } from '../../src/ports/versioned-objects.js';
import { inVersions } from '../support/worlds/versions.js';
import { emptyWorld, putObject, type World } from '../support/worlds/world.js';

export interface OpenVersions {
  readonly versions: VersionedObjects;
  close(): Promise<void>;
}

const BUCKET = 'acme-trail-logs';
const AT = Date.parse('2026-03-01T12:00:00Z');

const put = (world: World, key: string, byte = 1) =>
  putObject(world, BUCKET, key, { body: new Uint8Array([byte]), metadata: { signature: `0${byte}` } });
const overwrite = (world: World, key: string, byte: number) =>
  inVersions(world, { bucket: BUCKET, key }, AT + byte * 1_000, () => put(world, key, byte));
const remove = (world: World, key: string, at = AT + 9_000) =>
  inVersions(world, { bucket: BUCKET, key }, at, () => world.buckets.get(BUCKET)?.delete(key));

/** The suite that every place of older versions must pass. `open` is given a world whose bucket may change afterwards. */
export function describeVersionedObjects(name: string, open: (world: World) => Promise<OpenVersions>): void {
  describe(`versioned objects: ${name}`, () => {
    let opened: OpenVersions | undefined;
    const openOver = async (change: (world: World) => void): Promise<VersionedObjects> => {
      const world = emptyWorld();
      world.buckets.set(BUCKET, new Map());
      change(world);
      opened = await open(world);
      return opened.versions;
    };
    afterEach(async () => {
      await opened?.close();
      opened = undefined;
    });

    /** `-KEY` is a deleted one. */
    const newest = async (versions: VersionedObjects, prefix: string, startAfter?: string) => {
      const keys: string[] = [];
      const request = { bucket: BUCKET, prefix, ...(startAfter !== undefined && { startAfter }) };
      for await (const page of versions.listNewest(request))
        keys.push(...page.map(({ bucket, key, isDeleteMarker }) => `${isDeleteMarker ? '-' : ''}${bucket}/${key}`));
      return keys.map((key) => key.replace(`${BUCKET}/`, ''));
    };

    it('gives the versions of one object, newest first, and no other', async () => {
      const versions = await openOver((world) => {
        put(world, 'a/b');
        overwrite(world, 'a/b', 2);
        remove(world, 'a/b');
        for (const other of ['a', 'a/b.json', 'a/b/c']) {
          put(world, other);
          remove(world, other);
        }
      });
      expect(await versions.versions({ bucket: BUCKET, key: 'a/b' })).toEqual({
        status: 'listed',
        versions: [
          { versionId: 'version-2', at: AT + 9_000, isDeleteMarker: true },
          { versionId: 'version-1', at: AT + 2_000, isDeleteMarker: false },
          { versionId: 'first', at: AT + 1_999, isDeleteMarker: false },
        ],
        isCut: false,
      });
      expect(await versions.versions({ bucket: BUCKET, key: 'a/c' })).toEqual({
        status: 'listed',
        versions: [],
        isCut: false,
      });
    });

    it('reads a version as it was, up to the limit, and no mark of a deletion', async () => {
      const versions = await openOver((world) => {
        put(world, 'a');
        overwrite(world, 'a', 2);
        remove(world, 'a');
      });
      const ref = { bucket: BUCKET, key: 'a' };
      const object = await versions.getVersion(ref, 'first', 10);
      expect(object).toMatchObject({ status: 'found', metadata: { signature: '01' } });
      expect(object.status === 'found' && [...object.body]).toEqual([1]);
      expect(await versions.getVersion(ref, 'version-1', 0)).toMatchObject({ status: 'too-large' });
      expect((await versions.getVersion(ref, 'version-2', 10)).status).not.toBe('found');
    });

    it('lists every key once, by its newest version, in byte order', async () => {
      const versions = await openOver((world) => {
        for (const key of ['b/3', 'b/1', 'b/2', 'b/4', 'b/\u{1f600}', 'b/\uffee', 'c']) put(world, key);
        for (const byte of [2, 3, 4]) overwrite(world, 'b/2', byte);
        remove(world, 'b/2');
        remove(world, 'b/4');
        overwrite(world, 'b/4', 5);
        remove(world, 'b/\uffee');
        remove(world, 'c');
      });
      expect(await newest(versions, 'b/')).toEqual(['b/1', '-b/2', 'b/3', 'b/4', '-b/\uffee', 'b/\u{1f600}']);
      expect(await newest(versions, 'b/', 'b/2')).toEqual(['b/3', 'b/4', '-b/\uffee', 'b/\u{1f600}']);
      expect(await newest(versions, 'b/', 'b/25')).toEqual(['b/3', 'b/4', '-b/\uffee', 'b/\u{1f600}']);
      expect(await newest(versions, 'b/', 'b/~~')).toEqual(['-b/\uffee', 'b/\u{1f600}']);
      expect(await newest(versions, 'nowhere/')).toEqual([]);
    });

    it('lists names that need care', async () => {
      const keys = ['a b+c%2B', "d&<>'", 'e\n/\u0001', 'f/../g'];
      const versions = await openOver((world) => {
        for (const key of keys) {
          put(world, key);
          remove(world, key);
        }
      });
      expect(await newest(versions, '')).toEqual(keys.map((key) => `-${key}`));
    });

    it('lists the folders in which anything lies or lay', async () => {
      const versions = await openOver((world) => {
        for (const key of ['x/present/1', 'x/gone/1', 'x/gone/2/3', 'x/gone-too/1', 'x/file', 'x/was', 'y/1', 'y//1'])
          put(world, key);
        for (const key of ['x/gone/1', 'x/gone/2/3', 'x/gone-too/1', 'x/was', 'y//1']) remove(world, key);
      });
      expect(await versions.listVersionFolders(BUCKET, 'x/')).toEqual(['gone', 'gone-too', 'present']);
      expect(await versions.listVersionFolders(BUCKET, '')).toEqual(['x', 'y']);
      expect(await versions.listVersionFolders(BUCKET, 'y/')).toEqual(['']);
      expect(await versions.listVersionFolders(BUCKET, 'z/')).toEqual([]);
    });

    it('lists as many folders as are enough, and all where there are fewer', async () => {
      const names = Array.from({ length: 25 }, (_, index) => String(index).padStart(5, '0'));
      const versions = await openOver((world) => {
        for (const name of names) put(world, `x/${name}/1`);
      });
      const first = await versions.listVersionFolders(BUCKET, 'x/', 10);
      expect(first.length).toBeGreaterThanOrEqual(10);
      expect(first).toEqual(names.slice(0, first.length));
      expect(await versions.listVersionFolders(BUCKET, 'x/', 26)).toEqual(names);
    });

    it('throws where there is no such bucket', async () => {
      const versions = await openOver(() => {});
      const pages = versions.listNewest({ bucket: 'elsewhere', prefix: '' })[Symbol.asyncIterator]();
      await expect(pages.next()).rejects.toThrow(ListingError);
      await expect(versions.listVersionFolders('elsewhere', '')).rejects.toThrow(ListingError);
    });
  });
}
