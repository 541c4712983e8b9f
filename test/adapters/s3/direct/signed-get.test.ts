import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { retryingStore } from '../../../../src/adapters/decorators/retrying-store.js';
import { leanOnlyStore, leanStore, UnusualAnswerError } from '../../../../src/adapters/s3/direct/direct-store.js';
import { type LeanGet, leanGet, UNUSUAL } from '../../../../src/adapters/s3/direct/signed-get.js';
import { openS3Store } from '../../../../src/adapters/s3/s3-store.js';
import type { S3Access, S3Credentials } from '../../../../src/adapters/s3/sdk/s3-access.js';
import { identifyByName } from '../../../../src/core/objects/object-ref.js';
import { MINUTE } from '../../../../src/core/time/instant.js';
import { ServiceError } from '../../../../src/ports/service-error.js';
import { setThrowawayCredentials } from '../../../support/aws/aws-environment.js';
import { retryAtOnce } from '../../../support/aws/s3-over-server.js';

const NOW = Date.parse('2026-03-01T23:59:30Z');
const BUCKET = 'acme-trail-logs';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const CREDENTIALS: S3Credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET };
const LARGE = 1_000_000;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  vi.unstubAllEnvs();
});

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that does as it is told, and notes what it was asked. */
async function serve(handle: Handle): Promise<{ origin: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const answerAll =
  (body: string, headers: Record<string, string> = {}): Handle =>
  (_, response) => {
    response.writeHead(200, { 'content-length': Buffer.byteLength(body), etag: '"e"', ...headers });
    response.end(body);
  };

const accessTo = (origin: string, changes: Partial<S3Access> = {}): S3Access => ({
  origin,
  basePath: `/${BUCKET}/`,
  region: 'eu-central-1',
  credentials: CREDENTIALS,
  ...changes,
});

function open(describe: () => Promise<S3Access | undefined>, now = () => NOW): LeanGet {
  const lean = leanGet(describe, now, 500);
  closing.push(() => lean.close());
  return lean;
}

const get = (lean: LeanGet, key = 'k', maxBytes = LARGE) => lean.get({ bucket: BUCKET, key }, maxBytes);

/** The Authorization header of a request without a body, by the rules that AWS publishes for Signature Version 4. */
function authorizationOf(request: IncomingMessage, region: string): string {
  const { headers } = request;
  const header = (name: string) => String(headers[name]).trim().replace(/ +/g, ' ');
  const given = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1] ?? '';
  const names = given.split(';');
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const canonical = [
    request.method,
    path
      .split('/')
      .map((part) => rfc3986(decodeURIComponent(part)))
      .join('/'),
    query,
    ...names.map((name) => `${name}:${header(name)}`),
    '',
    given,
    header('x-amz-content-sha256'),
  ].join('\n');
  const date = header('x-amz-date');
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const sha256 = createHash('sha256').update(canonical).digest('hex');
  let key: Buffer = Buffer.from(`AWS4${SECRET}`);
  for (const step of scope.split('/')) key = createHmac('sha256', key).update(step).digest();
  const signature = createHmac('sha256', key)
    .update(['AWS4-HMAC-SHA256', date, scope, sha256].join('\n'))
    .digest('hex');
  return `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${given}, Signature=${signature}`;
}

/** Everything but A-Z a-z 0-9 - . _ ~ by its UTF-8 bytes. */
const rfc3986 = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[A-Za-z0-9\-._~]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

