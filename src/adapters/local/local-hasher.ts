import type { LogFacts } from '../../core/content/object-content.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { Inflater } from '../../ports/inflater.js';
import type { LogHasher } from '../../ports/log-hasher.js';
import { ArchiveFiles } from './archive-files.js';

/** Larger than nine of ten logs of a busy account. */
const BUFFER_SIZE = 2 ** 18;

/**
 * Hashes the logs of an archive one after the other without leaving the thread: reading synchronously into the same
 * buffer again and again takes a fraction of the time that a promise and a new buffer for each file would.
 * What is larger than the limits goes to `large`.
 */
export function localHasher(
  root: string,
  inflater: Inflater,
  limits: { readonly stored: number; readonly inflated: number },
  large: LogHasher,
): LogHasher {
  const files = new ArchiveFiles(root);
  const buffer = inflater.room ?? Buffer.allocUnsafeSlow(BUFFER_SIZE);
  const hashOne = (ref: ObjectRef): LogFacts => {
    const content = files.read(ref, limits.stored, buffer);
    if (content.status !== 'found') return content;
    return inflater.hash(content.body, limits.inflated);
  };
  return {
    announce: () => {},
    async hash(refs) {
      const facts: LogFacts[] = [];
      for (const ref of refs) {
        const found = hashOne(ref);
        facts.push(...(found.status === 'too-large' ? await large.hash([ref]) : [found]));
      }
      return facts;
    },
    close: () => large.close(),
  };
}
