import type { LogHasher } from '../../../ports/log-hasher.js';

/** Hashes the first logs in the calling thread, and opens other threads only when there turn out to be more: starting them costs as much as hashing a few hundred. */
export function growingHasher(own: LogHasher, worthThreads: number, openThreads: () => LogHasher): LogHasher {
  let announced = 0;
  let seen = 0;
  let threads: LogHasher | undefined;
  let isClosed = false;
  // What is still under way when it is closed must not start threads that nobody would end.
  const grow = (logs: number) => {
    if (logs > worthThreads && !isClosed) threads ??= openThreads();
  };
  return {
    announce(digests) {
      announced += digests;
      // Hardly a digest is without logs.
      grow(announced);
    },
    hash(refs) {
      seen += refs.length;
      grow(seen);
      return (threads ?? own).hash(refs);
    },
    async close() {
      isClosed = true;
      await Promise.all([own.close(), threads?.close()]);
    },
  };
}
