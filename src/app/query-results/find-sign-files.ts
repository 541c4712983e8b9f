import { compareUtf8 } from '../../core/encoding/compare-utf8.js';
import type { Finding } from '../../core/findings/finding.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { SIGN_FILE_NAME } from '../../core/query-results/sign-file.js';
import { ListingError, type ObjectStore } from '../../ports/object-store.js';
import { mapAtOnce } from '../async/limit-concurrency.js';
import { LISTINGS_AT_ONCE } from '../limits.js';
import type { ExportFolder } from '../listing/discover-folders.js';
import { unlistable } from '../listing/unlistable.js';

/** A sign file that a listing has shown. */
export interface FoundSignFile {
  readonly ref: ObjectRef;
  /** Whose folder it lies in, where it lies as delivered. */
  readonly accountId?: string;
}

/** Lists the sign files in the folders, by place in byte order. A folder that cannot be listed becomes a finding. */
export async function findSignFiles(
  store: ObjectStore,
  folders: readonly ExportFolder[],
): Promise<{ readonly signFiles: readonly FoundSignFile[]; readonly findings: readonly Finding[] }> {
  const signFiles = new Map<string, FoundSignFile>();
  const findings: Finding[] = [];
  const search = async (folder: ExportFolder): Promise<Finding | undefined> => {
    try {
      for await (const found of signFilesIn(store, folder)) {
        signFiles.set(`${found.ref.bucket}/${found.ref.key}`, found);
      }
      return undefined;
    } catch (error) {
      if (error instanceof ListingError) return unlistable(error, { bucket: folder.bucket, key: folder.prefix });
      throw error;
    }
  };
  for (const item of await mapAtOnce(folders, LISTINGS_AT_ONCE, search)) if (item) findings.push(item);
  const sorted = [...signFiles].sort(([a], [b]) => compareUtf8(a, b)).map(([, found]) => found);
  return { signFiles: sorted, findings };
}

async function* signFilesIn(
  store: ObjectStore,
  { bucket, prefix, depth, accountId }: ExportFolder,
): AsyncGenerator<FoundSignFile> {
  const own = `${prefix}${SIGN_FILE_NAME}`;
  for await (const page of store.list({ bucket, prefix: depth === 'top' ? own : prefix })) {
    for (const { key } of page) {
      const isSignFile = key === own || (depth === 'whole' && key.endsWith(`/${SIGN_FILE_NAME}`));
      if (isSignFile) yield { ref: { bucket, key }, ...(accountId !== undefined && { accountId }) };
    }
  }
}
