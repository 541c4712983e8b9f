import { describe, expect, it } from 'vitest';
import { KeyRing } from '../../../src/app/keys/key-ring.js';
import { DAY, HOUR, type Interval } from '../../../src/core/time/instant.js';
import type { KeyAnswer, KeySource, PublicKeyRecord } from '../../../src/ports/key-source.js';
import { KEY_A, KEY_B } from '../../support/forge/throwaway-keys.js';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const MARCH = Date.parse('2026-03-01T00:00:00Z');
const A: PublicKeyRecord = {
  fingerprint: KEY_A.fingerprint,
  der: KEY_A.pkcs1,
  validity: { start: MARCH - DAY, end: MARCH + 29 * DAY },
};

/** Hands out the same keys to every question and notes the questions. */
class Source implements KeySource {
  readonly description = 'test';
  readonly asked: { readonly region: string; readonly during: Interval }[] = [];
  readonly #answer: KeyAnswer;

  constructor(...keys: PublicKeyRecord[]) {
    this.#answer = { status: 'found', keys };
  }

  async keysFor(region: string, during: Interval): Promise<KeyAnswer> {
    this.asked.push({ region, during });
    return this.#answer;
  }
}

const find = (keys: PublicKeyRecord[], region = 'us-east-1', at = MARCH) =>
  new KeyRing(new Source(...keys), NOW).find(KEY_A.fingerprint, region, at);

describe('a key', () => {
  it('is found by its fingerprint, with its validity', async () => {
    expect(await find([A])).toMatchObject({
      status: 'found',
      key: { fingerprint: KEY_A.fingerprint, modulusBits: 2048 },
      validity: A.validity,
    });
  });

  it('is found whatever the case of its fingerprint', async () => {
    expect(await find([{ ...A, fingerprint: A.fingerprint.toUpperCase() }])).toMatchObject({ status: 'found' });
  });

  it('is unknown when it is not handed out', async () => {
    expect(await find([])).toEqual({ status: 'unknown' });
    expect(await find([{ fingerprint: KEY_B.fingerprint, der: KEY_B.pkcs1 }])).toEqual({ status: 'unknown' });
  });

  it("is unknown when it is known to be another region's", async () => {
    expect(await find([{ ...A, region: 'eu-west-1' }])).toEqual({ status: 'unknown' });
    expect(await find([{ ...A, region: 'us-east-1' }])).toMatchObject({ status: 'found' });
  });

  it.each([
    ['another key', KEY_B.pkcs1, 'fingerprint-mismatch'],
    ['nothing', new Uint8Array(), 'fingerprint-mismatch'],
  ])('that is %s is unsuitable', async (_, der, reason) => {
    expect(await find([{ ...A, der }])).toEqual({ status: 'unsuitable', reason });
  });

  it('is found though something else is handed out under its name, before or after it', async () => {
    const fake = { ...A, der: KEY_B.pkcs1 };
    expect(await find([fake, A])).toMatchObject({ status: 'found' });
    expect(await find([A, fake])).toMatchObject({ status: 'found' });
    expect(await find([fake, { ...A, validity: { start: 0, end: 1 } }])).toMatchObject({ status: 'found' });
  });

  it('that is handed out several times has the validity of the time it is asked for', async () => {
    const later = { start: MARCH + 100 * DAY, end: MARCH + 130 * DAY };
    const keys = [{ ...A, validity: later }, A, { fingerprint: A.fingerprint, der: A.der }];
    expect(await find(keys)).toMatchObject({ validity: A.validity });
    expect(await find(keys, 'us-east-1', later.start)).toMatchObject({ validity: later });
    expect(await find(keys, 'us-east-1', 0)).toMatchObject({ validity: later });
  });
});

describe('the source', () => {
  it('is asked once for a region and a month, however many digests need it at once', async () => {
    const source = new Source(A);
    const ring = new KeyRing(source, NOW);
    const days = Array.from({ length: 60 }, (_, day) => MARCH + day * DAY);
    for (let turn = 0; turn < 2; turn += 1) {
      await Promise.all(
        days.flatMap((at) => ['us-east-1', 'eu-west-1'].map((region) => ring.find(A.fingerprint, region, at))),
      );
    }
    const inOne = source.asked.filter(({ region }) => region === 'us-east-1').map(({ during }) => during);
    expect(source.asked).toHaveLength(2 * inOne.length);
    expect(inOne.length).toBeLessThanOrEqual(3);
    for (const at of days) expect(inOne.some(({ start, end }) => start <= at && at + 2 * HOUR <= end)).toBe(true);
  });

  it('is not asked for the time to come', async () => {
    const source = new Source(A);
    await new KeyRing(source, NOW).find(A.fingerprint, 'us-east-1', NOW - HOUR);
    expect(source.asked[0]?.during.end).toBeLessThanOrEqual(NOW + 2 * HOUR);
    expect(source.asked[0]?.during.start).toBeLessThan(NOW - HOUR);
  });

  it('that refuses makes keys unavailable, in its own words', async () => {
    const refusal = { errorCode: 'AccessDenied', message: 'no' };
    const source = { description: '', keysFor: async () => ({ status: 'unavailable' as const, refusal }) };
    const ring = new KeyRing(source, NOW);
    expect(await ring.find(A.fingerprint, 'us-east-1', MARCH)).toEqual({ status: 'unavailable', refusal });
    expect(ring.used).toEqual([]);
    expect(await ring.check()).toEqual([]);
  });

  it('that breaks lets its error through', async () => {
    const error = new Error('broken');
    const source = { description: '', keysFor: () => Promise.reject(error) };
    await expect(new KeyRing(source, NOW).find(A.fingerprint, 'us-east-1', MARCH)).rejects.toBe(error);
  });
});

describe('a run', () => {
  it('tells which keys it used, once each, in order', async () => {
    const ring = new KeyRing(new Source(A, { fingerprint: KEY_B.fingerprint, der: KEY_B.pkcs1 }), NOW);
    for (const region of ['us-east-1', 'eu-west-1', 'us-east-1']) await ring.find(A.fingerprint, region, MARCH);
    expect(ring.used).toEqual([
      { fingerprint: A.fingerprint, region: 'eu-west-1' },
      { fingerprint: A.fingerprint, region: 'us-east-1' },
    ]);
  });

  it('tells what is wrong with keys that it did not even need', async () => {
    const ring = new KeyRing(new Source(A, { fingerprint: KEY_B.fingerprint, der: KEY_A.pkcs1 }), NOW);
    await ring.find(A.fingerprint, 'us-east-1', MARCH);
    await ring.find(A.fingerprint, 'eu-west-1', MARCH);
    expect(await ring.check()).toEqual([
      {
        code: 'public-key-fingerprint-mismatch',
        subject: { type: 'public-key', fingerprint: KEY_B.fingerprint },
        args: { expected: KEY_B.fingerprint, actual: KEY_A.fingerprint },
      },
    ]);
  });
});
