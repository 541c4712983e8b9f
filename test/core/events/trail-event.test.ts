import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_EVENT_TEXT, parseTrailEvents } from '../../../src/core/events/trail-event.js';
import { forgeCall } from '../../support/forge/forge-log.js';

const TIME = Date.parse('2026-03-01T00:00:00Z');
const read = (...records: readonly unknown[]) =>
  parseTrailEvents(new TextEncoder().encode(JSON.stringify({ Records: records })));

const STOP = { source: 'cloudtrail', name: 'StopLogging', time: TIME, parameters: { name: 'main' } };

describe('parseTrailEvents', () => {
  it('gives what is needed of a call', () => {
    expect(read(forgeCall(STOP))).toEqual([
      {
        eventId: `StopLogging-${TIME}`,
        eventName: 'StopLogging',
        eventTime: TIME,
        region: 'us-east-1',
        accountId: '111122223333',
        isRefused: false,
        isDelivery: false,
        actor: {
          identityType: 'IAMUser',
          identityArn: 'arn:aws:iam::111122223333:user/eve',
          principalId: 'AIDACKCEVSQ6C2EXAMPLE',
          sourceIpAddress: '203.0.113.7',
          userAgent: 'aws-cli/2.27.1',
        },
        target: { type: 'trail', names: ['main'], endsDigests: true },
      },
    ]);
  });

  it('takes the account of the caller where the one concerned is not named', () => {
    const fields = { recipientAccountId: undefined };
    expect(read(forgeCall({ ...STOP, accountId: '444455556666', fields }))).toMatchObject([
      { accountId: '444455556666' },
    ]);
  });

  it('takes for a delivery what CloudTrail itself did, not what it did for somebody', () => {
    const invokedBy = 'cloudtrail.amazonaws.com';
    const by = (userIdentity: object) => read(forgeCall({ ...STOP, fields: { userIdentity } }))?.[0]?.isDelivery;
    expect(by({ type: 'AWSService', invokedBy })).toBe(true);
    expect(by({ type: 'AssumedRole', invokedBy })).toBe(false);
    expect(by({ type: 'AWSService', invokedBy: 'config.amazonaws.com' })).toBe(false);
  });

  it('passes over what can explain nothing', () => {
    expect(read({}, forgeCall({ ...STOP, source: 'ec2' }), forgeCall({ ...STOP, name: 'StartLogging' }))).toEqual([]);
  });

  it('is not misled by names that every object has', () => {
    const bytes = new TextEncoder().encode('{"__proto__":{"Records":[]}}');
    expect(parseTrailEvents(bytes)).toBeUndefined();
  });

  const awkward = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom('main', '', 'arn:aws:s3:::b/k'));
  const parameters = fc.dictionary(
    fc.constantFrom('name', 'bucketName', 'key', 'delete', 'Delete', 'LifecycleConfiguration', 'Rule', 'object'),
    fc.oneof(awkward, fc.dictionary(fc.constantFrom('object', 'Rule', 'Filter', 'Prefix', 'key'), awkward)),
  );

  it('never throws, whatever stands in a record, and never gives more than it may', () => {
    const call = fc.record({
      name: fc.constantFrom('StopLogging', 'DeleteObjects', 'PutObject', 'PutBucketLifecycle', 'PutBucketPolicy'),
      source: fc.constantFrom('cloudtrail', 's3'),
      parameters: parameters,
      fields: fc.dictionary(
        fc.constantFrom('userIdentity', 'resources', 'userAgent', 'sourceIPAddress', 'eventID', 'errorCode'),
        fc.oneof(awkward, fc.string({ minLength: 200, maxLength: 600, unit: 'grapheme' })),
      ),
    });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 5 }), (calls) => {
        const events = read(...calls.map((each) => forgeCall({ ...each, time: TIME })));
        for (const { actor, eventId } of events ?? []) {
          for (const text of [eventId, ...Object.values(actor)]) {
            expect(text.length).toBeLessThanOrEqual(MAX_EVENT_TEXT);
            expect(text).not.toBe('');
          }
        }
      }),
    );
  });

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(parseTrailEvents(bytes)).toBeUndefined();
      }),
    );
  });
});
