import { afterEach, beforeEach, vi } from 'vitest';
import { setThrowawayCredentials } from './aws-environment.js';
import { type LoopbackServer, startServer } from './server.js';

/**
 * Starts servers that are gone after each test of the file that calls this. Credentials are found in the environment, which is
 * as it was before after each test.
 */
export function loopbackServers(): typeof startServer {
  const started: LoopbackServer[] = [];
  beforeEach(setThrowawayCredentials);
  afterEach(async () => {
    for (const server of started.splice(0)) await server.close();
    vi.unstubAllEnvs();
  });
  return async (world, options) => {
    const server = await startServer(world, options);
    started.push(server);
    return server;
  };
}
