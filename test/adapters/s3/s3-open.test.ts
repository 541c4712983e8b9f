import { describe, expect, it } from 'vitest';
import { RETRY_POLICY } from '../../../src/adapters/decorators/retry.js';
import { BodyError, type ObjectStore } from '../../../src/ports/object-store.js';
import {
  atFirst,
  BODY,
  BUCKET,
  countOf,
  LARGE,
  open,
  REF,
  useS3Harness,
  worldOfLogs,
} from '../../support/aws/s3-harness.js';
import type { Fault } from '../../support/aws/server.js';
import { putObject } from '../../support/worlds/world.js';

useS3Harness();

/** Too large for the buffers of the sockets, so that some of it arrives before what breaks it off. */
const LONG = Buffer.from('0123456789abcdef'.repeat(2 ** 17));

function worldOfLong() {
  const world = worldOfLogs();
  putObject(world, BUCKET, REF.key, { body: LONG, metadata: {} });
  return world;
}

async function read(store: ObjectStore, limit = 10_000_000): Promise<Buffer> {
  const opened = await store.open(REF, limit);
  if (opened.status !== 'found') throw new Error(opened.status);
  const pieces: Uint8Array[] = [];
  for await (const piece of opened.body) pieces.push(piece);
  return Buffer.concat(pieces);
}

const BREAKS: [string, Fault, string][] = [
  ['a reset', 'reset', 'ECONNRESET'],
  ['a body shorter than announced', 'truncate', 'ECONNRESET'],
  ['a body that stops coming', 'stall', 'TimeoutError'],
];

describe('a body that breaks off', () => {
  const settings = { idleTimeout: 200 };

  it.each(BREAKS)('by %s is gone on with, and nothing comes twice', async (_, fault) => {
    const { store, server } = await open({ fault: atFirst('GetObject', 3, fault) }, settings, worldOfLong());
    expect((await read(store)).equals(LONG)).toBe(true);
    expect(countOf(server, 'GetObject')).toBe(4);
  });

  it('more often than a call is retried comes whole as long as some of it arrives each time', async () => {
    const times = RETRY_POLICY.attempts + 3;
    const { store, server } = await open({ fault: atFirst('GetObject', times, 'truncate') }, settings, worldOfLong());
    expect((await read(store)).equals(LONG)).toBe(true);
    expect(countOf(server, 'GetObject')).toBe(times + 1);
  });

  it('for good is an error, never a short body', async () => {
    let answers = 0;
    const fault = (request: { operation: string }): Fault | undefined => {
      if (request.operation !== 'GetObject') return undefined;
      answers += 1;
      return answers === 1 ? 'truncate' : 'slow-down';
    };
    const { store } = await open({ fault }, settings, worldOfLong());
    await expect(read(store)).rejects.toMatchObject({
      name: 'BodyError',
      reason: { status: 'unavailable', refusal: { errorCode: 'SlowDown' } },
    });
    expect(answers).toBe(RETRY_POLICY.attempts);
  });

  it('and was replaced meanwhile is unavailable', async () => {
    const world = worldOfLong();
    let answers = 0;
    const fault = (request: { operation: string }): Fault | undefined => {
      if (request.operation !== 'GetObject') return undefined;
      answers += 1;
      if (answers === 1) return 'truncate';
      putObject(world, BUCKET, REF.key, { body: Buffer.alloc(LONG.length, 'x'), metadata: {} });
      return undefined;
    };
    const { store } = await open({ fault }, settings, world);
    const failure = read(store);
    await expect(failure).rejects.toBeInstanceOf(BodyError);
    await expect(failure).rejects.toMatchObject({
      reason: { status: 'unavailable', refusal: { errorCode: 'PreconditionFailed' } },
    });
  });

  it.each<[Fault, object]>([
    ['deny', { status: 'denied' }],
    ['archived', { status: 'archived' }],
  ])('and may not be read any more (%s) is an error of that kind', async (refusal, reason) => {
    let answers = 0;
    const fault = (request: { operation: string }): Fault | undefined => {
      if (request.operation !== 'GetObject') return undefined;
      answers += 1;
      return answers === 1 ? 'truncate' : refusal;
    };
    const { store } = await open({ fault }, settings, worldOfLong());
    await expect(read(store)).rejects.toMatchObject({ name: 'BodyError', reason });
  });
});

describe('opening', () => {
  it('is retried', async () => {
    const { store, server } = await open({ fault: atFirst('GetObject', 2, 'slow-down') });
    expect((await read(store, LARGE)).equals(BODY)).toBe(true);
    expect(countOf(server, 'GetObject')).toBe(3);
  });

  it('that does not succeed is unavailable', async () => {
    const { store } = await open({ fault: atFirst('GetObject', 100, 'error-500') });
    expect(await store.open(REF, LARGE)).toMatchObject({
      status: 'unavailable',
      refusal: { errorCode: 'InternalError' },
    });
  });

  it('an object too large leaves nothing open', async () => {
    const { store } = await open({});
    for (let index = 0; index < 20; index += 1) {
      expect(await store.open(REF, BODY.length - 1)).toMatchObject({ status: 'too-large', measure: 'stored' });
    }
    expect((await read(store, BODY.length)).equals(BODY)).toBe(true);
  });
});
