import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { nodeSha256 } from '../../../src/adapters/node/sha256.js';
import { nodeVerifySignature } from '../../../src/adapters/node/verify-signature.js';
import { storeHasher } from '../../../src/app/objects/store-hasher.js';
import { type VerifyRequest, type VerifyTools, verifyTrails } from '../../../src/app/run/verify-trails.js';
import { nodeInflater } from '../../../src/compose/inflate/inflater.js';
import type { Finding } from '../../../src/core/findings/finding.js';
import type { Report, ReportSummary } from '../../../src/core/report/report.js';
import type { VerifyEvent } from '../../../src/core/report/verify-events.js';
import type { Instant } from '../../../src/core/time/instant.js';
import type { KeySource } from '../../../src/ports/key-source.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import type { VersionedObjects } from '../../../src/ports/versioned-objects.js';
import { summaryOfRun } from '../reports/summary-of-run.js';
import { memoryVersions } from '../worlds/memory-versions.js';
import type { World } from '../worlds/world.js';

/** The keys of a world, as a key file of several regions would give them. */
export const worldKeys = (world: World): KeySource => ({
  description: 'forged keys',
  keysFor: async () => ({ status: 'found', keys: world.publicKeys }),
});

export interface RunOptions extends Partial<VerifyRequest> {
  readonly store?: ObjectStore;
  readonly versions?: VersionedObjects;
  readonly keys?: KeySource;
  readonly now?: Instant;
  readonly trailDirectory?: NonNullable<VerifyTools['trailDirectory']>;
  readonly extent?: NonNullable<VerifyTools['extent']>;
  readonly stopSignals?: NonNullable<VerifyTools['stopSignals']>;
  readonly resume?: NonNullable<VerifyTools['resume']>;
  readonly hasher?: VerifyTools['hasher'];
}

export interface Run {
  readonly events: readonly VerifyEvent[];
  readonly findings: readonly Finding[];
  readonly summary: ReportSummary;
  readonly outcome: Report['outcome'];
}

/** Verifies a forged world in memory, or through the store given. */
export async function verifyWorld(world: World, options: RunOptions = {}): Promise<Run> {
  const {
    store = memoryStore(world.buckets),
    versions = memoryVersions(world.versions, world.buckets),
    keys = worldKeys(world),
    now = Date.parse('2026-06-01T00:00:00Z'),
    trailDirectory,
    extent,
    stopSignals,
    resume,
    hasher = storeHasher(store, nodeInflater, 32),
    ...request
  } = options;
  const sources = request.sources ?? [...world.buckets.keys()].map((bucket) => ({ bucket, prefix: '' }));
  const run = verifyTrails(
    { ...request, sources },
    {
      store,
      versions,
      inflater: nodeInflater,
      newSha256: nodeSha256,
      verifySignature: nodeVerifySignature,
      hasher,
      keys,
      now,
      ...(trailDirectory && { trailDirectory }),
      ...(extent && { extent }),
      ...(stopSignals && { stopSignals }),
      ...(resume && { resume }),
    },
  );
  const events: VerifyEvent[] = [];
  const summary = await summaryOfRun(run, (event) => events.push(event));
  const findings = events.flatMap((event) => ('findings' in event ? event.findings : []));
  return { events, findings, summary, outcome: summary.outcome };
}
