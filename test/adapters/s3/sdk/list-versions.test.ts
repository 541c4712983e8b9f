import { beforeAll, describe, expect, it } from 'vitest';
import { retryingVersions } from '../../../../src/adapters/decorators/retrying-versions.js';
import { openS3Store } from '../../../../src/adapters/s3/s3-store.js';
import { ListingError } from '../../../../src/ports/object-store.js';
import { describeVersionedObjects, type OpenVersions } from '../../../contracts/versioned-objects.js';
import { setThrowawayCredentials } from '../../../support/aws/aws-environment.js';
import { retryAtOnce } from '../../../support/aws/s3-over-server.js';
import { type Fault, type ServedRequest, type ServerOptions, startServer } from '../../../support/aws/server.js';
import { inVersions } from '../../../support/worlds/versions.js';
import { emptyWorld, putObject, type World } from '../../../support/worlds/world.js';

beforeAll(setThrowawayCredentials);

const BUCKET = 'acme-trail-logs';

async function openVersions(world: World, options: ServerOptions): Promise<OpenVersions> {
  const server = await startServer(world, options);
  const sdk = openS3Store({ region: 'us-east-1', endpointUrl: server.url });
  return {
    versions: retryingVersions(sdk, retryAtOnce()),
    close: async () => {
      sdk.close();
      await server.close();
    },
  };
}

for (const pageSize of [1, 2, 1000])
  describeVersionedObjects(`S3, pages of ${pageSize}`, (world) => openVersions(world, { pageSize }));

/** A page of versions as S3 would send it, but for what is wrong with it. */
const pageOf = (keys: readonly string[], ending: string): Fault => ({
  status: 200,
  body: `<ListVersionsResult><Name>${BUCKET}</Name><EncodingType>url</EncodingType>${ending}${keys
    .map((key) => `<DeleteMarker><Key>${key}</Key><VersionId>1</VersionId><IsLatest>true</IsLatest></DeleteMarker>`)
    .join('')}</ListVersionsResult>`,
});
const COMPLETE = '<IsTruncated>false</IsTruncated>';
const goOn = (key: string, versionId?: string): string =>
  `<IsTruncated>true</IsTruncated><NextKeyMarker>${key}</NextKeyMarker>${
    versionId === undefined ? '' : `<NextVersionIdMarker>${versionId}</NextVersionIdMarker>`
  }`;

async function listKeys(options: ServerOptions, startAfter?: string): Promise<string[]> {
  const world = emptyWorld();
  for (const key of ['a', 'b', 'c']) putObject(world, BUCKET, key, { body: new Uint8Array([1]), metadata: {} });
  const { versions, close } = await openVersions(world, options);
  const keys: string[] = [];
  const request = { bucket: BUCKET, prefix: '', ...(startAfter !== undefined && { startAfter }) };
  try {
    for await (const page of versions.listNewest(request)) keys.push(...page.map(({ key }) => key));
  } finally {
    await close();
  }
  return keys;
}

describe('an answer to a listing of versions', () => {
  it.each<[string, Fault, string?]>([
    ['does not say whether it is complete', pageOf(['a'], '')],
    ['does not say how to go on', pageOf(['a'], '<IsTruncated>true</IsTruncated>')],
    ['goes in a circle', pageOf(['a'], goOn('a', '1'))],
    ['goes in a circle by the key alone', pageOf(['a'], goOn('a'))],
    ['leads back', pageOf(['m'], goOn('k', '1')), 'l'],
    ['goes back', pageOf(['k'], COMPLETE), 'l'],
    ['cannot be decoded', pageOf(['a%E0%A4'], COMPLETE)],
  ])('that %s is none', async (_, fault, startAfter) => {
    const failure = listKeys({ fault: () => fault }, startAfter);
    await expect(failure).rejects.toBeInstanceOf(ListingError);
    await expect(failure).rejects.toMatchObject({
      reason: { status: 'unavailable', refusal: { errorCode: 'InvalidListing' } },
    });
  });

  it.each([
    ['with objects', '<Contents><Key>a</Key><Size>1</Size></Contents>'],
    ['without any', ''],
  ])('that is a plain listing, %s, says nothing of versions: it is unavailable', async (_, contents) => {
    const body = `<ListBucketResult><Name>${BUCKET}</Name>${COMPLETE}${contents}</ListBucketResult>`;
    const options = { fault: () => ({ status: 200, body }) };
    const reason = { status: 'unavailable', refusal: { errorCode: 'NoVersions' } };
    await expect(listKeys(options)).rejects.toMatchObject({ reason });
    const { versions, close } = await openVersions(emptyWorld(), options);
    expect(await versions.versions({ bucket: BUCKET, key: 'a' })).toMatchObject(reason);
    await expect(versions.listVersionFolders(BUCKET, '')).rejects.toMatchObject({ reason });
    await close();
  });

  it('whose pages are empty and do not end is given up', async () => {
    let asked = 0;
    const fault = ({ operation }: ServedRequest) => {
      asked += operation === 'ListObjectVersions' ? 1 : 0;
      return pageOf([], `<KeyMarker/>${goOn(`a${String(asked).padStart(9, '0')}`)}`);
    };
    await expect(listKeys({ fault })).rejects.toThrow('it does not end');
    expect(asked).toBeLessThan(1_100);
  });

  it('does not repeat the key after which it was to begin', async () => {
    expect(await listKeys({ fault: () => pageOf(['a', 'b'], COMPLETE) }, 'a')).toEqual(['b']);
  });

  it('is gone on with after the page that arrived, where one in between is refused in passing', async () => {
    let asked = 0;
    const fault = ({ operation }: ServedRequest) => {
      if (operation === 'ListObjectVersions') asked += 1;
      return asked === 2 && operation === 'ListObjectVersions' ? ('slow-down' as const) : undefined;
    };
    expect(await listKeys({ fault, pageSize: 1 })).toEqual(['a', 'b', 'c']);
    expect(asked).toBe(4);
  });

  it('that is refused for good says so', async () => {
    await expect(listKeys({ fault: () => 'deny' })).rejects.toMatchObject({ reason: { status: 'denied' } });
  });
});

it.each([
  [10, false],
  [11, true],
])('of the versions of one object it lists ten pages: of %i, the rest is missing: %s', async (count, isCut) => {
  const world = emptyWorld();
  const ref = { bucket: BUCKET, key: 'a' };
  putObject(world, BUCKET, ref.key, { body: new Uint8Array([1]), metadata: {} });
  for (let version = 1; version < count; version += 1) inVersions(world, ref, version * 1_000, () => {});
  const { versions, close } = await openVersions(world, { pageSize: 1 });
  const answer = await versions.versions(ref).finally(close);
  expect(answer).toMatchObject({ status: 'listed', isCut });
  expect(answer).toHaveProperty('versions.length', 10);
});
