import fc from 'fast-check';
import { formatChainId } from '../../src/core/chain.js';
import type { ChainMemory, Checkpoint } from '../../src/core/checkpoint.js';
import { newCheckpointKey } from '../../src/core/checkpoint-key.js';
import { HOUR, SECOND } from '../../src/core/instant.js';
import { toDigestKey } from '../../src/core/object-key.js';

export const HMAC_KEY = newCheckpointKey('HMAC-SHA256', new Uint8Array(32).fill(7));
export const ED25519_KEY = newCheckpointKey('Ed25519', new Uint8Array(32).fill(9));

const START = Date.parse('2026-03-01T00:01:31Z');

/** The memory of a chain that was verified for so many hours. */
export function exampleMemory(region: string, hours: number, changes: Partial<ChainMemory> = {}): ChainMemory {
  const chain = { accountId: '111122223333', region, trailName: 'main', homeRegion: 'us-east-1' } as const;
  const end = START + hours * HOUR;
  return {
    chain: { ...chain, kind: 'standard' },
    since: START,
    anchor: {
      bucket: 'acme-trail-logs',
      key: toDigestKey({ ...chain, prefix: '', endTime: end, backfill: false }),
      start: end - HOUR,
      end,
      sha256: '0123456789abcdef'.repeat(4),
      signature: 'Ab'.repeat(256),
    },
    again: [],
    failures: 0,
    ...changes,
  };
}

export const EXAMPLE_CHECKPOINT: Checkpoint = {
  sources: ['s3://acme-trail-logs'],
  runs: 3,
  writtenAt: Date.parse('2026-03-02T00:00:00Z'),
  recheckPhase: 0.25,
  chains: [
    exampleMemory('eu-west-1', 20, { again: [{ start: START, end: START + HOUR }] }),
    exampleMemory('us-east-1', 21, { failures: 2, failedSince: START + 5 * HOUR }),
  ],
  unproven: [{ ...exampleMemory('us-west-2', 1).chain }],
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

const memories: fc.Arbitrary<ChainMemory> = fc
  .record({
    chain: chains,
    times: fc.uniqueArray(instants, { minLength: 2, maxLength: 9 }),
    bucket: fc.constantFrom('', 'acme-trail-logs'),
    key: fc.string({ minLength: 1, unit: 'binary' }),
    sha256: digits('0123456789abcdef', 64),
    signature: digits('0123456789abcdefABCDEF', 8),
    isBounded: fc.boolean(),
    failures: fc.nat(),
    failedSince: fc.option(instants),
    seen: fc.option(fc.uniqueArray(instants)),
  })
  .map(({ chain, times, isBounded, bucket, key, sha256, signature, failures, failedSince, seen }) => {
    const sorted = [...times].sort((a, b) => a - b);
    const [since = 0, end = 0] = [sorted[0], sorted.at(-1)];
    const again = sorted.flatMap((start, index) => {
      const next = sorted[index + 1];
      return index % 2 === 0 && next !== undefined ? [{ start, end: next }] : [];
    });
    const hasSeen = chain.kind === 'backfill' && seen !== null;
    return {
      chain,
      since,
      ...(isBounded && { isBounded }),
      anchor: { bucket, key, start: since, end, sha256, signature },
      again,
      ...(hasSeen && { seen: [...seen].sort((a, b) => a - b) }),
      failures,
      ...(failedSince !== null && { failedSince }),
    };
  });

/** Any checkpoint, its chains in the order in which they are written. */
export const anyCheckpoint: fc.Arbitrary<Checkpoint> = fc
  .record({
    sources: fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }),
    trailArn: fc.option(fc.constant('arn:aws:cloudtrail:us-east-1:111122223333:trail/main')),
    runs: fc.nat(),
    writtenAt: instants,
    recheckPhase: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map(Math.abs),
    chains: fc.uniqueArray(memories, { maxLength: 5, selector: ({ chain }) => formatChainId(chain) }),
    unproven: fc.uniqueArray(chains, { maxLength: 3, selector: formatChainId }),
  })
  .map(({ trailArn, chains: some, unproven, ...checkpoint }) => ({
    ...checkpoint,
    ...(trailArn !== null && { trailArn }),
    chains: [...some].sort((a, b) => (formatChainId(a.chain) < formatChainId(b.chain) ? -1 : 1)),
    unproven: [...unproven].sort((a, b) => (formatChainId(a) < formatChainId(b) ? -1 : 1)),
  }));
