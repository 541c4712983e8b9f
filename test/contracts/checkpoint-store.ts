import { afterEach, describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../src/ports/checkpoint-store.js';

/** A place, opened as often as wanted: each store stands for a run of its own. */
export interface OpenPlace {
  open(): CheckpointStore;
  /** Takes away what is there, past all stores. */
  remove(): Promise<void>;
  close(): Promise<void>;
}

const FIRST = new TextEncoder().encode('the first\n');
const SECOND = new TextEncoder().encode('the second');
const ALL_BYTES = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);

/** The suite that every checkpoint store must pass. */
export function describeCheckpointStore(name: string, openPlace: () => Promise<OpenPlace>): void {
  describe(`checkpoint store: ${name}`, () => {
    let place: OpenPlace | undefined;
    const newPlace = async (): Promise<OpenPlace> => {
      place = await openPlace();
      return place;
    };
    afterEach(() => place?.close());

    const bytesIn = async (store: CheckpointStore) => {
      const stored = await store.read();
      return stored && Uint8Array.from(stored.bytes);
    };
    const revisionIn = async (store: CheckpointStore) => (await store.read())?.revision;

    it('says that nothing is there before anything is', async () => {
      expect(await (await newPlace()).open().read()).toBeUndefined();
    });

    it('gives back what was written, to this run and to others', async () => {
      const { open } = await newPlace();
      const store = open();
      expect(await store.write(ALL_BYTES, undefined)).toBe('written');
      expect(await bytesIn(store)).toEqual(ALL_BYTES);
      expect(await bytesIn(open())).toEqual(ALL_BYTES);
    });

    it('replaces the revision that was read, and no other', async () => {
      const { open } = await newPlace();
      const [one, other] = [open(), open()];
      await one.write(FIRST, undefined);
      const revision = await revisionIn(other);
      expect(await revisionIn(one)).toBe(revision);
      expect(await other.write(SECOND, revision)).toBe('written');
      expect(await bytesIn(one)).toEqual(SECOND);
      expect(await one.write(ALL_BYTES, revision)).toBe('conflict');
      expect(await bytesIn(one)).toEqual(SECOND);
      expect(await one.write(ALL_BYTES, await revisionIn(one))).toBe('written');
      expect(await bytesIn(other)).toEqual(ALL_BYTES);
    });

    it('begins where nothing is, and nowhere else', async () => {
      const { open } = await newPlace();
      await open().write(FIRST, undefined);
      expect(await open().write(SECOND, undefined)).toBe('conflict');
      expect(await bytesIn(open())).toEqual(FIRST);
    });

    it('does not bring back what was removed meanwhile', async () => {
      const { open, remove } = await newPlace();
      const store = open();
      await store.write(FIRST, undefined);
      const revision = await revisionIn(store);
      await remove();
      expect(await store.write(SECOND, revision)).toBe('conflict');
      expect(await store.read()).toBeUndefined();
    });

    it('lets one of many that write at once through', async () => {
      const { open } = await newPlace();
      await open().write(FIRST, undefined);
      const stores = Array.from({ length: 5 }, open);
      const revisions = await Promise.all(stores.map(revisionIn));
      const results = await Promise.all(
        stores.map((store, index) => store.write(new Uint8Array(5000).fill(index), revisions[index])),
      );
      expect(results.filter((result) => result === 'written')).toHaveLength(1);
      expect(results.filter((result) => result === 'conflict')).toHaveLength(4);
      expect(await bytesIn(open())).toEqual(new Uint8Array(5000).fill(results.indexOf('written')));
    });
  });
}
