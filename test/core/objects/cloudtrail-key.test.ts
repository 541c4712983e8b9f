import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DigestKey,
  isAccountId,
  isOrganizationId,
  isRegionName,
  LOG_KINDS,
  type LogKey,
  parseAccountFolder,
  parseDigestKey,
  parseLogKey,
  splitAtLogRoot,
  toAccountFolder,
  toDigestFolder,
  toDigestKey,
  toLogKey,
} from '../../../src/core/objects/cloudtrail-key.js';

const ACCOUNT = '111122223333';
const DIGEST: DigestKey = {
  prefix: '',
  accountId: ACCOUNT,
  region: 'eu-west-1',
  trailName: 'management-events',
  homeRegion: 'us-east-1',
  endTime: Date.UTC(2026, 2, 1, 1, 1, 31),
  backfill: false,
};
const LOG: LogKey = {
  prefix: '',
  accountId: ACCOUNT,
  region: 'eu-west-1',
  kind: 'CloudTrail',
  time: Date.UTC(2026, 2, 1, 0, 25),
  uniqueId: '1clyY5axdcwEr9Xa',
};
const DIGEST_TEXT = `AWSLogs/${ACCOUNT}/CloudTrail-Digest/eu-west-1/2026/03/01/${ACCOUNT}_CloudTrail-Digest_eu-west-1_management-events_us-east-1_20260301T010131Z.json.gz`;
const LOG_TEXT = `AWSLogs/${ACCOUNT}/CloudTrail/eu-west-1/2026/03/01/${ACCOUNT}_CloudTrail_eu-west-1_20260301T0025Z_1clyY5axdcwEr9Xa.json.gz`;

const inFolder = (folder: string, text: string): string => text.replace('AWSLogs/', `${folder}AWSLogs/`);

