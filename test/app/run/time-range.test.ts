import { describe, expect, it } from 'vitest';
import type { ChainReport } from '../../../src/core/report/verify-events.js';
import { formatInstant, HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import { digestAt, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { type Run, type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject, modifyLog, stripMetadata } from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const HOURS = 10;
const END = START + HOURS * HOUR;
const TRAIL: ForgeOptions = {
  ...MAIN_TRAIL,
  start: START,
  hours: HOURS,
  logsPerHour: 1,
};

function forge(options: Partial<ForgeOptions> = {}, world = emptyWorld()) {
  return { world, chain: forgeChain(world, { ...TRAIL, ...options }) };
}

const at = (hour: number): Instant => START + hour * HOUR;
const chainsOf = ({ events }: Run): ChainReport[] =>
  events.flatMap((event) => (event.type === 'chain' ? [event.report] : []));
const codesOf = ({ findings }: Run): string[] => findings.map(({ code }) => code);

/** The coverage of the only chain, for reading: `proven 20:29-23:29`. */
async function coverage(world: World, options: RunOptions): Promise<string[]> {
  const chains = chainsOf(await verifyWorld(world, options));
  expect(chains).toHaveLength(1);
  const hours = (instant: Instant) => (instant - START) / HOUR;
  return chains.flatMap(({ coverage: parts }) =>
    parts.map(({ state, start, end }) => `${state} ${hours(start)}-${hours(end)}`),
  );
}

describe('without bounds', () => {
  it('everything is verified from the oldest digest to the newest', async () => {
    const { world } = forge();
    const run = await verifyWorld(world);
    expect(run.findings).toEqual([]);
    expect(chainsOf(run)).toMatchObject([{ asked: { start: at(1), end: END }, digests: { verified: HOURS } }]);
    expect(await coverage(world, {})).toEqual(['proven 1-10']);
  });

  it('a beginning that links to what is not there is said', async () => {
    const { world, chain } = forge();
    for (const hour of [0, 1, 2]) deleteObject(world, digestAt(chain, hour).ref);
    const run = await verifyWorld(world);
    expect(run.findings).toMatchObject([
      {
        code: 'chain-begins-unanchored',
        args: { first: digestAt(chain, 3).ref, predecessor: digestAt(chain, 2).ref },
      },
    ]);
    expect(run.outcome).toBe('verified');
    expect(await coverage(world, {})).toEqual(['proven 3-10']);
  });

  it('a hole behind which there is more is lost', async () => {
    const { world, chain } = forge();
    for (const hour of [3, 4]) deleteObject(world, digestAt(chain, hour).ref);
    expect(codesOf(await verifyWorld(world))).toEqual(['digest-missing', 'chain-interval-lost']);
    expect(await coverage(world, {})).toEqual(['proven 1-3', 'lost 3-5', 'proven 5-10']);
  });
});

describe('bounds', () => {
  it.each([
    ['on the ends of digests', at(2), at(5), [2, 3, 4]],
    ['inside of digests', at(2) + 1, at(5) - 1, [2, 3, 4]],
    ['a second beyond the ends of digests', at(2) - 1000, at(5) + 1000, [1, 2, 3, 4, 5]],
    ['inside of one digest', at(4) + 5 * MINUTE, at(4) + 6 * MINUTE, [4]],
    ['around one digest', at(4), at(5), [4]],
    ['around everything that is proven', at(1), END, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['across midnight', at(3), at(4), [3]],
  ])('%s take the digests that cover them', async (_, from, to, hours) => {
    const { world, chain } = forge();
    const run = await verifyWorld(world, { from, to });
    expect(run.findings).toEqual([]);
    expect(run.outcome).toBe('verified');
    const seen = run.events.flatMap((event) => (event.type === 'digest' ? [event.ref] : []));
    expect(seen).toEqual(hours.map((hour) => digestAt(chain, hour).ref).reverse());
    expect(chainsOf(run)).toMatchObject([
      { asked: { start: from, end: to }, coverage: [{ state: 'proven', start: from, end: to }] },
    ]);
  });

  it('leave tampering outside of them alone, and show it inside', async () => {
    const { world, chain } = forge();
    modifyLog(world, logAt(chain, 2, 0).ref);
    expect((await verifyWorld(world, { from: at(3), to: at(6) })).outcome).toBe('verified');
    expect((await verifyWorld(world, { from: at(2), to: at(6) })).outcome).toBe('failed');
    expect((await verifyWorld(world, { from: at(0), to: at(3) })).outcome).toBe('failed');
    expect((await verifyWorld(world, { from: at(0), to: at(2) })).outcome).toBe('verified');
  });

  it('use the digest after them for the signature of the last one within', async () => {
    const { world, chain } = forge();
    stripMetadata(world);
    expect((await verifyWorld(world, { from: at(2), to: at(6) })).outcome).toBe('verified');
    deleteObject(world, digestAt(chain, 6).ref);
    const run = await verifyWorld(world, { from: at(2), to: at(6) });
    expect(codesOf(run)).toEqual([
      'digest-signature-missing',
      'digest-logs-unverifiable',
      'chain-interval-undetermined',
    ]);
    expect(await coverage(world, { from: at(2), to: at(6) })).toEqual(['proven 2-5', 'undetermined 5-6']);
  });

  it('hold nothing against a digest because of the one after them, which is not verified', async () => {
    const { world, chain } = forge({
      amend: (document, hour) => {
        if (hour === 6) document.previousDigestHashValue = '0'.repeat(64);
      },
    });
    expect((await verifyWorld(world, { from: at(2), to: at(6) })).findings).toEqual([]);
    expect((await verifyWorld(world, { from: at(2), to: at(7) })).findings).toMatchObject([
      { code: 'digest-link-mismatch', subject: digestAt(chain, 5).ref },
    ]);
  });

  it('demand the digest of their first hour, though an older one is missing too', async () => {
    const { world, chain } = forge();
    for (const hour of [0, 1, 2]) deleteObject(world, digestAt(chain, hour).ref);
    const run = await verifyWorld(world, { from: at(1), to: at(6) });
    expect(run.findings).toMatchObject([
      { code: 'digest-missing', subject: digestAt(chain, 2).ref },
      { code: 'chain-interval-lost', args: { start: at(1), end: at(3) } },
    ]);
  });

  it('that begin before the trail find a beginning, not a loss', async () => {
    const { world } = forge();
    const run = await verifyWorld(world, { from: at(-48), to: at(6) });
    expect(codesOf(run)).toEqual(['chain-begins-late']);
    expect(run.outcome).toBe('undetermined');
    expect(await coverage(world, { from: at(-48), to: at(6) })).toEqual(['gap -48-1', 'proven 1-6']);
  });
});

describe('the end', () => {
  const ending = (hours: number) => forge({ hours }).world;

  it.each([
    ['is pending while the next digest may still come', 2 * HOUR, [], 'verified', ['pending 4-6']],
    ['is late after two hours', 2 * HOUR + 1, ['chain-end-late'], 'verified', ['stale 4-5', 'pending 5-6']],
    ['is late up to three hours', 3 * HOUR, ['chain-end-late'], 'verified', ['stale 4-6']],
    ['has come too early after three hours', 3 * HOUR + 1, ['chain-ends-early'], 'failed', ['lost 4-6']],
    ['has come too early for ever', 9000 * HOUR, ['chain-ends-early'], 'failed', ['lost 4-6']],
  ])('%s', async (_, age, codes, outcome, states) => {
    const options = { from: at(1), to: at(6), now: at(4) + age };
    const run = await verifyWorld(ending(4), options);
    expect(codesOf(run)).toEqual(codes);
    expect(run.outcome).toBe(outcome);
    expect(await coverage(ending(4), options)).toEqual(['proven 1-4', ...states]);
  });

  it('is that of the digests where none is asked for', async () => {
    expect((await verifyWorld(ending(4), { from: at(0), now: at(5000) })).findings).toEqual([]);
  });

  it.each([5 * MINUTE, 30 * MINUTE, 90 * MINUTE])('asks for more than there can be: the last %i ms', async (span) => {
    // The hour that ended 91 minutes ago is the newest there is; at midnight, its digest lies in the folder of the day before.
    for (const end of [Date.parse('2026-03-01T23:10:00Z'), Date.parse('2026-03-02T12:00:00Z')]) {
      const { world } = forge({ start: end - 5 * HOUR, hours: 5 });
      const now = end + 91 * MINUTE;
      const run = await verifyWorld(world, { from: now - span, to: now, now });
      expect(codesOf(run)).toEqual([]);
      expect(chainsOf(run)).toMatchObject([{ coverage: [{ state: 'pending', start: now - span, end: now }] }]);
      // Nothing of what was asked for is proven.
      expect(run.outcome).toBe('undetermined');
    }
  });
});

describe('a chain that ends before the time asked for', () => {
  const ofPart = (state: string, from: number, to: number) => ({ state, start: at(from), end: at(to) });

  it.each([
    [undefined, 'chain-interval-undetermined', 'undetermined', [ofPart('undetermined', 10, 30)]],
    [at(30), 'chain-ends-early', 'failed', [ofPart('lost', 10, 29), ofPart('pending', 29, 30)]],
  ] as const)('does not vanish beside one that goes on, asked until %s: %s', async (to, code, outcome, coverage) => {
    const { world, chain } = forge({ hours: 12 });
    const { world: _same } = forge({ trailName: 'other', hours: 30, seed: 'other' }, world);
    for (let hour = 8; hour < 12; hour += 1) deleteObject(world, digestAt(chain, hour).ref);
    const run = await verifyWorld(world, { from: at(10), now: at(30), ...(to !== undefined && { to }) });
    expect(run.findings).toMatchObject([
      {
        code,
        subject: { chain: { trailName: 'main' } },
        args: { start: at(8), end: at(30) },
      },
    ]);
    expect(Object.values(run.findings[0]?.args ?? {})).toContainEqual(digestAt(chain, 7).ref);
    expect(run.outcome).toBe(outcome);
    expect(chainsOf(run)).toMatchObject([
      { coverage },
      { coverage: [{ state: 'proven', start: at(10), end: at(30) }] },
    ]);
  });

  it('leaves its folder without digests in the range, when it ended long before', async () => {
    const { world } = forge();
    const run = await verifyWorld(world, { from: at(1000), to: at(1010) });
    expect(codesOf(run)).toEqual(['folder-without-digests-in-range', 'nothing-found']);
    expect(run.outcome).toBe('undetermined');
  });
});

describe('logging that was off for a while', () => {
  const stopped = (): World => {
    const { world } = forge({ hours: 3 });
    forge({ start: at(5), hours: 3, seed: 'again' }, world);
    return world;
  };

  it('is a gap, between the starting digest and what lies before it', async () => {
    const run = await verifyWorld(stopped());
    expect(run.findings).toMatchObject([{ code: 'chain-gap', args: { start: at(3), end: at(6) } }]);
    expect(run.events.filter(({ type }) => type === 'gap')).toMatchObject([{ from: at(3), to: at(5) }]);
    expect(run.outcome).toBe('undetermined');
    expect(await coverage(stopped(), {})).toEqual(['proven 1-3', 'gap 3-6', 'proven 6-8']);
  });

  it('is a gap too where the time asked for begins in it', async () => {
    expect(await coverage(stopped(), { from: at(4), to: at(8) })).toEqual(['gap 4-6', 'proven 6-8']);
  });

  it('hides no loss: with a digest gone beside it, the hole is not only a gap', async () => {
    const { world, chain } = forge({ hours: 3 });
    forge({ start: at(5), hours: 3, seed: 'again' }, world);
    modifyLog(world, digestAt(chain, 2).ref, (text) => text.replace('"SHA-256"', '"sha-256"'));
    const run = await verifyWorld(world);
    expect(run.outcome).toBe('failed');
    expect(await coverage(world, {})).toEqual(['proven 1-2', 'lost 2-6', 'proven 6-8']);
  });
});

it('names times in findings as they are', async () => {
  const { world, chain } = forge();
  deleteObject(world, digestAt(chain, 4).ref);
  const [, lost] = (await verifyWorld(world)).findings;
  expect(lost?.code === 'chain-interval-lost' && [lost.args.start, lost.args.end].map(formatInstant)).toEqual([
    '2026-03-02T00:29:23Z',
    '2026-03-02T01:29:23Z',
  ]);
});

describe('a chain whose digests of the time asked for are all gone', () => {
  const LATER = 24 * 5;
  const range = { from: at(LATER), to: at(LATER + 24) };

  /** Two trails over ten days, from one of which the digests of those hours are deleted. */
  function deprived(from: number, to: number, options: Partial<ForgeOptions> = {}) {
    const hours = 24 * 10;
    const { world, chain } = forge({ hours, logsPerHour: 0, ...options });
    forge({ hours, logsPerHour: 0, trailName: 'other', seed: 'other' }, world);
    for (let hour = from; hour < to; hour += 1) deleteObject(world, digestAt(chain, hour).ref);
    return { world, chain };
  }

  it('and for days around it is lost, though another trail of the folder is whole', async () => {
    const { world, chain } = deprived(LATER - 24 * 3, LATER + 24 * 4);
    const run = await verifyWorld(world, range);
    expect(run.findings).toMatchObject([
      { code: 'digest-missing', subject: digestAt(chain, LATER + 24 * 4 - 1).ref },
      {
        code: 'chain-interval-lost',
        args: { start: at(LATER - 24 * 3), end: range.to, previous: digestAt(chain, LATER - 24 * 3 - 1).ref },
      },
    ]);
    expect(run.outcome).toBe('failed');
    expect(chainsOf(run).map(({ coverage: parts }) => parts.map(({ state }) => state))).toEqual([['lost'], ['proven']]);
  });

  it('and since weeks before ends early', async () => {
    const { world, chain } = deprived(LATER - 24 * 4, 24 * 10);
    const run = await verifyWorld(world, range);
    expect(run.findings).toMatchObject([
      { code: 'chain-ends-early', args: { last: digestAt(chain, LATER - 24 * 4 - 1).ref } },
    ]);
    expect(run.outcome).toBe('failed');
  });

  it('and until weeks after it is lost too', async () => {
    const { world } = deprived(0, LATER + 24 * 4);
    const run = await verifyWorld(world, range);
    expect(codesOf(run)).toEqual(['digest-missing', 'chain-interval-lost']);
  });

  it('is no other than one that begins later, if it begins with a starting digest: nothing of it is proven', async () => {
    const { world } = forge({ start: at(LATER + 24 * 4), hours: 2 });
    const run = await verifyWorld(world, range);
    expect(codesOf(run)).toEqual(['chain-begins-late']);
    expect(run.outcome).toBe('undetermined');
    forge({ trailName: 'other', hours: 24 * 10, logsPerHour: 0, seed: 'other' }, world);
    expect(codesOf(await verifyWorld(world, range))).toEqual(['chain-begins-late']);
  });

  it('is a gap between what is before and a starting digest after', async () => {
    const { world } = forge({ hours: 24 });
    forge({ start: at(LATER + 30), hours: 2, seed: 'again' }, world);
    forge({ trailName: 'other', hours: 24 * 10, logsPerHour: 0, seed: 'other' }, world);
    const run = await verifyWorld(world, range);
    expect(run.findings).toMatchObject([{ code: 'chain-gap', args: { start: at(24), end: at(LATER + 31) } }]);
  });

  it('is looked for without complaint about keys that lie far from the range', async () => {
    const { world } = deprived(0, 0);
    const stray = digestAt(forge({ hours: 1 }).chain, 0).ref.key.replace('.json.gz', '.bak');
    putObject(world, 'acme-trails', stray, { body: new Uint8Array(1), metadata: {} });
    expect((await verifyWorld(world, range)).findings).toEqual([]);
    expect(codesOf(await verifyWorld(world, { from: at(10), to: at(12) }))).toEqual(['digest-key-unrecognised']);
  });
});
