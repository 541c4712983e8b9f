import { afterEach, describe, expect, it, vi } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { nodeSha256 } from '../../../src/adapters/node/sha256.js';
import { EVENTS_TOLD, FINDINGS_ATTRIBUTED, REFUSED_CALLS_COUNTED } from '../../../src/app/limits.js';
import { storeHasher } from '../../../src/app/objects/store-hasher.js';
import { verifyTrails } from '../../../src/app/run/verify-trails.js';
import { nodeInflater } from '../../../src/compose/inflate/inflater.js';
import { MAX_EVENT_TEXT, MAX_LOG_DEPTH } from '../../../src/core/events/trail-event.js';
import type { FindingCode, FindingOf } from '../../../src/core/findings/finding.js';
import { parseTrailArn } from '../../../src/core/objects/trail-arn.js';
import { HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import { CredentialsError, type ObjectStore, StoreUnreachableError } from '../../../src/ports/object-store.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { type ForgedCall, forgeCall } from '../../support/forge/forge-log.js';
import { type Run, verifyWorld, worldKeys } from '../../support/run/verify-world.js';
import {
  appendToObject,
  copyObject,
  corruptObject,
  deleteObject,
  modifyLog,
  rewriteDigest,
} from '../../support/tamper/tamper.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:01:31Z');
const HOURS = 6;
/** Hours of the trail that records what is done to the other. */
const WITNESS_HOURS = 12;
const NOW = START + 14 * HOUR;
const BUCKET = 'acme-trails';
const TRAIL: ForgeOptions = {
  bucket: BUCKET,
  accountId: '111122223333',
  region: 'eu-west-1',
  homeRegion: 'us-east-1',
  trailName: 'main',
  start: START,
  hours: HOURS,
  logsPerHour: 2,
};
const WITNESS: ForgeOptions = {
  ...TRAIL,
  bucket: 'acme-witness',
  region: 'us-east-1',
  trailName: 'witness',
  hours: WITNESS_HOURS,
  logsPerHour: 1,
};
const TRAIL_ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main';

interface Estate {
  readonly world: World;
  readonly chain: ForgedChain;
  readonly witness: ForgedChain;
}

/** A trail and another that records those calls, each in the log of its hour. */
function estate(
  calls: (chain: ForgedChain) => readonly ForgedCall[],
  { trail = {}, witness = {} }: { trail?: Partial<ForgeOptions>; witness?: Partial<ForgeOptions> } = {},
): Estate {
  const world = emptyWorld();
  const chain = forgeChain(world, { ...TRAIL, ...trail });
  const made = calls(chain);
  const events = (hour: number) =>
    made.filter(({ time }) => Math.floor((time - START) / HOUR) === hour).map((call) => forgeCall(call));
  return { world, chain, witness: forgeChain(world, { ...WITNESS, events, ...witness }) };
}

/** Hours after the beginning. */
const at = (hours: number): Instant => START + hours * HOUR;

const onObject = (name: string, key: string, time = at(9), more: Partial<ForgedCall> = {}): ForgedCall => ({
  source: 's3',
  name,
  time,
  parameters: { bucketName: BUCKET, key },
  ...more,
});

const onTrail = (name: string, parameters: object, time: Instant, more: Partial<ForgedCall> = {}): ForgedCall => ({
  source: 'cloudtrail',
  name,
  time,
  parameters,
  ...more,
});

const attribute = (world: World, options = {}): Promise<Run> =>
  verifyWorld(world, { now: NOW, attribute: true, ...options });

const ofCode = <C extends FindingCode>({ findings }: Run, code: C): FindingOf<C>[] =>
  findings.filter((found): found is FindingOf<C> & typeof found => found.code === code);

/** What is told, as far as it differs in these tests. */
const told = (run: Run) =>
  ofCode(run, 'attribution-event').map(({ args: { explains, eventName, names } }) => [explains, eventName, names]);
