import { describe, expect, it } from 'vitest';
import {
  canExplain,
  EVENT_DELAY,
  Explanations,
  GAP_LEAD,
  toUnexplained,
} from '../../../src/core/attribution/attribution.js';
import type { EventTarget, TrailEvent } from '../../../src/core/events/trail-event.js';
import {
  FINDING_CODES,
  FINDING_EFFECTS,
  type Finding,
  type FindingCode,
  finding,
} from '../../../src/core/findings/finding.js';
import { toDigestFolder, toDigestKey } from '../../../src/core/objects/cloudtrail-key.js';
import { HOUR, type Instant } from '../../../src/core/time/instant.js';
import { CHAIN, exampleOf, START } from '../../render/example-run.js';

const BUCKET = 'trails';
const PLACE = { prefix: 'p', accountId: CHAIN.accountId, region: CHAIN.region };
const FOLDER = { bucket: BUCKET, key: toDigestFolder(PLACE) };
const LOG = { bucket: BUCKET, key: 'log' };
const SUBJECT = { type: 'chain', chain: CHAIN } as const;
const INTERVAL = { start: START + 2 * HOUR, end: START + 4 * HOUR };

const digestKey = (hours: number, place: Partial<typeof PLACE> = {}): string =>
  toDigestKey({
    ...PLACE,
    ...place,
    trailName: CHAIN.trailName,
    homeRegion: CHAIN.homeRegion,
    endTime: START + hours * HOUR,
    backfill: false,
  });

const eventOf = (target: EventTarget, more: Partial<TrailEvent> = {}): TrailEvent => ({
  eventId: 'id',
  eventName: 'Call',
  eventTime: START + 20 * HOUR,
  region: CHAIN.homeRegion,
  accountId: CHAIN.accountId,
  isRefused: false,
  isDelivery: false,
  actor: {},
  target,
  ...more,
});
const onObject = (act: 'delete' | 'write', key: string, bucket = BUCKET): EventTarget => ({
  type: 'objects',
  act,
  objects: [{ bucket, key }],
});
const onBucket = (act: 'delete' | 'expire' | 'permit', prefix = ''): EventTarget => ({
  type: 'bucket',
  act,
  bucket: BUCKET,
  prefixes: [prefix],
});
const ofTrail: EventTarget = { type: 'trail', names: [CHAIN.trailName], endsDigests: true };

/** How an event names what the finding wants explained; undefined where it does not. */
function naming(found: Finding, event: TrailEvent, folders = [FOLDER]): string | undefined {
  const item = toUnexplained(found);
  if (!item) throw new Error(`${found.code} wants no explanation`);
  const explanations = new Explanations([item], [BUCKET], () => ({ folders, organizationIds: [] }));
  return explanations.of(event, LOG).get(item);
}

const LOST = finding('chain-interval-lost', SUBJECT, INTERVAL);
const EARLY = finding('chain-ends-early', SUBJECT, { ...INTERVAL, last: { bucket: BUCKET, key: digestKey(2) } });
const GAP = finding('chain-gap', SUBJECT, { ...INTERVAL, previous: LOG, next: LOG });

describe('time whose digests are lost', () => {
  it.each<[string, string | undefined, TrailEvent]>([
    ['a deletion of its first digest', 'object', eventOf(onObject('delete', digestKey(3)))],
    ['a deletion of its last digest', 'object', eventOf(onObject('delete', digestKey(4)))],
    ['one that was not on the hour', 'object', eventOf(onObject('delete', digestKey(4.5)))],
    ['a change', 'object', eventOf(onObject('write', digestKey(3)))],
    ['what CloudTrail delivered', undefined, eventOf(onObject('write', digestKey(3)), { isDelivery: true })],
    ['the digest before', undefined, eventOf(onObject('delete', digestKey(2)))],
    ['the digest after', undefined, eventOf(onObject('delete', digestKey(5)))],
    ['another bucket', undefined, eventOf(onObject('delete', digestKey(3), 'backup'))],
    ['another prefix', undefined, eventOf(onObject('delete', digestKey(3, { prefix: 'q' })))],
    ['another account', undefined, eventOf(onObject('delete', digestKey(3, { accountId: '444455556666' })))],
    ['a time before the digest was', undefined, eventOf(onObject('delete', digestKey(3)), { eventTime: START })],
    ['what its bucket lost', 'bucket', eventOf(onBucket('delete'))],
    ['the policy of its bucket', 'bucket', eventOf(onBucket('permit'))],
    ['a lifecycle of a folder above', 'folder', eventOf(onBucket('expire', 'p/AWSLogs/'))],
    ['a lifecycle of a folder in it', 'folder', eventOf(onBucket('expire', `${FOLDER.key}2026/`))],
    ['a lifecycle of another folder', undefined, eventOf(onBucket('expire', 'q/'))],
    ['a lifecycle before', undefined, eventOf(onBucket('expire'), { eventTime: START })],
    ['its trail', undefined, eventOf(ofTrail, { eventTime: START + 3 * HOUR })],
  ])('and %s', (_, expected, event) => {
    expect(naming(LOST, event)).toBe(expected);
  });

  it('may have lain where its neighbours lie', () => {
    const found = finding('chain-interval-lost', SUBJECT, { ...INTERVAL, next: { bucket: BUCKET, key: digestKey(5) } });
    expect(naming(found, eventOf(onObject('delete', digestKey(3))), [])).toBe('object');
    expect(naming(LOST, eventOf(onObject('delete', digestKey(3))), [])).toBeUndefined();
  });
});

