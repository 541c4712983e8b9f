import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { compareUtf8 } from '../../../core/encoding/compare-utf8.js';
import type { ObjectRef } from '../../../core/objects/object-ref.js';
import type { ListRequest } from '../../../ports/object-store.js';
import type { ServiceCall } from '../../../ports/service-error.js';
import { folderNames, invalidListing, nameDecoder, orListingError, pageCounter } from './list-answer.js';
import type { S3Clients } from './s3-clients.js';
import { ask, checkAskable } from './send-request.js';

const OPERATION = 'ListObjectsV2';

/** One page, names decoded and checked. */
interface Page {
  readonly objects: readonly { readonly key: string; readonly size: number }[];
  readonly commonPrefixes: readonly string[];
}

/** The objects of the request, page by page. Throws `ListingError` for good, `S3Error` in passing. */
export async function* listObjects(clients: S3Clients, request: ListRequest): AsyncGenerator<readonly ObjectRef[]> {
  for await (const page of pages(clients, request)) {
    // Consoles make empty objects to show a folder.
    const objects = page.objects
      .filter(({ key, size }) => !(size === 0 && key.endsWith('/')))
      .map(({ key }) => ({ bucket: request.bucket, key }));
    if (objects.length > 0) yield objects;
  }
}

/** The names of the folders under the prefix, not many more than `most`. Throws as {@link listObjects} does. */
export async function listFolderNames(
  clients: S3Clients,
  bucket: string,
  prefix: string,
  most = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  return folderNames(pages(clients, { bucket, prefix }, '/'), prefix, most);
}

async function* pages(clients: S3Clients, request: ListRequest, delimiter?: '/'): AsyncGenerator<Page> {
  const { ListObjectsV2Command } = await import('@aws-sdk/client-s3');
  let last = request.startAfter ?? '';
  let token: string | undefined;
  const count = pageCounter();
  do {
    const input = {
      Bucket: request.bucket,
      Prefix: request.prefix,
      // Keys may hold characters that XML cannot.
      EncodingType: 'url' as const,
      ...(delimiter !== undefined && { Delimiter: delimiter }),
      ...(request.startAfter !== undefined && { StartAfter: request.startAfter }),
      ...(token !== undefined && { ContinuationToken: token }),
    };
    const answer = await orListingError(request, async () => {
      checkAskable(OPERATION, request.bucket, [request.prefix, request.startAfter]);
      return ask(clients, request.bucket, OPERATION, async (client, call) => {
        const output = await client.send(new ListObjectsV2Command(input));
        return { page: toPage(call, request, output, last), token: nextToken(call, output, token) };
      });
    });
    last = lastName(answer.page) ?? last;
    token = answer.token;
    const { objects, commonPrefixes } = answer.page;
    count({ service: 'S3', operation: OPERATION }, request, objects.length + commonPrefixes.length);
    yield answer.page;
  } while (token !== undefined);
}

function toPage(call: ServiceCall, request: ListRequest, output: ListObjectsV2CommandOutput, last: string): Page {
  const decode = nameDecoder(call, output.EncodingType);
  const keys = (output.Contents ?? []).map(({ Key = '', Size = 0 }) => ({ key: decode(Key), size: Size }));
  const folders = (output.CommonPrefixes ?? []).map(({ Prefix = '' }) => decode(Prefix));
  checkOrder(call, [last, ...keys.map(({ key }) => key)]);
  checkOrder(call, [last, ...folders]);
  return {
    objects: keys.filter(({ key }) => key.startsWith(request.prefix)),
    commonPrefixes: folders.filter((folder) => folder.startsWith(request.prefix)),
  };
}

/** Whoever resumes after a key relies on the order, and a listing that goes back might never end. */
function checkOrder(call: ServiceCall, names: readonly string[]): void {
  const disordered = names.some((name, index) => index > 0 && compareUtf8(names[index - 1] ?? '', name) >= 0);
  if (disordered) throw invalidListing(call, 'its names are not in order');
}

function nextToken(
  call: ServiceCall,
  { IsTruncated, NextContinuationToken }: ListObjectsV2CommandOutput,
  previous: string | undefined,
): string | undefined {
  if (IsTruncated === undefined) throw invalidListing(call, 'it does not say whether it is complete');
  if (!IsTruncated) return undefined;
  if (!NextContinuationToken) throw invalidListing(call, 'it is not complete and does not say how to go on');
  if (NextContinuationToken === previous) throw invalidListing(call, 'it goes in a circle');
  return NextContinuationToken;
}

function lastName({ objects, commonPrefixes }: Page): string | undefined {
  return [objects.at(-1)?.key, commonPrefixes.at(-1)]
    .filter((name) => name !== undefined)
    .sort(compareUtf8)
    .at(-1);
}