const untold = (run: Run) => ofCode(run, 'attribution-none').map(({ args }) => args.explains);

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a log that is gone', () => {
  const gone = (calls: (key: string) => readonly ForgedCall[], options = {}) => {
    const made = estate((chain) => calls(logAt(chain, 2, 1).ref.key), options);
    deleteObject(made.world, logAt(made.chain, 2, 1).ref);
    return made;
  };

  it('is told with who deleted it, when, from where, and in which verified log that stands', async () => {
    const { world, chain, witness } = gone((key) => [onObject('DeleteObject', key)]);
    const { ref } = logAt(chain, 2, 1);
    const run = await attribute(world);
    expect(run.findings.at(-1)).toEqual({
      code: 'attribution-event',
      subject: { type: 'log', ...ref },
      args: {
        explains: 'log-missing',
        eventId: `DeleteObject-${at(9)}`,
        eventName: 'DeleteObject',
        eventTime: at(9),
        names: 'object',
        identityType: 'IAMUser',
        identityArn: 'arn:aws:iam::111122223333:user/eve',
        principalId: 'AIDACKCEVSQ6C2EXAMPLE',
        sourceIpAddress: '203.0.113.7',
        userAgent: 'aws-cli/2.27.1',
        log: logAt(witness, 9, 0).ref,
        hasMore: false,
      },
    });
    expect(untold(run)).toEqual([]);
  });

  it('changes neither verdict nor counts by being explained, nor anything that was said before', async () => {
    const { world } = gone((key) => [onObject('DeleteObject', key)]);
    const plain = await attribute(world, { attribute: false });
    const run = await attribute(world);
    expect(run.events.slice(0, plain.events.length)).toEqual(plain.events);
    expect(run.summary).toEqual({ ...plain.summary, warnings: plain.summary.warnings + 1 });
  });

  it.each<[string, string, (key: string) => ForgedCall]>([
    ['a list of keys', 'object', (key) => deleteObjects({ delete: { object: [{ key: 'other' }, { key }] } })],
    ['a list as the API spells it', 'object', (key) => deleteObjects({ Delete: { Objects: [{ Key: key }] } })],
    ['a list of one', 'object', (key) => deleteObjects({ delete: { object: { key } } })],
    [
      'the resources it touched',
      'object',
      (key) =>
        onObject('DeleteObjects', '', at(9), {
          parameters: { bucketName: 'an-access-point-alias' },
          fields: { resources: [{ type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${BUCKET}/${key}` }] },
        }),
    ],
    ['its bucket alone', 'bucket', () => deleteObjects({ delete: '' })],
  ])('is found in a DeleteObjects that names %s', async (_, names, call) => {
    const { world } = gone((key) => [call(key)]);
    expect(told(await attribute(world))).toEqual([['log-missing', 'DeleteObjects', names]]);
  });

  it.each<[string, string, object]>([
    ['the prefix', 'folder', { Rule: [{ Status: 'Enabled', Prefix: 'AWSLogs/' }] }],
    ['a filter with the prefix', 'folder', { Rule: { Status: 'Enabled', Filter: { Prefix: 'AWSLogs/1111' } } }],
    [
      'a filter of several',
      'folder',
      { Rules: [{ Status: 'Enabled', Filter: { And: { Prefix: 'AWSLogs/', Tag: {} } } }] },
    ],
    [
      'everything, and the prefix',
      'folder',
      { Rule: [{ Status: 'Enabled' }, { Status: 'Enabled', Prefix: 'AWSLogs/' }, { Status: 'Enabled' }] },
    ],
    ['no prefix', 'bucket', { Rule: [{ Status: 'Enabled' }] }],
    ['no rules that can be read', 'bucket', {}],
  ])('is found in a lifecycle with %s', async (_, names, configuration) => {
    const parameters = { bucketName: BUCKET, LifecycleConfiguration: configuration };
    const { world } = gone(() => [onObject('PutBucketLifecycle', '', at(9), { parameters })]);
    expect(told(await attribute(world))).toEqual([['log-missing', 'PutBucketLifecycle', names]]);
  });

  it('is found in the policy of the bucket', async () => {
    const { world } = gone(() => [onObject('PutBucketPolicy', '', at(9), { parameters: { bucketName: BUCKET } })]);
    expect(told(await attribute(world))).toEqual([['log-missing', 'PutBucketPolicy', 'bucket']]);
  });

  it.each<[string, (key: string) => ForgedCall]>([
    [
      'another bucket',
      (key) => onObject('DeleteObject', key, at(9), { parameters: { bucketName: `${BUCKET}-2`, key } }),
    ],
    ['another key', (key) => onObject('DeleteObject', `${key}.bak`)],
    ['a list without it', () => deleteObjects({ delete: { object: [{ key: 'other' }] } })],
    ['what was there before it was delivered', (key) => onObject('DeleteObject', key, at(1.5))],
    ['a write', (key) => onObject('PutObject', key)],
    ['a reading', (key) => onObject('GetObject', key)],
    ['another service', (key) => onObject('DeleteObject', key, at(9), { source: 's3-outposts' })],
    [
      'a call on its way through an endpoint',
      (key) => onObject('DeleteObject', key, at(9), { fields: { eventType: 'AwsVpceEvent' } }),
    ],
    ['no time', (key) => onObject('DeleteObject', key, at(9), { fields: { eventTime: 'yesterday' } })],
    ['no id', (key) => onObject('DeleteObject', key, at(9), { fields: { eventID: undefined } })],
    ['no parameters', (key) => onObject('DeleteObject', key, at(9), { fields: { requestParameters: null } })],
    [
      'a lifecycle of another prefix',
      () => lifecycle({ Rule: [{ Status: 'Enabled', Prefix: 'AWSLogs/444455556666/' }] }),
    ],
    ['a lifecycle that is not in force', () => lifecycle({ Rule: [{ Status: 'Disabled', Prefix: 'AWSLogs/' }] })],
    [
      'the policy of another bucket',
      () => onObject('PutBucketPolicy', '', at(9), { parameters: { bucketName: 'acme' } }),
    ],
    ['a trail', () => onTrail('DeleteTrail', { name: 'main' }, at(9))],
  ])('is not explained by %s', async (_, call) => {
    const { world } = gone((key) => [call(key)]);
    const run = await attribute(world);
    expect(told(run)).toEqual([]);
    expect(untold(run)).toEqual(['log-missing']);
  });

  it('is not explained by a call that failed, which is counted', async () => {
    const calls = (key: string) => [
      onObject('DeleteObject', key, at(9), { fields: { errorCode: 'AccessDenied' } }),
      onObject('DeleteObject', key, at(9) + 1_000, { fields: { errorMessage: 'Access Denied' } }),
    ];
    const { world } = gone(calls);
    const run = await attribute(world);
    // Two logs an hour from hour 1 of the trail, less the one that is gone, and one an hour of the witness.
    const counts = { searched: 2 * (HOURS - 2) - 1 + (WITNESS_HOURS - 2), unsearched: 1, refusedCalls: 2 };
    expect(ofCode(run, 'attribution-none')).toMatchObject([{ args: { explains: 'log-missing', ...counts } }]);
    expect(told(run)).toEqual([]);
  });

  it('counts failed calls up to a limit', async () => {
    const calls = Array.from({ length: REFUSED_CALLS_COUNTED + 5 }, (_, index) => index);
    const { world } = gone((key) =>
      calls.map((index) =>
        onObject('DeleteObject', key, at(9) + index * 1_000, { fields: { errorCode: 'AccessDenied' } }),
      ),
    );
    const [none] = ofCode(await attribute(world), 'attribution-none');
    expect(none?.args.refusedCalls).toBe(REFUSED_CALLS_COUNTED);
  });

  it('is told once of an event that two trails recorded, by the log that comes first', async () => {
    const { world, chain } = gone((key) => [onObject('DeleteObject', key)]);
    const { key } = logAt(chain, 2, 1).ref;
    const events = (hour: number) => (hour === 9 ? [forgeCall(onObject('DeleteObject', key))] : []);
    const second = forgeChain(world, { ...WITNESS, bucket: 'acme-elsewhere', trailName: 'second', events });
    const store = memoryStore(world.buckets);
    for (const late of ['acme-elsewhere', 'acme-witness']) {
      const get: ObjectStore['get'] = async (ref, maxBytes) => {
        for (let turn = 0; ref.bucket === late && turn < 20; turn += 1) await new Promise(setImmediate);
        return store.get(ref, maxBytes);
      };
      const run = await attribute(world, { store: { ...store, get } });
      expect(ofCode(run, 'attribution-event').map(({ args }) => args.log)).toEqual([logAt(second, 9, 0).ref]);
    }
  });

  it('is told with the earliest and the latest of many events', async () => {
    const all = Array.from({ length: EVENTS_TOLD + 7 }, (_, index) => at(9) + index * 1_000);
    const { world } = gone((key) => [...all].reverse().map((time) => onObject('DeleteObject', key, time)));
    const events = ofCode(await attribute(world), 'attribution-event');
    const half = EVENTS_TOLD / 2;
    expect(events.map(({ args }) => args.eventTime)).toEqual([...all.slice(0, half), ...all.slice(-half)]);
    expect(events.every(({ args }) => args.hasMore)).toBe(true);
  });
});

describe('evidence', () => {
  const deleted = (options: Parameters<typeof estate>[1] = {}) => {
    const made = estate((chain) => [onObject('DeleteObject', logAt(chain, 2, 1).ref.key)], options);
    deleteObject(made.world, logAt(made.chain, 2, 1).ref);
    return made;
  };
  const counts = (run: Run) => ofCode(run, 'attribution-none').map(({ args }) => [args.explains, args.unsearched]);

  it('is no log that does not verify', async () => {
    const { world, witness } = deleted();
    modifyLog(world, logAt(witness, 9, 0).ref, (text) => `${text} `);
    const run = await attribute(world);
    expect(told(run)).toEqual([]);
    expect(counts(run)).toEqual([
      ['log-missing', 2],
      // Its own change is a finding that wants an explanation too.
      ['log-modified', 1],
    ]);
  });

  it('is no log with more behind its gzip stream', async () => {
    const { world, witness } = deleted();
    appendToObject(world, logAt(witness, 9, 0).ref, new Uint8Array(1));
    expect(told(await attribute(world))).toEqual([]);
  });

  it('is no log of a digest that does not verify', async () => {
    const { world, witness } = deleted();
    rewriteDigest(world, digestAt(witness, 9).ref, (document) => {
      document.newestEventTime = null;
    });
    const run = await attribute(world);
    expect(told(run)).toEqual([]);
    // Nobody knows what logs there were to search.
    expect(counts(run)[0]).toEqual(['log-missing', 1]);
  });

  it.each<[string, (made: Estate) => void]>([
    ['a log', ({ world, witness }) => modifyLog(world, logAt(witness, 9, 0).ref, (text) => `${text} `)],
    [
      'a digest',
      ({ world, witness }) =>
        rewriteDigest(world, digestAt(witness, 9).ref, (document) => {
          document.newestEventTime = null;
        }),
    ],
    ['a log that is gone', ({ world, witness }) => deleteObject(world, logAt(witness, 9, 0).ref)],
  ])('is nothing that changed after it was verified: %s', async (_, change) => {
    const made = deleted();
    const unchanged = memoryStore(made.world.buckets);
    let isChanged = false;
    const store: ObjectStore = {
      ...unchanged,
      get: (ref, maxBytes) => {
        if (ref.key === digestAt(made.witness, 9).ref.key) {
          // The second time it is read for what its logs say.
          if (isChanged) change(made);
          isChanged = true;
        }
        return unchanged.get(ref, maxBytes);
      },
    };
    const run = await attribute(made.world, { store });
    expect(told(run)).toEqual([]);
    expect(counts(run)).toEqual([['log-missing', 2]]);
    expect(run.summary.totals.digests.failed).toBe(0);
    expect(run.summary.totals.logs.failed).toBe(1);
  });

  const deep = (text: string) => `{"Records":[],"x":${'['.repeat(MAX_LOG_DEPTH)}${']'.repeat(MAX_LOG_DEPTH)}${text}}`;
  it.each<[string, string]>([
    ['no JSON', '{"Records":['],
    ['no object', '[]'],
    ['records that are no list', '{"Records":{"0":{}}}'],
    ['records that are none', '{"Records":[{},7]}'],
    ['no records', '{}'],
    ['a name twice', '{"Records":[],"Records":[]}'],
    ['more depth than any event has', deep('')],
  ])('is no log that holds %s', async (_, text) => {
    const { world } = deleted({ witness: { logText: (hour) => (hour === 9 ? text : undefined) } });
    const run = await attribute(world);
    expect(run.summary.totals.logs).toMatchObject({ failed: 1 });
    expect(counts(run)).toEqual([['log-missing', 2]]);
  });

  it('that cannot be read again is counted, and the run is what it was', async () => {
    for (const fault of [
      { status: 'denied', refusal: { errorCode: 'AccessDenied', message: '' } },
      { status: 'too-large', measure: 'stored', limit: 1 },
      new StoreUnreachableError('gone'),
      new CredentialsError('ExpiredToken', 'expired'),
    ] as const) {
      const { world, witness } = deleted();
      const store = failingAt(world, digestAt(witness, 9).ref.key, fault);
      const run = await attribute(world, { store });
      expect(run.summary.totals.digests).toEqual({ verified: HOURS + WITNESS_HOURS, failed: 0, undetermined: 0 });
      expect(told(run)).toEqual([]);
      expect(ofCode(run, 'attribution-none')).toHaveLength(1);
      expect(ofCode(run, 'attribution-none')[0]?.args.unsearched).toBeGreaterThanOrEqual(2);
    }
  });

  it.each<[string, boolean]>([
    ['nothing more is read', false],
    ['nothing is waited for', true],
  ])('is not looked for once the run is told to stop: %s', async (_, hangs) => {
    const { world, chain, witness } = deleted();
    const signals = new AbortController();
    const unchanged = memoryStore(world.buckets);
    let reads = 0;
    const store: ObjectStore = {
      ...unchanged,
      get: (ref, maxBytes) => {
        // The first digest whose logs would be searched.
        if (ref.key === digestAt(chain, 2).ref.key) reads += 1;
        if (reads === 2) signals.abort();
        return reads === 2 && hangs ? new Promise<never>(() => {}) : unchanged.get(ref, maxBytes);
      },
    };
    const never = new AbortController().signal;
    const stopSignals = { stop: signals.signal, abandon: hangs ? signals.signal : never };
    const run = await attribute(world, { store, stopSignals });
    expect(run.summary.totals.digests.verified).toBe(HOURS + WITNESS_HOURS);
    expect(ofCode(run, 'run-interrupted')).toEqual([]);
    const [none] = ofCode(run, 'attribution-none');
    const logs = 2 * (HOURS - 2) + (witness.digests.length - 2);
    expect((none?.args.searched ?? 0) + (none?.args.unsearched ?? 0)).toBe(logs);
    expect(none?.args.searched).toBe(0);
  });

  it('is not read again for a digest that lists no logs', async () => {
    const { world, witness } = deleted({ witness: { logsPerHour: 0 } });
    const store = memoryStore(world.buckets);
    const get = vi.spyOn(store, 'get');
    await attribute(world, { store });
    const reads = get.mock.calls.filter(([{ key }]) => key === digestAt(witness, 9).ref.key);
    expect(reads).toHaveLength(1);
  });

  it('is read again only where there is something to explain', async () => {
    const { world } = estate(() => []);
    const whole = memoryStore(world.buckets);
    const get = vi.spyOn(whole, 'get');
    const run = await attribute(world, { store: whole, from: START, to: at(HOURS) });
    expect(run.findings).toEqual([]);
    expect(new Set(get.mock.calls.map(([{ key }]) => key)).size).toBe(get.mock.calls.length);
  });
});

describe('an object that was changed', () => {
  const written = (name: string, ref: (chain: ForgedChain) => string, more: Partial<ForgedCall> = {}) =>
    estate((chain) => [onObject(name, ref(chain), at(9), more)]);

  it.each(['PutObject', 'CopyObject', 'CompleteMultipartUpload'])('is told with the %s', async (name) => {
    const { world, chain } = written(name, (chain) => logAt(chain, 2, 1).ref.key);
    modifyLog(world, logAt(chain, 2, 1).ref);
    expect(told(await attribute(world))).toEqual([['log-modified', name, 'object']]);
  });

  it('is told with the policy of the bucket', async () => {
    const parameters = { bucketName: BUCKET };
    const { world, chain } = written('PutBucketPolicy', () => '', { parameters });
    modifyLog(world, logAt(chain, 2, 1).ref);
    expect(told(await attribute(world))).toEqual([['log-modified', 'PutBucketPolicy', 'bucket']]);
  });

  it('is told once, however many findings there are about it, as is the time it proved', async () => {
    const { world, chain } = written('PutObject', (chain) => digestAt(chain, 2).ref.key);
    rewriteDigest(world, digestAt(chain, 2).ref, (document) => document.logFiles.pop());
    const run = await attribute(world);
    expect(ofCode(run, 'digest-link-mismatch')).toHaveLength(1);
    expect(told(run)).toEqual([
      ['digest-signature-invalid', 'PutObject', 'object'],
      ['chain-interval-lost', 'PutObject', 'object'],
    ]);
  });

  it('is told of what is broken', async () => {
    const { world, chain } = written('PutObject', (chain) => digestAt(chain, 2).ref.key);
    corruptObject(world, digestAt(chain, 2).ref, () => new Uint8Array([0x1f, 0x8b, 0]));
    expect(told(await attribute(world))[0]).toEqual(['digest-gzip-truncated', 'PutObject', 'object']);
  });

  it.each<[string, Partial<ForgedCall>]>([
    ['that CloudTrail delivered', { fields: { userIdentity: DELIVERY } }],
    ['that was copied from', { name: 'CopyObject', parameters: { bucketName: 'backup', key: 'x' } }],
  ])('is not explained by an object %s', async (_, more) => {
    const made = estate((chain) => {
      const { key } = logAt(chain, 2, 1).ref;
      const resources = [{ ARN: `arn:aws:s3:::${BUCKET}/${key}` }];
      return [onObject('PutObject', key, at(9), { ...more, fields: { resources, ...more.fields } })];
    });
    modifyLog(made.world, logAt(made.chain, 2, 1).ref);
    const run = await attribute(made.world);
    expect(told(run)).toEqual([]);
    expect(untold(run)).toEqual(['log-modified']);
  });

  it('that no digest lists is told with whoever put it there, CloudTrail too', async () => {
    for (const userIdentity of [{ type: 'IAMUser' }, DELIVERY]) {
      const key =
        'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/01/111122223333_CloudTrail_eu-west-1_20260301T0230Z_plantedplanted00.json.gz';
      const { world, chain } = estate(() => [onObject('PutObject', key, at(1), { fields: { userIdentity } })]);
      copyObject(world, logAt(chain, 2, 1).ref, { bucket: BUCKET, key });
      const run = await attribute(world, { auditUnreferenced: true });
      expect(told(run)).toEqual([['log-unreferenced', 'PutObject', 'object']]);
    }
  });
});

describe('digests that are gone', () => {
  it('are told each by itself, and the time that they proved by all of them', async () => {
    const { world, chain } = estate((chain) =>
      [2, 3].map((hour) => onObject('DeleteObject', digestAt(chain, hour).ref.key, at(8) + hour * MINUTE)),
    );
    for (const hour of [2, 3]) deleteObject(world, digestAt(chain, hour).ref);
    const run = await attribute(world);
    expect(told(run)).toEqual([
      // The link leads to the newer one alone.
      ['digest-missing', 'DeleteObject', 'object'],
      ['chain-interval-lost', 'DeleteObject', 'object'],
      ['chain-interval-lost', 'DeleteObject', 'object'],
    ]);
    const [lost] = ofCode(run, 'chain-interval-lost');
    expect(ofCode(run, 'attribution-event').at(-1)?.args).toMatchObject(lost?.args ?? {});
  });

  it.each<[string, (key: string) => string]>([
    ['of another time', (key) => key.replace('T030131Z', 'T060131Z')],
    ['of another trail', (key) => key.replace('_main_', '_other_')],
    ['that are no digests', (key) => `${key}.txt`],
  ])('are not explained by a deletion of digests %s', async (_, other) => {
    const { world, chain } = estate((chain) => [onObject('DeleteObject', other(digestAt(chain, 2).ref.key))]);
    deleteObject(world, digestAt(chain, 2).ref);
    const run = await attribute(world);
    expect(told(run)).toEqual([]);
    expect(untold(run)).toEqual(['digest-missing', 'chain-interval-lost']);
  });

  it('are not explained by a deletion before there was such a digest', async () => {
    const { world, chain } = estate((chain) => [onObject('DeleteObject', digestAt(chain, 2).ref.key, at(2.5))]);
    deleteObject(world, digestAt(chain, 2).ref);
    expect(told(await attribute(world))).toEqual([]);
  });

  it('at the end of a chain are told with who deleted them', async () => {
    const { world, chain } = estate((chain) => [onObject('DeleteObject', digestAt(chain, 5).ref.key)]);
    deleteObject(world, digestAt(chain, 5).ref);
    const run = await attribute(world, { to: at(WITNESS_HOURS) });
    expect(told(run)).toContainEqual(['chain-ends-early', 'DeleteObject', 'object']);
  });

  it('of a whole folder are told with who deleted them', async () => {
    const { world, chain } = estate((chain) => [onObject('DeleteObject', digestAt(chain, 5).ref.key)]);
    for (const { ref } of chain.digests) deleteObject(world, ref);
    putObject(world, BUCKET, 'AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/x', {
      body: new Uint8Array(),
      metadata: {},
    });
    const run = await attribute(world);
    expect(ofCode(run, 'folder-without-digests')).toHaveLength(1);
    expect(told(run)).toEqual([['folder-without-digests', 'DeleteObject', 'object']]);
  });
});

describe('a gap', () => {
  /** Hours 3 and 4 have no digests; a starting digest follows. */
  const gap = (calls: readonly ForgedCall[], options: Parameters<typeof estate>[1] = {}) => {
    const made = estate(() => calls, { ...options, trail: { hours: 3, ...options.trail } });
    forgeChain(made.world, { ...TRAIL, ...options.trail, start: at(5), hours: 3 });
    return made;
  };

  it.each(['StopLogging', 'DeleteTrail', 'UpdateTrail'])('is told with a %s that names the trail', async (name) => {
    for (const named of ['main', TRAIL_ARN]) {
      const { world, witness } = gap([onTrail(name, { name: named }, at(2.8))]);
      const run = await attribute(world);
      expect(told(run)).toEqual([['chain-gap', name, 'trail']]);
      const [found] = ofCode(run, 'chain-gap');
      expect(ofCode(run, 'attribution-event')[0]).toMatchObject({
        subject: found?.subject,
        args: { ...found?.args, log: logAt(witness, 2, 0).ref },
      });
    }
  });

  it('is told with a PutEventSelectors, and with what a call says it touched', async () => {
    const resources = [{ ARN: TRAIL_ARN, type: 'AWS::CloudTrail::Trail' }];
    const { world } = gap([
      onTrail('PutEventSelectors', { trailName: 'main' }, at(3.2)),
      onTrail('StopLogging', {}, at(3.1), { fields: { resources } }),
    ]);
    expect(told(await attribute(world))).toEqual([
      ['chain-gap', 'StopLogging', 'trail'],
      ['chain-gap', 'PutEventSelectors', 'trail'],
    ]);
  });

  it.each<[string, ForgedCall]>([
    ['another trail', onTrail('StopLogging', { name: 'witness' }, at(2.8))],
    ['a trail whose name begins alike', onTrail('StopLogging', { name: 'main-2' }, at(2.8))],
    [
      'a trail of that name in another account',
      onTrail('StopLogging', { name: 'main' }, at(2.8), { accountId: '444455556666' }),
    ],
    [
      'a trail of that name in another region',
      onTrail('StopLogging', { name: 'main' }, at(2.8), { region: 'eu-west-1' }),
    ],
    [
      'the ARN of another account',
      onTrail('StopLogging', { name: TRAIL_ARN.replace('111122223333', '444455556666') }, at(2.8)),
    ],
    [
      'the ARN of another home region',
      onTrail('StopLogging', { name: TRAIL_ARN.replace('us-east-1', 'us-east-2') }, at(2.8)),
    ],
    ['a time long before', onTrail('StopLogging', { name: 'main' }, at(0.9))],
    ['a time after', onTrail('StopLogging', { name: 'main' }, at(6.1))],
    [
      'a call that failed',
      onTrail('StopLogging', { name: 'main' }, at(2.8), { fields: { errorCode: 'TrailNotFoundException' } }),
    ],
    ['a start', onTrail('StartLogging', { name: 'main' }, at(2.8))],
    ['an object', onObject('DeleteObject', 'main', at(2.8))],
  ])('is not explained by %s', async (_, call) => {
    const { world } = gap([call]);
    const run = await attribute(world);
    expect(told(run)).toEqual([]);
    expect(untold(run)).toEqual(['chain-gap']);
  });

  it('is looked for in the home region and in its own, about that time and no other', async () => {
    const { world } = gap([], { witness: { hours: 24 } });
    forgeChain(world, { ...WITNESS, region: 'ap-south-1' });
    const run = await attribute(world, { now: at(25) });
    // Of the trail: hours 1 and 2, and the three after the gap. Of the witness: hours 1 to 12.
    const searched = 2 * (2 + 3) + 12;
    expect(ofCode(run, 'attribution-none')[0]?.args).toMatchObject({ explains: 'chain-gap', searched, unsearched: 0 });
  });

  it('of the trail of an organization is told with a call of the account that owns it', async () => {
    const organizationId = 'o-exampleorgid';
    const call = onTrail('StopLogging', { name: TRAIL_ARN.replace('111122223333', '444455556666') }, at(2.8));
    const trail = { organizationId };
    const inside = gap([{ ...call, accountId: '444455556666' }], {
      trail,
      witness: { organizationId, accountId: '444455556666' },
    });
    expect(told(await attribute(inside.world))).toEqual([['chain-gap', 'StopLogging', 'trail']]);
    const outside = gap([{ ...call, accountId: '444455556666' }], {
      trail,
      witness: { accountId: '444455556666' },
    });
    expect(told(await attribute(outside.world))).toEqual([]);
  });
});

it.each<[string, number, string[]]>([
  ['before', -3, []],
  ['when it was', 0, ['StopLogging']],
  ['after', 2, []],
])('a trail that CloudTrail says is not logging is told with who stopped it %s', async (_, later, names) => {
  const stoppedAt = at(4.2);
  const call = onTrail('StopLogging', { name: TRAIL_ARN }, stoppedAt + later * HOUR);
  const { world } = estate(() => [], {
    trail: {
      region: 'us-east-1',
      events: (hour) => (hour === Math.floor((call.time - START) / HOUR) ? [forgeCall(call)] : []),
    },
  });
  const run = await attribute(world, {
    trail: { arn: parseTrailArn(TRAIL_ARN), isMultiRegion: false },
    trailDirectory: { trailStatus: async () => ({ status: 'found', trail: { isLogging: false, stoppedAt } }) },
  });
  expect(ofCode(run, 'trail-not-logging')).toHaveLength(1);
  expect(told(run).map(([, name]) => name)).toEqual(names);
  expect(untold(run)).toEqual(names.length > 0 ? [] : ['trail-not-logging']);
});

describe('what an event says', () => {
  it('is cut where it is long, and taken as it is', async () => {
    const hostile = '\u001b[2J\u202e<script>';
    const { world, chain } = estate((chain) => [
      onObject('DeleteObject', logAt(chain, 2, 1).ref.key, at(9), {
        fields: {
          userAgent: 'x'.repeat(MAX_EVENT_TEXT - 2) + '\u{1f600}'.repeat(500_000),
          sourceIPAddress: hostile,
          userIdentity: { type: 7, arn: ['x'], principalId: { a: 1 }, invokedBy: 'some.amazonaws.com' },
        },
      }),
    ]);
    deleteObject(world, logAt(chain, 2, 1).ref);
    const [found] = ofCode(await attribute(world), 'attribution-event');
    expect(found?.args).toMatchObject({ sourceIpAddress: hostile, principalId: 'some.amazonaws.com' });
    expect(found?.args.userAgent).toBe(`${'x'.repeat(MAX_EVENT_TEXT - 2)}…`);
    expect(Object.keys(found?.args ?? {})).not.toContain('identityArn');
    expect(Object.keys(found?.args ?? {})).not.toContain('identityType');
  });
});

it('reads nothing more once nobody listens', async () => {
  const { world } = estate(() => [], { trail: { hours: 24 } });
  const store = memoryStore(world.buckets);
  const get = vi.spyOn(store, 'get');
  const hasher = storeHasher(store, nodeInflater, 1);
  const run = verifyTrails(
    { sources: [{ bucket: BUCKET, prefix: '' }], attribute: true },
    { store, inflater: nodeInflater, newSha256: nodeSha256, hasher, keys: worldKeys(world), now: NOW },
  );
  const first = await run.next();
  expect(first.done).toBe(false);
  await run.return(undefined);
  const reads = get.mock.calls.length;
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(get.mock.calls.length).toBe(reads);
});

it('attributes so many findings and says how many are left', async () => {
  const logs = FINDINGS_ATTRIBUTED + 3;
  const logsPerHour = (hour: number) => (hour === 1 ? logs : 0);
  const { world, chain } = estate(() => [], { trail: { hours: 2, logsPerHour, recordsPerLog: 1 } });
  for (const { ref } of digestAt(chain, 1).logs) deleteObject(world, ref);
  // Two findings about one digest, and one about its time.
  rewriteDigest(world, digestAt(chain, 0).ref, (document) => {
    document.newestEventTime = '2026-03-01T00:30:00Z';
  });
  const run = await attribute(world, { from: START });
  expect(ofCode(run, 'digest-link-mismatch')).toHaveLength(1);
  expect(ofCode(run, 'attribution-none')).toHaveLength(FINDINGS_ATTRIBUTED);
  expect(run.findings.at(-1)).toEqual({
    code: 'attribution-limited',
    subject: { type: 'run' },
    args: { limit: FINDINGS_ATTRIBUTED, count: 3 + 2 },
  });
});

it('says the same whatever comes first', async () => {
  const { world, chain } = estate((chain) => [
    onObject('PutBucketPolicy', '', at(7), { parameters: { bucketName: BUCKET } }),
    ...[1, 2].flatMap((hour) =>
      Array.from({ length: 8 }, (_, n) => onObject('DeleteObject', logAt(chain, hour, 1).ref.key, at(6 + (n % 5)) + n)),
    ),
  ]);
  for (const hour of [1, 2]) deleteObject(world, logAt(chain, hour, 1).ref);
  const expected = (await attribute(world)).findings;
  const patient = memoryStore(world.buckets);
  for (const delay of [(n: number) => n % 7, (n: number) => 7 - (n % 7)]) {
    let count = 0;
    const store: ObjectStore = {
      ...patient,
      get: async (ref, maxBytes) => {
        count += 1;
        for (let turn = 0; turn < delay(count) * 3; turn += 1) await Promise.resolve();
        return patient.get(ref, maxBytes);
      },
    };
    expect((await attribute(world, { store })).findings).toEqual(expected);
  }
});

const DELIVERY = { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' };

const deleteObjects = (parameters: object): ForgedCall =>
  onObject('DeleteObjects', '', at(9), { parameters: { bucketName: BUCKET, ...parameters } });

const lifecycle = (configuration: object): ForgedCall =>
  onObject('PutBucketLifecycle', '', at(9), {
    parameters: { bucketName: BUCKET, LifecycleConfiguration: configuration },
  });

/** A store that fails from the second time on that an object is read. */
function failingAt(world: World, key: string, fault: Awaited<ReturnType<ObjectStore['get']>> | Error): ObjectStore {
  const store = memoryStore(world.buckets);
  let reads = 0;
  return {
    ...store,
    get: async (ref, maxBytes) => {
      if (ref.key === key) reads += 1;
      if (ref.key !== key || reads < 2) return store.get(ref, maxBytes);
      if (fault instanceof Error) throw fault;
      return fault;
    },
  };
}