describe('digest keys', () => {
  it.each<[string, string, DigestKey]>([
    ['a standard one', DIGEST_TEXT, DIGEST],
    ['a backfill one', DIGEST_TEXT.replace('Z.json', 'Z_backfill.json'), { ...DIGEST, backfill: true }],
    ['one behind a prefix', inFolder('team/x/', DIGEST_TEXT), { ...DIGEST, prefix: 'team/x' }],
    [
      'one of an organization',
      DIGEST_TEXT.replace('AWSLogs/', 'AWSLogs/o-exampleorgid/'),
      { ...DIGEST, organizationId: 'o-exampleorgid' },
    ],
    [
      'one behind a prefix that holds a whole key of its own',
      inFolder(`${DIGEST_TEXT}/`, DIGEST_TEXT),
      { ...DIGEST, prefix: DIGEST_TEXT },
    ],
    ['one behind a prefix with a newline', inFolder('a\nb/', DIGEST_TEXT), { ...DIGEST, prefix: 'a\nb' }],
    ['one behind a prefix of slashes', inFolder('//', DIGEST_TEXT), { ...DIGEST, prefix: '/' }],
  ])('reads and writes %s', (_, text, parts) => {
    expect(parseDigestKey(text)).toEqual(parts);
    expect(toDigestKey(parts)).toBe(text);
  });

  it.each([
    'x_us-east-1',
    'us-east-1',
    'us-east-1_us-east-1',
    '_us-east-1_',
    'x_20260301T010131Z',
    'x_us-east-1_20260301T010131Z_backfill',
    'nightly_backfill',
    'a.b-c_d',
    '...',
    `${ACCOUNT}_CloudTrail-Digest_eu-west-1`,
    'T'.repeat(128),
  ])('finds the trail name %s between its ends', (trailName) => {
    for (const backfill of [false, true]) {
      const parts = { ...DIGEST, trailName, backfill };
      expect(parseDigestKey(toDigestKey(parts))).toEqual(parts);
    }
  });

  it.each(['us-east-1', 'ap-southeast-12', 'us-gov-west-1', 'cn-northwest-1', 'us-isob-east-1', 'eusc-de-east-1'])(
    'knows the region %s',
    (region) => {
      const parts = { ...DIGEST, region, homeRegion: region };
      expect(parseDigestKey(toDigestKey(parts))).toEqual(parts);
    },
  );

  it.each([
    ['an empty text', ''],
    ['a log', LOG_TEXT],
    ['a marker', `AWSLogs/${ACCOUNT}/CloudTrail-Digest/`],
    ['something behind it', `${DIGEST_TEXT}x`],
    ['a newline behind it', `${DIGEST_TEXT}\n`],
    ['a slash before it', `/${DIGEST_TEXT}`],
    ['a prefix without its slash', `x${DIGEST_TEXT}`],
    ['another ending', DIGEST_TEXT.replace('.json.gz', '.json')],
    ['any character for the dot', DIGEST_TEXT.replace('.json.gz', '.jsonxgz')],
    ['another suffix than backfill', DIGEST_TEXT.replace('Z.json', 'Z_refill.json')],
    ['an account of 11 digits', DIGEST_TEXT.replaceAll(ACCOUNT, '11112222333')],
    ['an account of 13 digits', DIGEST_TEXT.replaceAll(ACCOUNT, '1111222233334')],
    ['another account in the name', DIGEST_TEXT.replace(`${ACCOUNT}_`, '999999999999_')],
    ['another region in the name', DIGEST_TEXT.replace('Digest_eu-west-1', 'Digest_eu-west-2')],
    ['another kind in the name', DIGEST_TEXT.replace('CloudTrail-Digest_', 'CloudTrail_')],
    ['another kind in the folder', DIGEST_TEXT.replace('CloudTrail-Digest/', 'CloudTrail/')],
    ['a home that is no region', DIGEST_TEXT.replace('us-east-1', 'home')],
    ['no home', DIGEST_TEXT.replace('_us-east-1', '')],
    ['no trail name', DIGEST_TEXT.replace('_management-events', '')],
    ['an empty trail name', DIGEST_TEXT.replace('management-events', '')],
    ['a trail name of 129', DIGEST_TEXT.replace('management-events', 'T'.repeat(129))],
    ['a space in the trail name', DIGEST_TEXT.replace('management-events', 'my events')],
    ['a newline in the trail name', DIGEST_TEXT.replace('management-events', 'my\nevents')],
    ['a slash in the trail name', DIGEST_TEXT.replace('management-events', 'my/events')],
    ['a folder of another day', DIGEST_TEXT.replace('2026/03/01', '2026/03/02')],
    ['an impossible day', DIGEST_TEXT.replace('2026/03/01', '2026/02/30').replace('20260301', '20260230')],
    ['hour 24', DIGEST_TEXT.replace('T010131', 'T240131')],
    ['no seconds', DIGEST_TEXT.replace('T010131Z', 'T0101Z')],
    ['no folder of a day', DIGEST_TEXT.replace('2026/03/01/', '')],
    ['a short organization id', DIGEST_TEXT.replace('AWSLogs/', 'AWSLogs/o-short/')],
    ['a long organization id', DIGEST_TEXT.replace('AWSLogs/', `AWSLogs/o-${'a'.repeat(33)}/`)],
    ['a capital in the organization id', DIGEST_TEXT.replace('AWSLogs/', 'AWSLogs/o-Exampleorgid/')],
    ['AWSLogs in small letters', DIGEST_TEXT.replace('AWSLogs', 'awslogs')],
  ])('refuses %s', (_, text) => {
    expect(parseDigestKey(text)).toBeUndefined();
  });
});

describe('log keys', () => {
  it.each(LOG_KINDS)('reads and writes one of %s', (kind) => {
    const parts = { ...LOG, kind };
    const text = LOG_TEXT.replace('CloudTrail/', `${kind}/`).replace('_CloudTrail_', `_${kind}_`);
    expect(parseLogKey(text)).toEqual(parts);
    expect(toLogKey(parts)).toBe(text);
  });

  it('reads and writes one behind a prefix and of an organization', () => {
    const text = `a/AWSLogs/b/${LOG_TEXT.replace('AWSLogs/', 'AWSLogs/o-exampleorgid/')}`;
    const parts = { ...LOG, prefix: 'a/AWSLogs/b', organizationId: 'o-exampleorgid' };
    expect(parseLogKey(text)).toEqual(parts);
    expect(toLogKey(parts)).toBe(text);
  });

  it('does not compare the folder with the name, which may lie in the day before', () => {
    expect(parseLogKey(LOG_TEXT.replace('2026/03/01', '2026/02/28'))).toEqual(LOG);
  });

  it.each([
    ['a digest', DIGEST_TEXT],
    ['a newline behind it', `${LOG_TEXT}\n`],
    ['something behind it', `${LOG_TEXT}.bak`],
    ['a prefix without its slash', `x${LOG_TEXT}`],
    ['an unknown kind', LOG_TEXT.replaceAll('CloudTrail', 'CloudTrail-Other')],
    ['two kinds', LOG_TEXT.replace('_CloudTrail_', '_CloudTrail-Insight_')],
    ['another account in the name', LOG_TEXT.replace(`${ACCOUNT}_`, '999999999999_')],
    ['another region in the name', LOG_TEXT.replace('_eu-west-1_', '_eu-west-2_')],
    ['seconds in its time', LOG_TEXT.replace('T0025Z', 'T002500Z')],
    ['an impossible minute', LOG_TEXT.replace('T0025Z', 'T0060Z')],
    ['15 unique characters', LOG_TEXT.replace('9Xa.', '9X.')],
    ['17 unique characters', LOG_TEXT.replace('9Xa.', '9Xab.')],
    ['an underscore among them', LOG_TEXT.replace('9Xa.', '9X_.')],
    ['no gzip', LOG_TEXT.replace('.gz', '')],
  ])('refuses %s', (_, text) => {
    expect(parseLogKey(text)).toBeUndefined();
  });
});

