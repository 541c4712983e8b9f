import { describe, expect, it } from 'vitest';
import { parseTrailArn } from '../../../src/core/objects/trail-arn.js';
import type { ChainReport } from '../../../src/core/report/verify-events.js';
import { HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain } from '../../support/forge/forge.js';
import { type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject } from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

/*
 * What somebody with write access to the bucket or to the trail can try, one test for each row of the README's table that
 * is about time and about whole chains: what is found, with the exact interval, and nothing else.
 */

const START = Date.parse('2026-03-01T20:29:23Z');
const HOURS = 12;
const TRAIL: ForgeOptions = {
  ...MAIN_TRAIL,
  start: START,
  hours: HOURS,
  logsPerHour: 1,
};
const at = (hour: number): Instant => START + hour * HOUR;
const NOW = at(HOURS) + 45 * MINUTE;
const UNTIL_NOW = { from: START, to: NOW, now: NOW };

function archive(options: Partial<ForgeOptions> = {}) {
  const world = emptyWorld();
  return { world, chain: forgeChain(world, { ...TRAIL, ...options }) };
}

function deleteDigests(world: World, chain: ForgedChain, from: number, to: number): void {
  for (let hour = from; hour < to; hour += 1) deleteObject(world, digestAt(chain, hour).ref);
}

async function found(world: World, options: RunOptions = UNTIL_NOW) {
  const { findings, outcome, events } = await verifyWorld(world, options);
  const chains = events.flatMap((event): ChainReport[] => (event.type === 'chain' ? [event.report] : []));
  const hours = (instant: Instant) => (instant - START) / HOUR;
  return {
    said: findings.map(({ code, args }) => ({ code, args })),
    outcome,
    coverage: chains.map(({ coverage }) =>
      coverage
        .filter(({ state }) => state !== 'pending')
        .map(({ state, start, end }) => `${state} ${hours(start)}-${hours(end)}`)
        .join(', '),
    ),
  };
}

it('delete one digest: missing, and the exact interval that is now unverifiable', async () => {
  const { world, chain } = archive();
  deleteDigests(world, chain, 4, 5);
  expect(await found(world)).toEqual({
    said: [
      { code: 'digest-missing', args: {} },
      {
        code: 'chain-interval-lost',
        args: { start: at(4), end: at(5), previous: digestAt(chain, 3).ref, next: digestAt(chain, 5).ref },
      },
    ],
    outcome: 'failed',
    coverage: ['gap 0-1, proven 1-4, lost 4-5, proven 5-12'],
  });
});

it('delete several digests in a row: every missing hour, between the last good digest and the next', async () => {
  const { world, chain } = archive();
  deleteDigests(world, chain, 2, 9);
  expect(await found(world)).toEqual({
    said: [
      { code: 'digest-missing', args: {} },
      {
        code: 'chain-interval-lost',
        args: { start: at(2), end: at(9), previous: digestAt(chain, 1).ref, next: digestAt(chain, 9).ref },
      },
    ],
    outcome: 'failed',
    coverage: ['gap 0-1, proven 1-2, lost 2-9, proven 9-12'],
  });
});

it('delete several digests here and there: each hole by itself', async () => {
  const { world, chain } = archive();
  for (const [from, to] of [
    [1, 2],
    [4, 6],
    [8, 11],
  ] as const)
    deleteDigests(world, chain, from, to);
  const { said, coverage } = await found(world);
  expect(said.flatMap(({ code, args }) => (code === 'chain-interval-lost' ? [args] : []))).toMatchObject([
    { start: at(8), end: at(11) },
    { start: at(4), end: at(6) },
    { start: at(1), end: at(2) },
  ]);
  expect(coverage).toEqual(['gap 0-1, lost 1-2, proven 2-4, lost 4-6, proven 6-8, lost 8-11, proven 11-12']);
});

describe('delete the newest digests: truncated at the end, from which time on', () => {
  const truncated = () => {
    const forged = archive();
    deleteDigests(forged.world, forged.chain, 8, HOURS);
    return forged;
  };

  it('when the time asked for goes on until now', async () => {
    const { world, chain } = truncated();
    expect(await found(world)).toEqual({
      said: [{ code: 'chain-ends-early', args: { start: at(8), end: NOW, last: digestAt(chain, 7).ref } }],
      outcome: 'failed',
      coverage: ['gap 0-1, proven 1-8, lost 8-12'],
    });
  });

  it('when the highest age is said', async () => {
    expect(await found(truncated().world, { maxAge: 3 * HOUR, now: NOW })).toMatchObject({
      said: [{ code: 'chain-ends-early' }],
      outcome: 'failed',
    });
  });

  it('when nothing is asked for: a warning, of a bucket in use', async () => {
    expect(await found(truncated().world, { isLive: true, now: NOW })).toMatchObject({
      said: [{ code: 'chain-newest-digest-old', args: { start: at(8), end: NOW } }],
      outcome: 'verified',
    });
  });

  it('when nothing is asked for: undetermined, where another region goes on', async () => {
    const { world } = truncated();
    forgeChain(world, { ...TRAIL, region: 'eu-west-1' });
    expect(await found(world, { now: NOW })).toMatchObject({
      said: [{ code: 'chain-ends-before-siblings', args: { start: at(8), end: at(HOURS) } }],
      outcome: 'undetermined',
    });
  });

  it('and only one of them, by the word of CloudTrail', async () => {
    const { world, chain } = archive();
    deleteDigests(world, chain, HOURS - 1, HOURS);
    const arn = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/main') ?? expect.fail();
    const digestDeliveredAt = at(HOURS) + 27 * MINUTE;
    const asked: RunOptions = {
      now: NOW,
      trail: { arn, isMultiRegion: false },
      trailDirectory: { trailStatus: async () => ({ status: 'found', trail: { isLogging: true, digestDeliveredAt } }) },
    };
    expect((await found(world, { now: NOW, isLive: true })).outcome).toBe('verified');
    expect(await found(world, asked)).toMatchObject({
      said: [
        {
          code: 'chain-newest-digest-deleted',
          args: {
            start: at(HOURS - 1),
            end: at(HOURS),
            deliveredAt: digestDeliveredAt,
            last: digestAt(chain, HOURS - 2).ref,
          },
        },
      ],
      outcome: 'failed',
      coverage: ['proven 1-11, lost 11-12'],
    });
  });
});

