import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { Stop } from '../../../src/app/async/cancellation.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { forgeChain } from '../../support/forge/forge.js';
import { verifyWorld } from '../../support/run/verify-world.js';
import { EVENTS_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

const FORGE = {
  ...EVENTS_TRAIL,
  start: Date.parse('2026-03-01T00:01:31Z'),
  hours: 300,
  logsPerHour: 1,
  recordsPerLog: 1,
};
const NEVER = new AbortController().signal;

/** A store that calls back before the object of that number is read, and may then never answer. */
function interruptingStore(world: World, at: number, onRead: () => void, hangs = false): ObjectStore {
  const store = memoryStore(world.buckets);
  let reads = 0;
  const count = (): Promise<never> | undefined => {
    reads += 1;
    if (reads === at) onRead();
    return hangs && reads >= at ? new Promise<never>(() => {}) : undefined;
  };
  return {
    ...store,
    get: async (ref, maxBytes) => (await count()) ?? store.get(ref, maxBytes),
    open: async (ref, maxBytes) => (await count()) ?? store.open(ref, maxBytes),
  };
}

function twoChains(): World {
  const world = emptyWorld();
  forgeChain(world, FORGE);
  forgeChain(world, { ...FORGE, region: 'eu-west-1' });
  return world;
}

describe('a run that is stopped', () => {
  it('tells what it had in hand, marks the rest as undetermined, and says that it is partial', async () => {
    const world = twoChains();
    const stop = new AbortController();
    const store = interruptingStore(world, 200, () => stop.abort());
    const { events, findings, summary } = await verifyWorld(world, {
      store,
      stopSignals: { stop: stop.signal, abandon: NEVER },
    });
    expect(summary).toMatchObject({ outcome: 'undetermined', interrupted: true });
    expect(findings.map(({ code }) => code)).toContain('run-interrupted');
    expect(findings.map(({ code }) => code)).not.toContain('nothing-found');
    const chains = events.flatMap((event) => (event.type === 'chain' ? [event.report] : []));
    expect(chains.length).toBeGreaterThan(0);
    for (const { outcome, coverage, digests, logs } of chains) {
      expect(outcome).toBe('undetermined');
      expect(coverage[0]?.state).toBe('undetermined');
      expect(coverage.at(-1)?.state).toBe('proven');
      expect(digests.verified).toBeGreaterThan(0);
      expect(digests.verified).toBeLessThan(300);
      // Each digest that is told has its log told.
      expect(logs.verified).toBe(digests.verified);
    }
  });

  it('does not wait for what never answers', async () => {
    const world = twoChains();
    const [stop, abandon] = [new AbortController(), new AbortController()];
    const store = interruptingStore(
      world,
      100,
      () => {
        stop.abort();
        setImmediate(() => abandon.abort());
      },
      true,
    );
    const { summary, findings } = await verifyWorld(world, {
      store,
      stopSignals: { stop: stop.signal, abandon: abandon.signal },
    });
    expect(summary.interrupted).toBe(true);
    expect(findings.map(({ code }) => code)).toContain('run-interrupted');
  });

  it('does not wait for a listing that never answers', async () => {
    const world = twoChains();
    const abandon = new AbortController();
    const store: ObjectStore = {
      ...memoryStore(world.buckets),
      listFolders: () => {
        abandon.abort();
        return new Promise(() => {});
      },
    };
    const { summary } = await verifyWorld(world, {
      store,
      stopSignals: { stop: abandon.signal, abandon: abandon.signal },
    });
    expect(summary).toMatchObject({ outcome: 'undetermined', interrupted: true });
  });

  it('counts the accounts and regions that it did not begin', async () => {
    const world = emptyWorld();
    for (let account = 0; account < 12; account += 1) {
      forgeChain(world, { ...FORGE, hours: 2, accountId: `1111222233${String(account).padStart(2, '0')}` });
    }
    const stop = new AbortController();
    const store = interruptingStore(world, 1, () => stop.abort());
    const { findings } = await verifyWorld(world, { store, stopSignals: { stop: stop.signal, abandon: NEVER } });
    const [interrupted] = findings.flatMap((found) => (found.code === 'run-interrupted' ? [found] : []));
    expect(interrupted?.args.unvisited).toBeGreaterThanOrEqual(4);
  });

  it('is whole when nobody stops it', async () => {
    const world = twoChains();
    const { summary, findings } = await verifyWorld(world, { stopSignals: { stop: NEVER, abandon: NEVER } });
    expect(summary.outcome).toBe('verified');
    expect(summary.interrupted).toBeUndefined();
    expect(findings).toEqual([]);
  });
});

describe('waiting until a run is abandoned', () => {
  it('listens once for any number of things, and not at all for none', async () => {
    const abandon = new AbortController();
    const stop = new Stop({ stop: NEVER, abandon: abandon.signal });
    let finish = (_result: string): void => {};
    const first = new Promise<string>((resolve) => {
      finish = resolve;
    });
    const endless = Array.from({ length: 49 }, () => new Promise<string>(() => {}));
    const waits = [first, ...endless].map((work) => stop.untilAbandoned(work));
    expect(getEventListeners(abandon.signal, 'abort')).toHaveLength(1);
    finish('done');
    expect(await waits[0]).toBe('done');
    expect(getEventListeners(abandon.signal, 'abort')).toHaveLength(1);
    abandon.abort();
    expect(await Promise.all(waits)).toEqual(['done', ...endless.map(() => undefined)]);
    expect(stop.hasCut).toBe(true);
    expect(getEventListeners(abandon.signal, 'abort')).toEqual([]);
  });

  it('listens again for what is waited for later', async () => {
    const abandon = new AbortController();
    const stop = new Stop({ stop: NEVER, abandon: abandon.signal });
    expect(await stop.untilAbandoned(Promise.resolve(1))).toBe(1);
    expect(getEventListeners(abandon.signal, 'abort')).toEqual([]);
    const wait = stop.untilAbandoned(new Promise(() => {}));
    abandon.abort();
    expect(await wait).toBeUndefined();
  });
});
