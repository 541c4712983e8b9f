import type { LogHasher } from '../../ports/log-hasher.js';

/** Hashes the first logs in the calling thread, and opens other threads only when there turn out to be more: starting them costs as much as hashing a few hundred. */
export function growingHasher(own: LogHasher, worthThreads: number, openThreads: () => LogHasher): LogHasher {
  let announced = 0;
  let seen = 0;
  let threads: LogHasher | undefined;
  return {
    announce(digests) {
      announced += digests;
      // Hardly a digest is without logs.
      if (announced > worthThreads) threads ??= openThreads();
    },
    hash(refs) {
      seen += refs.length;
      if (seen > worthThreads) threads ??= openThreads();
      return (threads ?? own).hash(refs);
    },
    async close() {
      await Promise.all([own.close(), threads?.close()]);
    },
  };
}