describe('delete every digest of a region or account: no evidence, which is no success', () => {
  const OTHER = { accountId: '444455556666', organizationId: 'o-exampleorgid' };
  const organization = () => {
    const forged = archive(OTHER);
    forgeChain(forged.world, { ...TRAIL, ...OTHER, region: 'eu-west-1' });
    return forged;
  };

  it('and leave its logs', async () => {
    const { world, chain } = organization();
    deleteDigests(world, chain, 0, HOURS);
    expect(await found(world)).toMatchObject({
      said: [{ code: 'folder-without-digests', args: {} }],
      outcome: 'failed',
    });
  });

  it('and its logs, leaving other accounts with the region', async () => {
    const { world, chain } = organization();
    for (const region of ['us-east-1', 'eu-west-1'])
      forgeChain(world, { ...TRAIL, organizationId: OTHER.organizationId, region });
    for (const { ref, logs } of chain.digests)
      for (const each of [ref, ...logs.map((log) => log.ref)]) deleteObject(world, each);
    expect(await found(world)).toMatchObject({ said: [{ code: 'chain-sibling-missing' }], outcome: 'verified' });
    expect(await found(world, { ...UNTIL_NOW, expectRegions: ['eu-west-1', 'us-east-1'] })).toMatchObject({
      said: [
        { code: 'expected-digests-missing', args: { accountId: '444455556666', region: 'us-east-1' } },
        { code: 'chain-sibling-missing' },
      ],
      outcome: 'failed',
    });
  });

  it('and everything there is', async () => {
    const { world } = archive();
    for (const key of world.buckets.get(TRAIL.bucket)?.keys() ?? []) deleteObject(world, { bucket: TRAIL.bucket, key });
    expect(await found(world)).toMatchObject({ said: [{ code: 'nothing-found' }], outcome: 'undetermined' });
    expect((await found(world, { ...UNTIL_NOW, expectAccounts: [TRAIL.accountId] })).outcome).toBe('failed');
  });

  it('of one trail, while the digests of another lie in the same folder', async () => {
    const { world, chain } = archive({ hours: 96 });
    forgeChain(world, { ...TRAIL, trailName: 'other', hours: 96, seed: 'other' });
    deleteDigests(world, chain, 24, 96);
    expect(await found(world, { from: at(72), to: at(90), now: at(97) })).toMatchObject({
      said: [{ code: 'chain-ends-early', args: { start: at(24), end: at(90), last: digestAt(chain, 23).ref } }],
      outcome: 'failed',
      coverage: ['lost 72-90', 'proven 72-90'],
    });
  });
});

it('stop logging for two hours, restart: a gap, with its interval', async () => {
  const { world, chain } = archive({ hours: 5 });
  const restarted = forgeChain(world, { ...TRAIL, start: at(6), hours: 6, seed: 'restarted' });
  expect(await found(world)).toEqual({
    said: [
      {
        code: 'chain-gap',
        args: { start: at(5), end: at(7), previous: digestAt(chain, 4).ref, next: digestAt(restarted, 0).ref },
      },
    ],
    outcome: 'undetermined',
    coverage: ['gap 0-1, proven 1-5, gap 5-7, proven 7-12'],
  });
});

it('have a validly signed digest whose link disagrees with its predecessor: link mismatch', async () => {
  const { world, chain } = archive({
    amend: (document, hour) => {
      if (hour === 6) document.previousDigestHashValue = '0'.repeat(64);
    },
  });
  expect(await found(world)).toEqual({
    said: [
      {
        code: 'digest-link-mismatch',
        args: {
          successor: digestAt(chain, 6).ref,
          part: 'hash',
          expected: '0'.repeat(64),
          actual: digestAt(chain, 5).sha256,
        },
      },
    ],
    outcome: 'failed',
    coverage: ['gap 0-1, proven 1-12'],
  });
});
