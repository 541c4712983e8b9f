import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkpointObject } from '../../../src/adapters/s3/s3-checkpoint-store.js';
import { describeCheckpointStore } from '../../contracts/checkpoint-store.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { retryAtOnce } from '../../support/aws/s3-over-server.js';
import { type Fault, type ServedRequest, type ServerOptions, startServer } from '../../support/aws/server.js';
import { emptyWorld, putObject } from '../../support/worlds/world.js';

const BUCKET = 'acme-state';
const REF = { bucket: BUCKET, key: 'trailproof/run 1.checkpoint' };
const closing: (() => Promise<void>)[] = [];
beforeEach(setThrowawayCredentials);
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  vi.unstubAllEnvs();
});

async function openPlace(options: ServerOptions = {}, ref = REF) {
  const world = emptyWorld();
  const objects = new Map();
  world.buckets.set(BUCKET, objects);
  const server = await startServer(world, { writableBuckets: [BUCKET], ...options });
  const stores: { close(): void }[] = [];
  const open = () => {
    const store = checkpointObject({ region: 'us-east-1', endpointUrl: server.url }, ref, retryAtOnce);
    stores.push(store);
    return store;
  };
  const close = async () => {
    for (const store of stores) store.close();
    await server.close();
  };
  const remove = async () => {
    objects.delete(ref.key);
  };
  return { world, server, open, remove, close };
}