describe('folders', () => {
  it('are what keys begin with', () => {
    const parts = { ...DIGEST, prefix: 'p', organizationId: 'o-exampleorgid' };
    expect(toAccountFolder(parts)).toBe(`p/AWSLogs/o-exampleorgid/${ACCOUNT}/`);
    expect(toDigestFolder(parts)).toBe(`p/AWSLogs/o-exampleorgid/${ACCOUNT}/CloudTrail-Digest/eu-west-1/`);
    expect(toAccountFolder(DIGEST)).toBe(`AWSLogs/${ACCOUNT}/`);
  });
});

describe('shapes', () => {
  it.each(['us-east-1', 'eu-central-2', 'us-gov-east-1', 'cn-north-1', 'il-central-1'])('%s is a region', (text) => {
    expect(isRegionName(text)).toBe(true);
  });

  it.each([
    '',
    'us',
    'us-east',
    'us-east-',
    'US-EAST-1',
    'us-east-1a',
    'us_east_1',
    'us-east-123',
    'x-us-east-1',
    'us-east-1\n',
    'us-1',
  ])('%j is no region', (text) => {
    expect(isRegionName(text)).toBe(false);
  });

  it('tells account ids', () => {
    expect(isAccountId('000000000000')).toBe(true);
    for (const text of ['', '11112222333', '1111222233334', '11112222333x', '111122223333\n', '１11122223333'])
      expect(isAccountId(text)).toBe(false);
  });
});

describe('any key', () => {
  const region = fc.oneof(
    fc.constantFrom('us-east-1', 'us-gov-west-1', 'eu-west-1'),
    fc.stringMatching(/^[a-z]{2,5}(-[a-z]{1,8}){1,3}-\d{1,2}$/),
  );
  const folder = fc.record(
    {
      prefix: fc.oneof(
        fc.constantFrom('', 'AWSLogs', `AWSLogs/${ACCOUNT}`, 'x/AWSLogs/o-exampleorgid', DIGEST_TEXT),
        fc.string({ unit: 'binary', minLength: 1 }),
      ),
      organizationId: fc.stringMatching(/^o-[a-z0-9]{10,32}$/),
      accountId: fc.stringMatching(/^\d{12}$/),
      region,
    },
    { requiredKeys: ['prefix', 'accountId', 'region'] },
  );
  const seconds = fc.integer({ min: Date.UTC(100, 0, 1) / 1000, max: Date.UTC(9999, 11, 31, 23, 59, 59) / 1000 });
  const trailName = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9._-]{3,128}$/),
    fc.tuple(fc.stringMatching(/^[a-z._-]{0,3}$/), region).map(([start, end]) => `${start}_${end}`),
  );

  it('of a digest: what was written is read back', () => {
    fc.assert(
      fc.property(folder, trailName, region, seconds, fc.boolean(), (place, name, homeRegion, end, backfill) => {
        const parts: DigestKey = { ...place, trailName: name, homeRegion, endTime: end * 1000, backfill };
        const text = toDigestKey(parts);
        expect(parseDigestKey(text)).toEqual(parts);
        expect(parseLogKey(text)).toBeUndefined();
      }),
    );
  });

  it('of a log: what was written is read back', () => {
    const unique = fc.stringMatching(/^[A-Za-z0-9]{16}$/);
    fc.assert(
      fc.property(folder, fc.constantFrom(...LOG_KINDS), seconds, unique, (place, kind, at, uniqueId) => {
        const parts: LogKey = { ...place, kind, time: Math.floor(at / 60) * 60_000, uniqueId };
        const text = toLogKey(parts);
        expect(parseLogKey(text)).toEqual(parts);
        expect(parseDigestKey(text)).toBeUndefined();
      }),
    );
  });

  it('that is accepted is written again as it was, and no text makes the parser throw', () => {
    const damaged = fc
      .tuple(
        fc.constantFrom(DIGEST_TEXT, LOG_TEXT),
        fc.nat(200),
        fc.nat(3),
        fc.string({ unit: 'binary', maxLength: 2 }),
      )
      .map(([text, at, cut, added]) => text.slice(0, at) + added + text.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string({ unit: 'binary' })), (text) => {
        const digest = parseDigestKey(text);
        if (digest) expect(toDigestKey(digest)).toBe(text);
        const log = parseLogKey(text);
        // The folder of the day is the one part that is not taken from the name.
        if (log) expect(toLogKey(log).replace(/\d{4}\/\d\d\/\d\d/, '')).toBe(text.replace(/\d{4}\/\d\d\/\d\d/, ''));
      }),
      { numRuns: 1000 },
    );
  });
});

