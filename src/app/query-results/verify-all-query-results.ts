import type { VerifyEvent } from '../../core/report/verify-events.js';
import type { ObjectStore } from '../../ports/object-store.js';
import type { NewSha256 } from '../../ports/sha256.js';
import { turnstile } from '../async/limit-concurrency.js';
import { inOrder } from '../async/read-ahead.js';
import type { KeyRing } from '../keys/key-ring.js';
import { EXPORTS_AT_ONCE, LIMITS, QUERY_FILES_AT_ONCE } from '../limits.js';
import type { ExportFolder, Selection } from '../listing/discover-folders.js';
import { hashStored } from '../objects/hash-object.js';
import { findSignFiles } from './find-sign-files.js';
import { type QueryTools, verifyQueryResults } from './verify-query-results.js';

/**
 * Verifies the saved query results in the folders, in the order of their places. They belong to no trail, and to no
 * region but by their own word: where trails or regions are selected, they are not looked for; where accounts are, only
 * in the folders of those accounts.
 */
export async function* verifyExports(
  request: Selection,
  found: readonly ExportFolder[],
  tools: { readonly store: ObjectStore; readonly newSha256: NewSha256 },
  ring: KeyRing,
): AsyncGenerator<VerifyEvent> {
  if (request.trails || request.regions) return;
  const { signFiles, findings } = await findSignFiles(
    tools.store,
    found.filter(({ accountId }) => !request.accounts || accountId !== undefined),
  );
  if (findings.length > 0) yield { type: 'findings', findings };
  const queryTools = toQueryTools(tools.store, tools.newSha256, ring);
  const runs = signFiles.map(
    (signFile) =>
      async function* run() {
        yield await verifyQueryResults(signFile, queryTools);
      },
  );
  yield* inOrder(runs, EXPORTS_AT_ONCE, 1);
}

/** Tools that hash only so many files at once, over all sign files that they are used for. */
export function toQueryTools(store: ObjectStore, newSha256: NewSha256, ring: KeyRing): QueryTools {
  const turn = turnstile(QUERY_FILES_AT_ONCE);
  return { store, ring, hashFile: (ref) => turn(() => hashStored(store, newSha256, ref, LIMITS.queryFile)) };
}
