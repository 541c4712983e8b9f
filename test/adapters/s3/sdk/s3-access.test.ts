import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { toS3Error } from '../../../../src/adapters/s3/errors/sdk-error.js';
import { describeAccess } from '../../../../src/adapters/s3/sdk/s3-access.js';
import type { S3Clients } from '../../../../src/adapters/s3/sdk/s3-clients.js';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

/** What is found out of a bucket with a client so configured. Nothing is ever sent. */
async function accessOf(bucket: string, config: S3ClientConfig = {}) {
  const requestHandler = {
    handle: async () => {
      throw new Error('a request was sent');
    },
  };
  // The SDK writes into the credentials it is given.
  const client = new S3Client({ region: 'eu-central-1', credentials: { ...CREDENTIALS }, requestHandler, ...config });
  const clients: S3Clients = {
    forBucket: async () => ({
      client,
      region: 'eu-central-1',
      isAws: true,
      call: (operation) => ({ service: 'S3 in eu-central-1', operation }),
    }),
    relocate: () => {},
    close: () => {},
  };
  return describeAccess(clients, bucket);
}

describe('how a bucket is reached', () => {
  it.each<[string, string, S3ClientConfig, string, string]>([
    ['by a host of its own', 'logs', {}, 'https://logs.s3.eu-central-1.amazonaws.com', '/'],
    ['by path, with dots in its name', 'my.logs', {}, 'https://s3.eu-central-1.amazonaws.com', '/my.logs/'],
    ['with FIPS', 'logs', { useFipsEndpoint: true }, 'https://logs.s3-fips.eu-central-1.amazonaws.com', '/'],
    ['over IPv6', 'logs', { useDualstackEndpoint: true }, 'https://logs.s3.dualstack.eu-central-1.amazonaws.com', '/'],
    ['in China', 'logs', { region: 'cn-north-1' }, 'https://logs.s3.cn-north-1.amazonaws.com.cn', '/'],
    ['at an endpoint', 'logs', { endpoint: 'http://127.0.0.1:9000' }, 'http://127.0.0.1:9000', '/logs/'],
    [
      'at an endpoint below a path',
      'logs',
      { endpoint: 'https://store.example/s3/', forcePathStyle: true },
      'https://store.example',
      '/s3/logs/',
    ],
  ])('%s', async (_, bucket, config, origin, basePath) => {
    expect(await accessOf(bucket, config)).toEqual({
      origin,
      basePath,
      region: 'eu-central-1',
      credentials: CREDENTIALS,
    });
  });

  it('is not told of what is signed otherwise', async () => {
    expect(await accessOf('logs--use1-az4--x-s3')).toBeUndefined();
  });

  it('is not asked of what is no bucket', async () => {
    await expect(accessOf('evil.example/x')).rejects.toMatchObject({ errorCode: 'InvalidBucketName', httpStatus: 400 });
  });

  it('tells the token and the end of credentials that have one', async () => {
    const expiration = new Date('2026-03-01T12:00:00Z');
    const credentials = async () => ({ ...CREDENTIALS, sessionToken: 'token', expiration });
    expect((await accessOf('logs', { credentials }))?.credentials).toEqual({
      ...CREDENTIALS,
      sessionToken: 'token',
      expiration: expiration.getTime(),
    });
  });

  it('can be passed to another thread', async () => {
    const access = await accessOf('logs');
    expect(structuredClone(access)).toEqual(access);
  });
});

it('a bucket of whose name the SDK can make no host has a name that is refused', () => {
  const error = Object.assign(new Error('Unrecognized S3Express bucket name format.'), { name: 'EndpointError' });
  expect(toS3Error({ service: 'S3', operation: 'GetObject' }, error)).toMatchObject({
    errorCode: 'InvalidBucketName',
    httpStatus: 400,
    message: 'Unrecognized S3Express bucket name format.',
  });
});