it.each([
  ['o-exampleorg', true],
  [`o-${'a'.repeat(32)}`, true],
  ['o-exampleor', false],
  [`o-${'a'.repeat(33)}`, false],
  ['o-Exampleorgid', false],
  ['exampleorgid', false],
  ['o-exampleorgid/', false],
  ['\no-exampleorgid', false],
])('%j is shaped like the id of an organization: %s', (text, isOne) => {
  expect(isOrganizationId(text)).toBe(isOne);
});

describe('a folder', () => {
  it.each<[string, ReturnType<typeof parseAccountFolder>]>([
    [`AWSLogs/${ACCOUNT}/`, { accountId: ACCOUNT, below: '' }],
    [`AWSLogs/${ACCOUNT}/CloudTrail-Digest/eu`, { accountId: ACCOUNT, below: 'CloudTrail-Digest/eu' }],
    [`a\nb/AWSLogs/o-exampleorgid/${ACCOUNT}/x\ny`, { accountId: ACCOUNT, below: 'x\ny' }],
    [`AWSLogs/other/AWSLogs/${ACCOUNT}/`, { accountId: ACCOUNT, below: '' }],
    [`AWSLogs/${ACCOUNT}/AWSLogs/999900001111/`, { accountId: ACCOUNT, below: 'AWSLogs/999900001111/' }],
    [`AWSLogs/${ACCOUNT}`, undefined],
    [`AWSLogs/o-short/${ACCOUNT}/`, undefined],
    [`myAWSLogs/${ACCOUNT}/`, undefined],
    [`${ACCOUNT}/`, undefined],
    ['', undefined],
  ])('says whose it is: %j', (path, parts) => {
    expect(parseAccountFolder(path)).toEqual(parts);
  });

  it.each<[string, ReturnType<typeof splitAtLogRoot>]>([
    ['AWSLogs/', { root: 'AWSLogs/', below: '' }],
    ['a/b/AWSLogs/x/', { root: 'a/b/AWSLogs/', below: 'x/' }],
    ['a\nb/AWSLogs/x\ny/AWSLogs/', { root: 'a\nb/AWSLogs/', below: 'x\ny/AWSLogs/' }],
    ['AWSLogs/x/AWSLogs/y', { root: 'AWSLogs/', below: 'x/AWSLogs/y' }],
    ['/AWSLogs/x', { root: '/AWSLogs/', below: 'x' }],
    ['AWSLogs', undefined],
    ['aAWSLogs/x', undefined],
    ['', undefined],
  ])('is parted behind AWSLogs: %j', (path, parts) => {
    expect(splitAtLogRoot(path)).toEqual(parts);
  });

  it('of any key says what the key does', () => {
    const folders = fc.record({
      prefix: fc.constantFrom('', 'a', 'a/b', 'AWSLogs', '/'),
      accountId: fc.stringMatching(/^\d{12}$/),
      below: fc.string(),
    });
    fc.assert(
      fc.property(folders, fc.option(fc.stringMatching(/^o-[a-z0-9]{10,32}$/)), ({ below, ...folder }, id) => {
        const root = toAccountFolder({ ...folder, ...(id !== null && { organizationId: id }) });
        expect(parseAccountFolder(root + below)).toEqual({ accountId: folder.accountId, below });
      }),
    );
  });
});
