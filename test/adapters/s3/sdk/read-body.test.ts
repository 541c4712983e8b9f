import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { getLean } from '../../../../src/adapters/s3/direct/http-get.js';
import { readBody } from '../../../../src/adapters/s3/sdk/read-body.js';

const CALL = { service: 'S3', operation: 'GetObject' };
const bodyOf = (...chunks: string[]): Readable => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

describe('a body', () => {
  it('is joined from what arrives', async () => {
    expect(await readBody(CALL, bodyOf('abc', 'de', ''), 5, 5)).toEqual(Buffer.from('abcde'));
    expect(await readBody(CALL, bodyOf(), 0, 5)).toEqual(Buffer.alloc(0));
  });

  it.each([4, 6])('of another length than announced (%i) is cut short', async (length) => {
    await expect(readBody(CALL, bodyOf('abc', 'de'), length, 10)).rejects.toMatchObject({
      name: 'ServiceError',
      errorCode: 'TruncatedBody',
      httpStatus: 200,
    });
  });

  it('without an announced length is whole when its end comes, and read up to the limit', async () => {
    expect(await readBody(CALL, bodyOf('abc', 'de'), undefined, 5)).toEqual(Buffer.from('abcde'));
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(1000);
      })(),
    );
    const tooLarge = { status: 'too-large', measure: 'stored', limit: 5000 };
    expect(await readBody(CALL, endless, undefined, 5000)).toEqual(tooLarge);
    expect(endless.destroyed).toBe(true);
  });

  it('too large is not read', async () => {
    const body = bodyOf('abc');
    expect(await readBody(CALL, body, 3, 2)).toEqual({ status: 'too-large', measure: 'stored', limit: 2 });
    expect(body.destroyed).toBe(true);
    expect(body.readableDidRead).toBe(false);
  });
});

describe('a body that dribbles', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Pieces of so many bytes, each ten seconds after the one before. */
  async function* dribble(size: number, pieces: number): AsyncGenerator<Buffer> {
    for (let piece = 0; piece < pieces; piece += 1) {
      vi.advanceTimersByTime(10_000);
      yield Buffer.alloc(size);
    }
  }

  /** Answers as undici does, with what comes until it is told to leave off. */
  const poolOf = (pieces: AsyncIterable<Buffer>, length: number): Dispatcher => {
    const dispatch: Dispatcher['dispatch'] = (_options, handler) => {
      let isAborted = false;
      const controller = {
        abort: () => {
          isAborted = true;
        },
      } as unknown as Dispatcher.DispatchController;
      const run = async () => {
        vi.advanceTimersByTime(100_000);
        handler.onResponseStart?.(controller, 200, { 'content-length': String(length) }, 'OK');
        for await (const piece of pieces) {
          if (isAborted) return;
          handler.onResponseData?.(controller, piece);
        }
        handler.onResponseEnd?.(controller, {});
      };
      void run();
      return true;
    };
    return { dispatch } as Dispatcher;
  };

  const WAYS: Record<string, (size: number, pieces: number) => Promise<number>> = {
    sdk: async (size, pieces) => {
      const body = await readBody(CALL, Readable.from(dribble(size, pieces)), size * pieces, 1_000_000);
      return body instanceof Uint8Array ? body.length : Number.NaN;
    },
    lean: async (size, pieces) => {
      const request = { origin: 'http://127.0.0.1', path: '/key', headers: {} };
      const { body } = await getLean(poolOf(dribble(size, pieces), size * pieces), CALL, request, 1_000_000);
      return body?.length ?? Number.NaN;
    },
  };

  it.each(Object.keys(WAYS))('is given up as a passing fault, %s', async (way) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    await expect(WAYS[way]?.(1, 20)).rejects.toMatchObject({ errorCode: 'SlowBody', httpStatus: 200 });
  });

  it.each(Object.keys(WAYS))('is read to its end where it ends in time, or brings enough, %s', async (way) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    expect(await WAYS[way]?.(1, 6)).toBe(6);
    expect(await WAYS[way]?.(20_480, 20)).toBe(409_600);
  });
});
