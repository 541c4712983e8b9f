import { openS3Store, type S3Settings } from '../../src/adapters/s3/s3-store.js';
import { createRetry, RETRY_POLICY, type RetryPolicy } from '../../src/adapters/wrap/retry.js';
import { retryingStore } from '../../src/adapters/wrap/retrying-store.js';
import type { ObjectStore } from '../../src/ports/object-store.js';
import type { Retry } from '../../src/ports/service-error.js';
import { type LoopbackServer, type ServerOptions, startServer } from './server.js';
import type { World } from './world.js';

/** Retries without waiting; what would have been waited is noted. */
export function retryAtOnce(policy: Partial<RetryPolicy> = {}, waited: number[] = []): Retry {
  const environment = {
    random: () => 1,
    sleep: async (milliseconds: number) => {
      waited.push(milliseconds);
    },
    elapsed: () => waited.reduce((sum, milliseconds) => sum + milliseconds, 0),
  };
  return createRetry(environment, { ...RETRY_POLICY, ...policy });
}

/** The S3 store of production against a server of its own. */
export async function openS3OverServer(
  world: World,
  options: ServerOptions = {},
  settings: S3Settings = {},
): Promise<{ store: ObjectStore; server: LoopbackServer; close(): Promise<void> }> {
  const server = await startServer(world, options);
  const s3 = openS3Store({ region: 'us-east-1', endpointUrl: server.url, ...settings });
  return {
    store: retryingStore(s3, retryAtOnce()),
    server,
    close: async () => {
      s3.close();
      await server.close();
    },
  };
}