async function openStore(options: ServerOptions = {}, ref = REF) {
  const place = await openPlace(options, ref);
  closing.push(place.close);
  return { ...place, store: place.open() };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const textIn = async (store: { read(): Promise<{ bytes: Uint8Array } | undefined> }) =>
  new TextDecoder().decode((await store.read())?.bytes);

/** Goes wrong with the first so many writes. */
function firstPuts(times: number, fault: Fault): (request: ServedRequest) => Fault | undefined {
  let left = times;
  return ({ operation }) => {
    if (operation !== 'PutObject' || left === 0) return undefined;
    left -= 1;
    return fault;
  };
}

describeCheckpointStore('S3', () => openPlace());

describe('a store that ignores the condition of a write', () => {
  const REFUSED = (header: string) =>
    expect.objectContaining({ fault: 'unfit', message: expect.stringContaining(`ignores ${header} when an object`) });

  it('is refused with the first checkpoint: If-None-Match', async () => {
    const { store } = await openStore({ ignoresConditions: ['if-none-match'] });
    await expect(store.write(bytes('one'), undefined)).rejects.toEqual(REFUSED('If-None-Match'));
  });

  it('is refused with the next one: If-Match', async () => {
    const { store } = await openStore({ ignoresConditions: ['if-match'] });
    expect(await store.write(bytes('one'), undefined)).toBe('written');
    const { revision } = (await store.read()) ?? expect.fail();
    await expect(store.write(bytes('two'), revision)).rejects.toEqual(REFUSED('If-Match'));
    expect(await textIn(store)).toBe('two');
  });

  it('is asked once for each write, and changes nothing where it knows it', async () => {
    const { store, server } = await openStore();
    expect(await store.write(bytes('one'), undefined)).toBe('written');
    const { revision } = (await store.read()) ?? expect.fail();
    expect(await store.write(bytes('two'), revision)).toBe('written');
    expect(await textIn(store)).toBe('two');
    expect(server.requests.filter(({ operation }) => operation === 'PutObject')).toHaveLength(4);
  });

  it('that does not implement it is refused as well', async () => {
    const notImplemented = { status: 501, errorCode: 'NotImplemented', message: 'A header is not implemented.' };
    const { store } = await openStore({ fault: firstPuts(9, notImplemented) });
    await expect(store.write(bytes('one'), undefined)).rejects.toMatchObject({ fault: 'unfit' });
  });
});

describe('a checkpoint in S3', () => {
  it.each([0, 1])('is written though the answer to it is lost, after %i others', async (others) => {
    let isLost = false;
    const { store, server } = await openStore({
      fault: ({ operation }) => {
        if (operation !== 'PutObject' || isLost || countPuts() <= others) return undefined;
        isLost = true;
        return 'lost-answer';
      },
    });
    const countPuts = () => server.requests.filter(({ operation }) => operation === 'PutObject').length;
    if (others === 1) await store.write(bytes('old'), undefined);
    expect(await store.write(bytes('new'), (await store.read())?.revision)).toBe('written');
    expect(await textIn(store)).toBe('new');
    // Each write is followed by one that must be refused.
    expect([isLost, countPuts()]).toEqual([true, 2 * others + 3]);
  });

  it('is written though every answer is lost', async () => {
    const { store } = await openStore({
      fault: ({ operation }) => (operation === 'PutObject' ? 'lost-answer' : undefined),
    });
    expect(await store.write(bytes('new'), undefined)).toBe('written');
    expect(await textIn(store)).toBe('new');
  });

  it('is in conflict where after a lost answer somebody else has written', async () => {
    const { store, world } = await openStore({
      fault: ({ operation }) => {
        if (operation !== 'PutObject') return undefined;
        if (world.buckets.get(BUCKET)?.size) return undefined;
        putObject(world, BUCKET, REF.key, { body: bytes('theirs'), metadata: {} });
        return 'error-500';
      },
    });
    expect(await store.write(bytes('ours'), undefined)).toBe('conflict');
    expect(await textIn(store)).toBe('theirs');
  });

  it('is in conflict with a write that is under way', async () => {
    const { store } = await openStore({
      fault: firstPuts(1, { status: 409, errorCode: 'ConditionalRequestConflict', message: 'busy' }),
    });
    expect(await store.write(bytes('new'), undefined)).toBe('conflict');
  });

  it('is tried again where a fault may pass', async () => {
    const { store } = await openStore({ fault: firstPuts(3, 'slow-down') });
    expect(await store.write(bytes('new'), undefined)).toBe('written');
  });

  it('is not written where the service keeps failing, and that is no conflict', async () => {
    const { store } = await openStore({
      fault: ({ operation }) => (operation === 'PutObject' ? 'error-500' : undefined),
    });
    await expect(store.write(bytes('new'), undefined)).rejects.toMatchObject({
      name: 'CheckpointStoreError',
      fault: 'unavailable',
    });
    expect(await store.read()).toBeUndefined();
  });

  it('is not taken for absent where it may not be read or cannot be', async () => {
    const get = (fault: Fault) => ({
      fault: ({ operation }: ServedRequest) => (operation === 'GetObject' ? fault : undefined),
    });
    for (const [fault, expected] of [
      ['deny', 'denied'],
      ['error-500', 'unavailable'],
      ['archived', 'unfit'],
      [{ status: 404 }, 'unavailable'],
    ] as const) {
      const { store } = await openStore(get(fault));
      await expect(store.read()).rejects.toMatchObject({ fault: expected });
    }
    const elsewhere = await openStore({}, { bucket: 'acme-nowhere', key: 'x' });
    await expect(elsewhere.store.read()).rejects.toMatchObject({ fault: 'unfit' });
    await expect(elsewhere.store.write(bytes('x'), undefined)).rejects.toMatchObject({ fault: 'unfit' });
  });

  it('is refused where it may not be written', async () => {
    const { store } = await openStore({ writableBuckets: [] });
    await expect(store.write(bytes('x'), undefined)).rejects.toMatchObject({ fault: 'denied' });
  });

  it('is beyond reach when the service is', async () => {
    const { store, server } = await openStore();
    await server.close();
    await expect(store.read()).rejects.toMatchObject({ name: 'StoreUnreachableError' });
    await expect(store.write(bytes('x'), undefined)).rejects.toMatchObject({ name: 'StoreUnreachableError' });
  });
});
