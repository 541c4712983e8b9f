import { describe, expect, it } from 'vitest';
import { type ChainId, chainOf, formatChainId } from '../../../src/core/objects/chain-id.js';
import type { DigestKey } from '../../../src/core/objects/cloudtrail-key.js';

const KEY: DigestKey = {
  prefix: 'p',
  organizationId: 'o-exampleorgid',
  accountId: '111122223333',
  region: 'eu-west-1',
  trailName: 'management-events',
  homeRegion: 'us-east-1',
  endTime: 0,
  backfill: false,
};
const CHAIN: ChainId = {
  accountId: '111122223333',
  region: 'eu-west-1',
  trailName: 'management-events',
  homeRegion: 'us-east-1',
  kind: 'standard',
};

describe('chainOf', () => {
  it('takes from a key what stays when a trail is moved', () => {
    expect(chainOf(KEY)).toEqual(CHAIN);
    const { organizationId: _, ...moved } = { ...KEY, prefix: 'q', endTime: 7 };
    expect(chainOf(moved)).toEqual(CHAIN);
  });

  it('keeps backfill digests apart', () => {
    expect(chainOf({ ...KEY, backfill: true })).toEqual({ ...CHAIN, kind: 'backfill' });
  });
});

describe('formatChainId', () => {
  it('names a chain in one line', () => {
    expect(formatChainId(CHAIN)).toBe('111122223333/eu-west-1/management-events/us-east-1/standard');
  });

  it('tells chains apart by every part', () => {
    const others = [
      { ...CHAIN, accountId: '111122223334' },
      { ...CHAIN, region: 'us-east-1' },
      { ...CHAIN, trailName: 'management-events_us-east-1' },
      { ...CHAIN, homeRegion: 'eu-west-1' },
      { ...CHAIN, kind: 'backfill' as const },
    ];
    expect(new Set([CHAIN, ...others].map(formatChainId)).size).toBe(others.length + 1);
  });
});
