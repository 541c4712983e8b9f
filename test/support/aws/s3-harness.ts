import { afterEach, beforeEach, vi } from 'vitest';
import type { S3Settings } from '../../../src/adapters/s3/s3-store.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { emptyWorld, putObject, type World } from '../worlds/world.js';
import { setThrowawayCredentials } from './aws-environment.js';
import { openS3OverServer, type Way } from './s3-over-server.js';
import type { Fault, LoopbackServer, ServedRequest, ServerOptions } from './server.js';

export const BUCKET = 'acme-trail-logs';
export const REF = { bucket: BUCKET, key: 'a/log.json.gz' };
export const BODY = Buffer.from('0123456789'.repeat(1000));
export const LARGE = 1_000_000;

export const closing: (() => Promise<void>)[] = [];

/** Sets credentials before each test of the file that calls this, and closes after each what is in {@link closing}. */
export function useS3Harness(): void {
  beforeEach(setThrowawayCredentials);
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    vi.unstubAllEnvs();
  });
}

export function worldOfLogs(): World {
  const world = emptyWorld();
  putObject(world, BUCKET, REF.key, { body: BODY, metadata: {} });
  for (let index = 0; index < 5; index += 1) {
    putObject(world, BUCKET, `b/${index}`, { body: BODY, metadata: {} });
  }
  return world;
}

export async function open(
  options: ServerOptions,
  settings: S3Settings = {},
  world = worldOfLogs(),
  way: Way = 'sdk',
): Promise<{ store: ObjectStore; server: LoopbackServer }> {
  const opened = await openS3OverServer(world, options, settings, way);
  closing.push(opened.close);
  return opened;
}

/** The fault for the first so many requests of an operation. */
export function atFirst(operation: string, times: number, fault: Fault): (request: ServedRequest) => Fault | undefined {
  let left = times;
  return (request) => {
    if (request.operation !== operation || left === 0) return undefined;
    left -= 1;
    return fault;
  };
}

export const countOf = (server: LoopbackServer, operation: string): number =>
  server.requests.filter((request) => request.operation === operation).length;