describe('a signature', () => {
  const KEYS = [
    'plain',
    'with space',
    '+%2F',
    "it's (1)!*",
    '&<>"=:@,;$~#?x=1',
    'ä/日本/\u{1f600}',
    'a\\b',
    'tab\tnl\n',
  ];

  it.each(KEYS)('of the key %j is what the rules say', async (key) => {
    const { origin, asked } = await serve(answerAll('1'));
    expect(
      await get(
        open(async () => accessTo(origin)),
        `a/${key}`,
      ),
    ).toMatchObject({ status: 'found' });
    const [request] = asked;
    if (!request) throw new Error('nothing was asked');
    expect(decodeURIComponent(request.url ?? '')).toBe(`/${BUCKET}/a/${key}`);
    expect(request.headers).toMatchObject({
      host: new URL(origin).host,
      'x-amz-date': '20260301T235930Z',
      'x-amz-content-sha256': createHash('sha256').digest('hex'),
      authorization: authorizationOf(request, 'eu-central-1'),
    });
    expect(request.headers.authorization).toContain('SignedHeaders=host;x-amz-content-sha256;x-amz-date,');
  });

  it('covers the session token', async () => {
    const { origin, asked } = await serve(answerAll('1'));
    const credentials = { ...CREDENTIALS, sessionToken: 'FwoGZXIvYXdzEXAMPLE==' };
    await get(open(async () => accessTo(origin, { credentials })));
    const [request] = asked;
    expect(request?.headers['x-amz-security-token']).toBe('FwoGZXIvYXdzEXAMPLE==');
    expect(request?.headers.authorization).toContain(';x-amz-security-token,');
    expect(request?.headers.authorization).toBe(request && authorizationOf(request, 'eu-central-1'));
  });

  it('is of the day that it is made on', async () => {
    const { origin, asked } = await serve(answerAll('1'));
    let now = NOW;
    const lean = open(
      async () => accessTo(origin),
      () => now,
    );
    await get(lean);
    now += MINUTE;
    await get(lean);
    expect(asked.map(({ headers }) => headers['x-amz-date'])).toEqual(['20260301T235930Z', '20260302T000030Z']);
    for (const request of asked) expect(request.headers.authorization).toBe(authorizationOf(request, 'eu-central-1'));
  });

  it('keeps to the rules that those of the SDK keep to', async () => {
    setThrowawayCredentials();
    vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
    const location =
      '<?xml version="1.0"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-central-1</LocationConstraint>';
    const { origin, asked } = await serve((request, response) =>
      answerAll(request.url?.includes('location') ? location : '1')(request, response),
    );
    const sdk = openS3Store({ region: 'eu-central-1', endpointUrl: origin });
    closing.push(async () => sdk.close());
    expect(await sdk.get({ bucket: BUCKET, key: 'a/ä +%' }, LARGE)).toMatchObject({ status: 'found' });
    const theirs = asked.at(-1);
    if (!theirs) throw new Error('nothing was asked');
    const date = String(theirs.headers['x-amz-date']).replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5');
    // Theirs keeps to the same rules, so that ours is what the SDK would have sent.
    expect(theirs.headers.authorization).toBe(authorizationOf(theirs, 'eu-central-1'));
    const then = Date.parse(date);
    await get(
      open(
        async () => accessTo(origin),
        () => then,
      ),
      'a/ä +%',
    );
    const ours = asked.at(-1);
    expect(ours?.url).toBe(theirs.url?.split('?')[0]);
    expect(ours?.headers['x-amz-date']).toBe(theirs.headers['x-amz-date']);
    expect(ours?.headers.authorization).toBe(ours && authorizationOf(ours, 'eu-central-1'));
  });
});

