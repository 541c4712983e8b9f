import { describe, expect, it } from 'vitest';
import { ListingError } from '../../../../src/ports/object-store.js';
import { atFirst, BODY, BUCKET, countOf, open, useS3Harness } from '../../../support/aws/s3-harness.js';
import type { Fault } from '../../../support/aws/server.js';
import { emptyWorld, putObject, type World } from '../../../support/worlds/world.js';

useS3Harness();

/** A page of a listing as S3 would send it, but for what is wrong with it. */
const pageOf = (keys: readonly string[], ending: string): Fault => ({
  status: 200,
  body: `<ListBucketResult><Name>${BUCKET}</Name><EncodingType>url</EncodingType>${ending}${keys
    .map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`)
    .join('')}</ListBucketResult>`,
});
const COMPLETE = '<IsTruncated>false</IsTruncated>';
const token = (value: string): string =>
  `<IsTruncated>true</IsTruncated><NextContinuationToken>${value}</NextContinuationToken>`;

async function listKeys(fault: Fault, prefix = ''): Promise<string[]> {
  const { store } = await open({ fault: atFirst('ListObjectsV2', 100, fault) });
  const keys: string[] = [];
  for await (const page of store.list({ bucket: BUCKET, prefix })) for (const { key } of page) keys.push(key);
  return keys;
}

function worldOfFolders(...names: string[]): World {
  const world = emptyWorld();
  for (const name of names) putObject(world, BUCKET, `${name}/x`, { body: BODY, metadata: {} });
  return world;
}

describe('a listing without end', () => {
  it('whose pages are empty is given up', async () => {
    let asked = 0;
    const { store } = await open({
      fault: ({ operation }) => {
        if (operation !== 'ListObjectsV2') return undefined;
        asked += 1;
        return pageOf([], token(String(asked)));
      },
    });
    const pages = store.list({ bucket: BUCKET, prefix: '' })[Symbol.asyncIterator]();
    // A listing gives no page to whoever listens where there is nothing in it.
    await expect(pages.next()).rejects.toThrow('it does not end');
    expect(asked).toBeLessThan(1_100);
  });
});

describe('an answer to a listing', () => {
  it('is decoded', async () => {
    expect(await listKeys(pageOf(['a+b%2Bc', 'd%0A%E2%82%AC', 'e/%C3%A4'], COMPLETE))).toEqual([
      'a b+c',
      'd\n\u20ac',
      'e/\u00e4',
    ]);
  });

  it('is used only as far as it was asked for', async () => {
    expect(await listKeys(pageOf(['a', 'b/1', 'b/2', 'c'], COMPLETE), 'b/')).toEqual(['b/1', 'b/2']);
  });

  it.each<[string, Fault]>([
    ['is no listing', { status: 200 }],
    ['does not say whether it is complete', pageOf(['a'], '')],
    ['does not say how to go on', pageOf(['a'], '<IsTruncated>true</IsTruncated>')],
    ['has an empty token', pageOf(['a'], token(''))],
    ['goes in a circle', pageOf([], token('same'))],
    ['repeats a key', pageOf(['a', 'a'], COMPLETE)],
    ['is out of order', pageOf(['b', 'a'], COMPLETE)],
    ['goes back', pageOf(['a', 'b'], token('next'))],
    ['cannot be decoded', pageOf(['a%E0%A4'], COMPLETE)],
  ])('that %s is none', async (_, fault) => {
    const failure = listKeys(fault);
    await expect(failure).rejects.toBeInstanceOf(ListingError);
    await expect(failure).rejects.toMatchObject({
      reason: { status: 'unavailable', refusal: { errorCode: 'InvalidListing' } },
    });
  });

  /** More than a call can have arguments. */
  const MANY = Array.from({ length: 150_001 }, (_, index) => String(index).padStart(6, '0'));
  const FOLDERS = MANY.map((name) => `<CommonPrefixes><Prefix>${name}/</Prefix></CommonPrefixes>`).join('');

  it('may hold any number of names of objects', async () => {
    expect(await listKeys(pageOf(MANY, COMPLETE))).toEqual(MANY);
  }, 60_000);

  it('may hold any number of names of folders', async () => {
    const fault = atFirst('ListObjectsV2', 1, {
      status: 200,
      body: `<ListBucketResult>${COMPLETE}${FOLDERS}</ListBucketResult>`,
    });
    const { store } = await open({ fault });
    expect(await store.listFolders(BUCKET, '')).toEqual(MANY);
  }, 60_000);

  it('is the last one that is asked for where it names as many folders as are enough', async () => {
    for (const [most, requests] of [
      [2, 1],
      [3, 2],
    ] as const) {
      const { store, server } = await open({ pageSize: 2 }, {}, worldOfFolders('a', 'b', 'c', 'd', 'e'));
      expect((await store.listFolders(BUCKET, '', most)).length).toBeGreaterThanOrEqual(most);
      expect(countOf(server, 'ListObjectsV2')).toBe(requests);
    }
  });

  it('that was garbled once is asked for again', async () => {
    const { store, server } = await open({ fault: atFirst('ListObjectsV2', 1, pageOf(['z', 'a'], COMPLETE)) });
    expect(await store.listFolders(BUCKET, '')).toEqual(['a', 'b']);
    expect(countOf(server, 'ListObjectsV2')).toBe(2);
  });
});
