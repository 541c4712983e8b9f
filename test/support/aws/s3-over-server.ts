import { setTimeout } from 'node:timers/promises';
import { limitedStore } from '../../../src/adapters/decorators/limited-store.js';
import { requestLimit } from '../../../src/adapters/decorators/request-limit.js';
import { createRetry, RETRY_POLICY, type RetryPolicy } from '../../../src/adapters/decorators/retry.js';
import { retryingStore } from '../../../src/adapters/decorators/retrying-store.js';
import { leanStore } from '../../../src/adapters/s3/direct/direct-store.js';
import { leanGet } from '../../../src/adapters/s3/direct/signed-get.js';
import { openS3Store, type S3Settings } from '../../../src/adapters/s3/s3-store.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { isOverload, type Retry } from '../../../src/ports/service-error.js';
import type { World } from '../worlds/world.js';
import { type LoopbackServer, type ServerOptions, startServer } from './server.js';

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

/** How objects are got: by the SDK alone, or the lean way with the SDK for all else. */
export type Way = 'sdk' | 'lean';
export const WAYS: readonly Way[] = ['sdk', 'lean'];

/** The S3 store of production against a server of its own. */
export async function openS3OverServer(
  world: World,
  options: ServerOptions = {},
  settings: S3Settings = {},
  way: Way = 'sdk',
): Promise<{ store: ObjectStore; server: LoopbackServer; close(): Promise<void> }> {
  const server = await startServer(world, options);
  const sdk = openS3Store({ region: 'us-east-1', endpointUrl: server.url, ...settings });
  const lean = leanGet(sdk.describeAccess, Date.now, settings.idleTimeout);
  const once = way === 'sdk' ? sdk : limitedStore(leanStore(sdk, lean), newLimit());
  return {
    store: retryingStore(once, retryAtOnce()),
    server,
    close: async () => {
      await lean.close();
      sdk.close();
      await server.close();
    },
  };
}

const newLimit = () =>
  requestLimit({
    most: 64,
    isOverload,
    elapsed: () => performance.now(),
    sleep: (milliseconds) => setTimeout(milliseconds),
  });