describe('an answer', () => {
  const answerTo = async (handle: Handle, maxBytes = LARGE, key = 'a/k') => {
    const { origin, asked } = await serve(handle);
    return {
      answer: await get(
        open(async () => accessTo(origin)),
        key,
        maxBytes,
      ),
      asked,
    };
  };

  it('gives the bytes as they are on the wire, and the metadata', async () => {
    const headers = {
      'content-encoding': 'gzip',
      'content-type': 'application/json',
      etag: '"x"',
      'x-amz-meta-signature': '00ff',
      'X-Amz-Meta-Signature-Algorithm': 'SHA256withRSA',
      'x-amz-meta-__proto__': 'own',
    };
    const { answer } = await answerTo(answerAll('\u001f\u008b not gzip', headers));
    const metadata = Object.fromEntries([
      ['signature', '00ff'],
      ['signature-algorithm', 'SHA256withRSA'],
      ['__proto__', 'own'],
    ]);
    expect(answer).toMatchObject({ status: 'found', metadata });
    expect(answer !== UNUSUAL && answer.status === 'found' && Buffer.from(answer.body).toString()).toBe(
      '\u001f\u008b not gzip',
    );
  });

  it.each([201, 203, 206, 301, 304, 307, 400, 403, 404, 412, 416])('of status %i is for the SDK', async (status) => {
    const { answer } = await answerTo((_, response) => {
      response.writeHead(status, status === 304 ? {} : { 'content-length': 2 });
      response.end(status === 304 ? undefined : 'ab');
    });
    expect(answer).toBe(UNUSUAL);
  });

  it.each([429, 500, 502, 503, 504])('of status %i is thrown with what it says', async (status) => {
    const answer = answerTo((_, response) => {
      response.writeHead(status);
      response.write('<Error><Code>SlowDown</Code>');
      response.end('<Message>Please reduce your request rate.</Message></Error>');
    });
    await expect(answer).rejects.toBeInstanceOf(ServiceError);
    await expect(answer).rejects.toMatchObject({
      errorCode: 'SlowDown',
      httpStatus: status,
      message: 'Please reduce your request rate.',
      call: { operation: 'GetObject', service: expect.stringMatching(/^S3 at http:\/\/127\.0\.0\.1:\d+$/) },
    });
  });

  it.each([
    ['nothing', ''],
    ['a page', '<html><body>Bad gateway</body></html>'],
    ['no end of bytes', 'x'.repeat(200_000)],
  ])('that is an error and says %s is told by its status', async (_, body) => {
    const answer = answerTo((_request, response) => {
      response.writeHead(502, { 'content-length': body.length });
      response.end(body);
    });
    await expect(answer).rejects.toMatchObject({ errorCode: '502', httpStatus: 502, message: 'HTTP status 502' });
  });

  it('larger than the limit is not read, and leaves no connection in use', async () => {
    let isCut = false;
    const { answer } = await answerTo((_, response) => {
      response.once('close', () => {
        isCut = !response.writableFinished;
      });
      response.writeHead(200, { 'content-length': 50_000_000, etag: '"e"' });
      response.write(Buffer.alloc(10_000));
    }, 49_999_999);
    expect(answer).toEqual({ status: 'too-large', measure: 'stored', limit: 49_999_999 });
    await vi.waitUntil(() => isCut);
  });

  it.each(['', '.', '..', 'a/../b', 'a/./b', 'a//b', '/a', 'a/', 'a/..', 'a\ud800b'])(
    'to the key %j is not asked for',
    async (key) => {
      const { answer, asked } = await answerTo(answerAll('1'), LARGE, key);
      expect(answer).toBe(UNUSUAL);
      expect(asked).toEqual([]);
    },
  );
});

describe('how a bucket is reached', () => {
  it('is found out once, also by many at once', async () => {
    const { origin, asked } = await serve(answerAll('1'));
    const find = vi.fn(async () => accessTo(origin));
    const lean = open(find);
    await Promise.all(Array.from({ length: 20 }, (_, index) => get(lean, `k${index}`)));
    await get(lean);
    expect(find.mock.calls).toEqual([[BUCKET]]);
    expect(asked).toHaveLength(21);
  });

  it('is left to the SDK where a plain request does not do', async () => {
    expect(await get(open(async () => undefined))).toBe(UNUSUAL);
  });

  it('is asked for again after a failure', async () => {
    const { origin } = await serve(answerAll('1'));
    const find = vi.fn(async () => accessTo(origin)).mockRejectedValueOnce(new Error('not now'));
    const lean = open(find);
    await expect(Promise.all([get(lean), get(lean)])).rejects.toThrow('not now');
    expect(await get(lean)).toMatchObject({ status: 'found' });
    expect(find).toHaveBeenCalledTimes(2);
  });

  it('is asked for again where S3 says that the bucket lies elsewhere', async () => {
    const { origin, asked } = await serve((request, response) => {
      const isRight = request.headers.authorization?.includes('/eu-west-3/') === true;
      response.writeHead(isRight ? 200 : 301, { 'content-length': 1, 'x-amz-bucket-region': 'eu-west-3' });
      response.end('1');
    });
    const regions = ['us-east-1', 'eu-west-3'];
    const lean = open(async () => accessTo(origin, { region: regions.shift() ?? 'asked too often' }));
    expect(await get(lean)).toBe(UNUSUAL);
    expect(await get(lean)).toMatchObject({ status: 'found' });
    expect(await get(lean)).toMatchObject({ status: 'found' });
    expect(asked).toHaveLength(3);
  });
});

