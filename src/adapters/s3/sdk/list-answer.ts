import { compareUtf8 } from '../../../core/encoding/compare-utf8.js';
import { ListingError, type ListRequest } from '../../../ports/object-store.js';
import type { ServiceCall } from '../../../ports/service-error.js';
import { classifyList, S3Error } from '../errors/s3-error.js';

/** Lists one page; what S3 refuses for good is thrown as {@link ListingError}, all else as it comes. */
export async function orListingError<T>(request: ListRequest, listPage: () => Promise<T>): Promise<T> {
  try {
    return await listPage();
  } catch (error) {
    const reason = error instanceof S3Error ? classifyList(error) : undefined;
    throw reason ? new ListingError(request, reason) : error;
  }
}

/** How names are to be read in an answer. Throws where one cannot be. */
export function nameDecoder(call: ServiceCall, encodingType: string | undefined): (name: string) => string {
  if (encodingType !== 'url') return (name) => name;
  return (name) => {
    try {
      // The names of form data, in which S3 encodes a space as `+`.
      return decodeURIComponent(name.replaceAll('+', ' '));
    } catch {
      throw invalidListing(call, 'a name in it cannot be decoded');
    }
  };
}

/** An answer that arrived and makes no sense may have been garbled on its way: its status says that it may pass. */
export const invalidListing = (call: ServiceCall, why: string): S3Error =>
  new S3Error(call, { errorCode: 'InvalidListing', message: `The listing cannot be used: ${why}.` }, 200, {});

/** A hundred million names: no folder of a trail has as many. */
const MOST_PAGES = 100_000;
/** S3 gives pages without a name where objects were deleted, some in a row. */
const MOST_EMPTY_PAGES = 1_000;

/** Counts the pages of one listing by how many names they hold. Throws {@link ListingError} where they do not end. */
export function pageCounter(): (call: ServiceCall, request: ListRequest, names: number) => void {
  let pages = 0;
  let empty = 0;
  return (call, request, names) => {
    pages += 1;
    empty = names === 0 ? empty + 1 : 0;
    if (pages <= MOST_PAGES && empty <= MOST_EMPTY_PAGES) return;
    const { errorCode, message } = invalidListing(call, 'it does not end');
    throw new ListingError(request, { status: 'unavailable', refusal: { errorCode, message } });
  };
}

/** The names of the folders of a listing with a delimiter, not many more than `most`. */
export async function folderNames(
  pages: AsyncIterable<{ readonly commonPrefixes: readonly string[] }>,
  prefix: string,
  most: number,
): Promise<string[]> {
  const names: string[] = [];
  for await (const page of pages) {
    for (const folder of page.commonPrefixes) names.push(folder.slice(prefix.length, -1));
    if (names.length >= most) break;
  }
  // S3 orders them with their slashes, which puts `x-/` before `x/`.
  return names.sort(compareUtf8);
}
