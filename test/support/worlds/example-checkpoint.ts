import fc from 'fast-check';
import type { ChainHistory, ChainMemory, Checkpoint } from '../../../src/core/checkpoint/checkpoint.js';
import { newCheckpointKey } from '../../../src/core/checkpoint/checkpoint-key.js';
import { formatChainId } from '../../../src/core/objects/chain-id.js';
import { toDigestKey } from '../../../src/core/objects/cloudtrail-key.js';
import { HOUR, SECOND } from '../../../src/core/time/instant.js';

export const HMAC_KEY = newCheckpointKey('HMAC-SHA256', new Uint8Array(32).fill(7));
export const ED25519_KEY = newCheckpointKey('Ed25519', new Uint8Array(32).fill(9));

const START = Date.parse('2026-03-01T00:01:31Z');

/** The memory of a chain that was verified for so many hours. */
export function exampleMemory(region: string, hours: number, changes: Partial<ChainHistory> = {}): ChainMemory {
  const chain = { accountId: '111122223333', region, trailName: 'main', homeRegion: 'us-east-1' } as const;
  const end = START + hours * HOUR;
  return {
    chain: { ...chain, kind: 'standard' },
    history: {
      since: START,
      anchor: {
        bucket: 'acme-trail-logs',
        key: toDigestKey({ ...chain, prefix: '', endTime: end, backfill: false }),
        start: end - HOUR,
        end,
        sha256: '0123456789abcdef'.repeat(4),
        signature: 'Ab'.repeat(256),
      },
      verified: [{ start: START, end }],
      open: [],
      failed: [],
      ...changes,
    },
  };
}

export const EXAMPLE_CHECKPOINT: Checkpoint = {
  sources: ['s3://acme-trail-logs'],
  runs: 3,
  writtenAt: Date.parse('2026-03-02T00:00:00Z'),
  chains: [
    exampleMemory('eu-west-1', 20, { open: [{ start: START, end: START + HOUR }], rechecked: START + 2 * HOUR }),
    {
      ...exampleMemory('us-east-1', 21, { failed: [{ start: START + 4 * HOUR, end: START + 5 * HOUR }] }),
      failures: { since: START + 5 * HOUR, findings: ['0123456789abcdef', '1123456789abcdef'] },
    },
    { chain: exampleMemory('us-west-2', 1).chain },
  ],
  failures: { since: START, findings: ['2123456789abcdef'], more: 4 },
};

const instants = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 }).map((second) => second * SECOND),
  fc.integer({ min: 0, max: 2 ** 42 }),
);

const digits = (characters: string, length: number) =>
  fc.array(fc.constantFrom(...characters), { minLength: length, maxLength: length }).map((all) => all.join(''));

const chains = fc.record({
  accountId: digits('0123456789', 12),
  region: fc.constantFrom('us-east-1', 'eu-west-1', 'us-gov-west-1', 'ap-southeast-2'),
  trailName: fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/),
  homeRegion: fc.constantFrom('us-east-1', 'cn-north-1'),
  kind: fc.constantFrom('standard' as const, 'backfill' as const),
});

const failures = fc
  .record({
    since: instants,
    findings: fc.uniqueArray(digits('0123456789abcdef', 16), { minLength: 1, maxLength: 5 }),
    more: fc.option(fc.integer({ min: 1, max: 2 ** 40 })),
  })
  .map(({ since, findings, more }) => ({ since, findings: findings.sort(), ...(more !== null && { more }) }));

/** Some of the time between the first and the last of them. */
const intervalsOf = (times: readonly number[], every: number) =>
  times.flatMap((start, index) => {
    const end = times[index + 1];
    return index % (every + 1) === 0 && end !== undefined ? [{ start, end }] : [];
  });

const histories = fc
  .record({
    times: fc.uniqueArray(instants, { minLength: 2, maxLength: 9 }).map((times) => times.sort((a, b) => a - b)),
    bucket: fc.constantFrom('', 'acme-trail-logs'),
    key: fc.string({ minLength: 1, unit: 'binary' }),
    sha256: digits('0123456789abcdef', 64),
    signature: digits('0123456789abcdefABCDEF', 8),
    isBounded: fc.boolean(),
    rechecked: fc.option(instants),
  })
  .map(({ times, bucket, key, sha256, signature, isBounded, rechecked }): ChainHistory => {
    const [since = 0, end = 0] = [times[0], times.at(-1)];
    return {
      since,
      ...(isBounded && { isBounded }),
      anchor: { bucket, key, start: since, end, sha256, signature },
      verified: intervalsOf(times, 1),
      open: intervalsOf(times, 2),
      failed: intervalsOf(times, 3),
      ...(rechecked !== null && { rechecked }),
    };
  });

const memories: fc.Arbitrary<ChainMemory> = fc
  .record({
    chain: chains,
    history: fc.option(histories),
    failures: fc.option(failures),
    seen: fc.option(fc.uniqueArray(instants)),
  })
  .map(({ chain, history, seen, failures }) => ({
    chain,
    ...(history && {
      history: {
        ...history,
        ...(chain.kind === 'backfill' && seen && { seen: [...seen].sort((a, b) => a - b) }),
      },
    }),
    ...(failures && { failures }),
  }));

/** Any checkpoint, its chains in the order in which they are written. */
export const anyCheckpoint: fc.Arbitrary<Checkpoint> = fc
  .record({
    sources: fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }),
    trailArn: fc.option(fc.constant('arn:aws:cloudtrail:us-east-1:111122223333:trail/main')),
    runs: fc.nat(),
    writtenAt: instants,
    chains: fc.uniqueArray(memories, { maxLength: 5, selector: ({ chain }) => formatChainId(chain) }),
    failures: fc.option(failures),
  })
  .map(({ trailArn, chains: some, failures, ...checkpoint }) => ({
    ...checkpoint,
    ...(trailArn !== null && { trailArn }),
    chains: [...some].sort((a, b) => (formatChainId(a.chain) < formatChainId(b.chain) ? -1 : 1)),
    ...(failures && { failures }),
  }));