describe('credentials that end', () => {
  /** Gives out ones that hold for so long from when they are asked for; `now` goes on by hand. */
  async function openWith(validity: number) {
    const { origin, asked } = await serve(answerAll('1'));
    const clock = { now: NOW };
    let issued = 0;
    const lean = open(
      async () => {
        issued += 1;
        const accessKeyId = `AKID${issued}`;
        const sessionToken = `token-${issued}`;
        const expiration = clock.now + validity;
        return accessTo(origin, { credentials: { ...CREDENTIALS, accessKeyId, sessionToken, expiration } });
      },
      () => clock.now,
    );
    const seen = () =>
      asked.map(({ headers }) => [
        /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1],
        headers['x-amz-security-token'],
      ]);
    return { lean, clock, seen };
  }

  it('are asked for again before they do, once for all', async () => {
    const { lean, clock, seen } = await openWith(60 * MINUTE);
    await get(lean);
    clock.now += 55 * MINUTE - 1;
    await get(lean);
    clock.now += 1;
    await Promise.all([get(lean), get(lean), get(lean)]);
    const [first, second] = [
      ['AKID1', 'token-1'],
      ['AKID2', 'token-2'],
    ];
    // Key and token always belong together.
    expect(seen()).toEqual([first, first, second, second, second]);
  });

  it('and are all soon to end are asked for again now and then, and never used beyond their end', async () => {
    const { lean, clock, seen } = await openWith(3 * MINUTE);
    for (let second = 0; second < 25; second += 1) {
      await get(lean);
      clock.now += 1_000;
    }
    const used = seen().map(([accessKeyId]) => accessKeyId);
    expect(used).toEqual([
      ...Array.from({ length: 10 }, () => 'AKID1'),
      ...Array.from({ length: 10 }, () => 'AKID2'),
      ...Array.from({ length: 5 }, () => 'AKID3'),
    ]);
  });

  it('within seconds are never used beyond their end', async () => {
    const { lean, clock, seen } = await openWith(2_000);
    for (let step = 0; step < 3; step += 1) {
      await get(lean);
      clock.now += 2_000;
    }
    expect(seen().map(([accessKeyId]) => accessKeyId)).toEqual(['AKID1', 'AKID2', 'AKID3']);
  });
});

describe('closing', () => {
  it('ends what is under way, which is not tried again', async () => {
    const { origin, asked } = await serve(() => {});
    const lean = leanGet(
      async () => accessTo(origin),
      () => NOW,
    );
    const waited: number[] = [];
    const getting = retryingStore(leanOnlyStore(lean), retryAtOnce({}, waited)).get(
      { bucket: BUCKET, key: 'k' },
      LARGE,
    );
    const ended = expect(getting).rejects.toMatchObject({ code: 'UND_ERR_DESTROYED' });
    await vi.waitUntil(() => asked.length === 1);
    await lean.close();
    await ended;
    expect(waited).toEqual([]);
  });
});

describe('a store that gets objects the lean way', () => {
  const sdkStore = () => {
    const found = { status: 'found', body: Buffer.from('sdk'), metadata: {} } as const;
    return {
      knowsBuckets: () => true,
      identify: identifyByName,
      get: vi.fn(async () => found),
      open: vi.fn(async () => ({ status: 'not-found' }) as const),
      list: vi.fn(async function* () {}),
      listFolders: vi.fn(async () => ['a']),
    };
  };

  it('asks the SDK for what is unusual, and for nothing else', async () => {
    const { origin } = await serve(({ url }, response) => {
      response.writeHead(url?.endsWith('/odd') ? 404 : 200, { 'content-length': 4, etag: '"e"' });
      response.end('lean');
    });
    const sdk = sdkStore();
    const store = leanStore(
      sdk,
      open(async () => accessTo(origin)),
    );
    const plain = await store.get({ bucket: BUCKET, key: 'plain' }, LARGE);
    expect(plain.status === 'found' && Buffer.from(plain.body).toString()).toBe('lean');
    expect(sdk.get).not.toHaveBeenCalled();
    const odd = await store.get({ bucket: BUCKET, key: 'odd' }, 77);
    expect(odd.status === 'found' && Buffer.from(odd.body).toString()).toBe('sdk');
    expect(sdk.get.mock.calls).toEqual([[{ bucket: BUCKET, key: 'odd' }, 77]]);
    expect(await store.listFolders(BUCKET, '')).toEqual(['a']);
    expect(await store.open({ bucket: BUCKET, key: 'plain' }, 1)).toEqual({ status: 'not-found' });
  });

  it('and has no SDK says so of whatever takes one', async () => {
    const store = leanOnlyStore(open(async () => undefined));
    await expect(store.get({ bucket: BUCKET, key: 'k' }, LARGE)).rejects.toBeInstanceOf(UnusualAnswerError);
    await expect(store.open({ bucket: BUCKET, key: 'k' }, LARGE)).rejects.toBeInstanceOf(UnusualAnswerError);
    await expect(store.listFolders(BUCKET, '')).rejects.toBeInstanceOf(UnusualAnswerError);
    expect(() => store.list({ bucket: BUCKET, prefix: '' })).toThrow(UnusualAnswerError);
  });
});