describe('the end of a chain', () => {
  it.each<[string, string | undefined, TrailEvent]>([
    ['a deletion of a digest', 'object', eventOf(onObject('delete', digestKey(3)))],
    ['a change of a digest', undefined, eventOf(onObject('write', digestKey(3)))],
    ['what its bucket lost', undefined, eventOf(onBucket('delete'))],
    ['its trail', 'trail', eventOf(ofTrail, { eventTime: INTERVAL.start - GAP_LEAD })],
    ['its trail long before', undefined, eventOf(ofTrail, { eventTime: INTERVAL.start - GAP_LEAD - 1 })],
    ['its trail to the end', 'trail', eventOf(ofTrail, { eventTime: INTERVAL.end })],
    ['its trail after', undefined, eventOf(ofTrail, { eventTime: INTERVAL.end + 1 })],
  ])('and %s', (_, expected, event) => {
    expect(naming(EARLY, event)).toBe(expected);
  });
});

describe('a gap', () => {
  it('is explained by its trail alone', () => {
    expect(naming(GAP, eventOf(ofTrail, { eventTime: INTERVAL.start }))).toBe('trail');
    expect(naming(GAP, eventOf(onObject('delete', digestKey(3))))).toBeUndefined();
    expect(naming(GAP, eventOf(onBucket('permit')))).toBeUndefined();
  });

  it.each<[string, Partial<TrailEvent>]>([
    ['no account', { accountId: undefined } as never],
    ['no region', { region: undefined } as never],
  ])('is not explained by a name that stands with %s', (_, lacking) => {
    expect(naming(GAP, { ...eventOf(ofTrail, { eventTime: INTERVAL.start }), ...lacking })).toBeUndefined();
  });
});

it('an object whose bucket is not known is one of those that digests were delivered to', () => {
  const found = finding('log-missing', { type: 'log', bucket: '', key: 'log' }, { expected: '' });
  expect(naming(found, eventOf(onObject('delete', 'log')))).toBe('object');
  expect(naming(found, eventOf(onObject('delete', 'log', 'elsewhere')))).toBeUndefined();
});

describe('where it is looked', () => {
  const at = (start: Instant, region = CHAIN.region) => ({ region, start, end: start + HOUR });
  const can = (found: Finding, digest: ReturnType<typeof at>) => {
    const item = toUnexplained(found);
    return item && canExplain(item, digest);
  };

  it.each<[string, boolean, ReturnType<typeof at>]>([
    ['too early', false, at(INTERVAL.start - GAP_LEAD - HOUR)],
    ['a little before', true, at(INTERVAL.start - GAP_LEAD - HOUR + 1)],
    ['as late as a log may be', true, at(INTERVAL.end + EVENT_DELAY)],
    ['later', false, at(INTERVAL.end + EVENT_DELAY + 1)],
    ['in another region', false, at(INTERVAL.start, 'eu-west-1')],
  ])('for a gap: %s', (_, expected, digest) => {
    expect(can(GAP, digest)).toBe(expected);
  });

  it('for anything else: everywhere, to the end', () => {
    for (const found of [LOST, EARLY]) {
      expect(can(found, at(INTERVAL.end + 1000 * HOUR, 'eu-west-1'))).toBe(true);
      expect(can(found, at(START - 9 * HOUR))).toBe(false);
    }
  });
});

it('what failed of a digest or log wants an explanation, and of the rest what is said', () => {
  const others: readonly FindingCode[] = [
    'log-day-absent',
    'chain-gap',
    'chain-interval-lost',
    'chain-ends-early',
    'chain-end-late',
    'chain-newest-digest-old',
    'chain-newest-digest-deleted',
    'chain-ends-before-siblings',
    'chain-hourly-digests-missing',
    'trail-not-logging',
    'folder-logs-alone',
    'folder-without-digests',
    'folder-without-digests-in-range',
  ];
  const wanting = FINDING_CODES.filter((code) => toUnexplained(exampleOf(code)) !== undefined);
  const failed = FINDING_CODES.filter(
    (code) => ['digest', 'log'].includes(exampleOf(code).subject.type) && FINDING_EFFECTS[code] === 'failed',
  );
  expect([...wanting].sort()).toEqual([...failed, ...others].sort());
});
