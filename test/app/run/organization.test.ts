import { createHash } from 'node:crypto';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseDigestKey, parseLogKey, toLogKey } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import type { Report } from '../../../src/core/report/report.js';
import type { ReportedFinding } from '../../../src/core/report/reported-finding.js';
import { HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { openS3OverServer } from '../../support/aws/s3-over-server.js';
import { type Fault, type ServedRequest, startServer } from '../../support/aws/server.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { KEY_B } from '../../support/forge/throwaway-keys.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { type Run, verifyWorld } from '../../support/run/verify-world.js';
import { TAILS } from '../../support/tamper/corrupt-gzip.js';
import {
  appendToObject,
  copyObject,
  deleteObject,
  modifyLog,
  resignDigest,
  rewriteDigest,
  setMetadata,
  storePlain,
  stripMetadata,
  swapObjects,
  truncateObject,
} from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';
import { writeArchive, writeKeySnapshot } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const HOURS = 6;
const END = START + HOURS * HOUR;
const NOW = END + 40 * MINUTE;
const BUCKET = 'acme-organization-trails';
const REGIONS = ['ap-southeast-2', 'eu-west-1', 'us-east-1', 'us-west-2'];
const ACCOUNTS = Array.from({ length: 22 }, (_, index) => String(100000000001 + index * 1010101));
const TRAIL = {
  bucket: BUCKET,
  organizationId: 'o-exampleorgid',
  homeRegion: 'us-east-1',
  trailName: 'organization-trail',
  start: START,
  hours: HOURS,
  logsPerHour: 1,
  recordsPerLog: 1,
} as const;
const at = (hour: number): Instant => START + hour * HOUR;

const temporaryFolder = temporaryFolders();
const closing: (() => Promise<void>)[] = [];
beforeEach(setThrowawayCredentials);
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  vi.unstubAllEnvs();
});

type Place = `${string} ${string}`;

class Organization {
  readonly world = emptyWorld();
  readonly #chains = new Map<Place, ForgedChain>();

  constructor(faults: readonly PlantedFault[] = [], accounts: readonly string[] = ACCOUNTS) {
    for (const [number, accountId] of accounts.entries()) {
      for (const region of REGIONS) {
        const place: Place = `${accountId} ${region}`;
        const forging = faults.find((fault) => placeOf(fault) === place)?.forge ?? {};
        // Some accounts deliver below a prefix of their own.
        const prefix = number % 5 === 0 ? { prefix: `division-${number % 2}/trails` } : {};
        this.#chains.set(place, forgeChain(this.world, { ...TRAIL, ...prefix, accountId, region, ...forging }));
      }
    }
  }

  chain(place: Place): ForgedChain {
    return this.#chains.get(place) ?? expect.fail(place);
  }

  get chains(): readonly ForgedChain[] {
    return [...this.#chains.values()];
  }
}

/** Something done to one account and region. */
interface PlantedFault {
  readonly account: number;
  readonly region: number;
  /** The codes that it must be told by, and no others. */
  readonly codes: readonly string[];
  readonly forge?: Partial<ForgeOptions>;
  tamper(world: World, chain: ForgedChain): void;
}

const placeOf = ({ account, region }: PlantedFault): Place => `${ACCOUNTS[account]} ${REGIONS[region]}`;

const deleteAll = (world: World, refs: readonly ObjectRef[]): void => {
  for (const ref of refs) deleteObject(world, ref);
};
const digestsOf = ({ digests }: ForgedChain, from: number, to = HOURS): ObjectRef[] =>
  digests.slice(from, to).map(({ ref }) => ref);
const lost = ['chain-interval-lost', 'digest-logs-unverifiable', 'log-unaccounted'];

const FAULTS: readonly PlantedFault[] = [
  {
    account: 0,
    region: 0,
    codes: ['log-modified'],
    tamper: (world, chain) => modifyLog(world, logAt(chain, 2, 0).ref),
  },
  {
    account: 1,
    region: 1,
    codes: ['log-missing'],
    tamper: (world, chain) => deleteObject(world, logAt(chain, 3, 0).ref),
  },
  {
    account: 2,
    region: 2,
    codes: ['log-gzip-truncated'],
    tamper: (world, chain) => truncateObject(world, logAt(chain, 4, 0).ref, 100),
  },
  {
    account: 3,
    region: 3,
    codes: ['log-gzip-trailing-data'],
    tamper: (world, chain) => appendToObject(world, logAt(chain, 5, 0).ref, TAILS.secondMember),
  },
  {
    account: 4,
    region: 0,
    codes: ['log-unreferenced'],
    tamper(world, chain) {
      const log = logAt(chain, 3, 0).ref;
      const key = parseLogKey(log.key) ?? expect.fail();
      copyObject(world, log, { ...log, key: toLogKey({ ...key, uniqueId: 'PlantedPlanted00' }) });
    },
  },
  {
    account: 5,
    region: 1,
    codes: ['digest-signature-invalid', 'digest-link-mismatch', ...lost],
    tamper: (world, chain) =>
      rewriteDigest(world, digestAt(chain, 4).ref, (document) => (document.newestEventTime = null)),
  },
  {
    account: 6,
    region: 2,
    codes: ['digest-missing', ...lost.filter((code) => code !== 'digest-logs-unverifiable')],
    tamper: (world, chain) => deleteObject(world, digestAt(chain, 3).ref),
  },
  {
    account: 7,
    region: 3,
    codes: ['digest-missing', ...lost.filter((code) => code !== 'digest-logs-unverifiable')],
    tamper: (world, chain) => deleteAll(world, digestsOf(chain, 2, 5)),
  },
  {
    account: 8,
    region: 0,
    codes: ['chain-ends-early', 'log-unaccounted'],
    tamper: (world, chain) => deleteAll(world, digestsOf(chain, 3)),
  },
  {
    account: 9,
    region: 1,
    codes: ['folder-without-digests', 'chain-sibling-missing', 'expected-digests-missing'],
    tamper: (world, chain) => deleteAll(world, digestsOf(chain, 0)),
  },
  {
    account: 10,
    region: 2,
    codes: ['chain-sibling-missing', 'expected-digests-missing'],
    tamper: (world, chain) =>
      deleteAll(world, [...digestsOf(chain, 0), ...chain.digests.flatMap(({ logs }) => logs.map(({ ref }) => ref))]),
  },
  {
    account: 11,
    region: 3,
    codes: ['chain-gap'],
    forge: { hours: 2 },
    tamper(world, { id }) {
      const { accountId, region } = id;
      forgeChain(world, { ...TRAIL, accountId, region, start: at(4), hours: 2, seed: 'restarted' });
    },
  },
  {
    account: 12,
    region: 0,
    codes: ['digest-link-mismatch'],
    forge: {
      amend(document, hour) {
        if (hour === 5) document.previousDigestHashValue = '0'.repeat(64);
      },
    },
    tamper: () => {},
  },
  {
    account: 13,
    region: 1,
    codes: ['digest-moved', 'digest-link-mismatch', 'chain-interval-lost', 'log-unaccounted'],
    tamper: (world, chain) => swapObjects(world, digestAt(chain, 2).ref, digestAt(chain, 4).ref),
  },
  {
    account: 14,
    region: 2,
    codes: ['digest-signature-missing', 'chain-interval-undetermined', 'digest-logs-unverifiable', 'log-unaccounted'],
    tamper: (world, chain) => stripMetadata(world, digestAt(chain, -1).ref),
  },
  {
    account: 16,
    region: 3,
    codes: ['digest-signature-conflict'],
    tamper: (world, chain) => setMetadata(world, digestAt(chain, 3).ref, { signature: digestAt(chain, 2).signature }),
  },
  {
    account: 17,
    region: 0,
    codes: [
      'digest-gzip-truncated',
      'digest-not-json',
      'digest-link-mismatch',
      'chain-interval-lost',
      'log-unaccounted',
    ],
    tamper: (world, chain) => truncateObject(world, digestAt(chain, 3).ref, 60),
  },
  {
    account: 18,
    region: 1,
    codes: [
      'digest-key-unknown',
      'digest-link-mismatch',
      'chain-interval-lost',
      'digest-logs-unverifiable',
      'log-unaccounted',
    ],
    tamper: (world, chain) =>
      resignDigest(
        world,
        digestAt(chain, 3).ref,
        (document) => {
          document.digestPublicKeyFingerprint = KEY_B.fingerprint;
        },
        KEY_B,
      ),
  },
  {
    account: 19,
    region: 2,
    codes: ['digest-key-unrecognised'],
    tamper(world, chain) {
      const { ref } = digestAt(chain, 3);
      copyObject(world, ref, { ...ref, key: ref.key.replace('.json.gz', '_copy.json.gz') });
    },
  },
  {
    account: 21,
    region: 3,
    codes: ['log-missing'],
    tamper(world, chain) {
      deleteObject(world, logAt(chain, 0, 0).ref);
      // Inflated, as a browser leaves it: no fault at all.
      storePlain(world, logAt(chain, 1, 0).ref);
    },
  },
];

/** The account and region that a finding is about. */
function whereOf({ subject, code, args }: ReportedFinding): string {
  if (subject.type === 'chain') return `${subject.chain.accountId} ${subject.chain.region}`;
  if (code === 'expected-digests-missing') return `${args.accountId} ${args.region}`;
  const [, account, region] = 'key' in subject ? (/(\d{12})\/CloudTrail[^/]*\/([^/]+)\//.exec(subject.key) ?? []) : [];
  return `${account} ${region}`;
}

describe('an organization of 22 accounts in 4 regions', () => {
  it('with 20 faults is verified in one run that finds all of them and nothing else, from S3 and from disk alike', async () => {
    expect(FAULTS).toHaveLength(20);
    const organization = new Organization(FAULTS);
    const { world } = organization;
    for (const fault of FAULTS) fault.tamper(world, organization.chain(placeOf(fault)));

    const keys = path.join(temporaryFolder(), 'keys.json');
    await writeKeySnapshot(world, keys);
    const archive = path.join(temporaryFolder(), 'archive');
    await writeArchive(world, archive, { layout: 'flat', sidecars: true });
    const server = await startServer(world);
    closing.push(() => server.close());
    const flags = ['--keys', keys, '--format', 'json', '--audit-unreferenced', '--threads', '0'];
    flags.push('--from', new Date(START).toISOString(), '--to', 'now');
    for (const region of REGIONS) flags.push('--expect-region', region);
    const reports = await Promise.all(
      [[archive], [`s3://${BUCKET}`, '--endpoint-url', server.url]].map(async (source) => {
        const { stdout, status } = await runMain(['verify', ...source, ...flags], NOW);
        expect(status).toBe(1);
        return JSON.parse(stdout) as Report;
      }),
    );

    const planted = new Map(FAULTS.map((fault) => [placeOf(fault) as string, [...new Set(fault.codes)].sort()]));
    for (const { findings, chains } of reports) {
      const told = new Map<string, Set<string>>();
      for (const found of findings) told.set(whereOf(found), (told.get(whereOf(found)) ?? new Set()).add(found.code));
      expect(Object.fromEntries([...told].map(([place, codes]) => [place, [...codes].sort()]))).toEqual(
        Object.fromEntries(planted),
      );
      expect(chains).toHaveLength(ACCOUNTS.length * REGIONS.length - 2);
      const good = chains.filter(({ chain }) => !planted.has(`${chain.accountId} ${chain.region}`));
      expect(good.map(({ outcome }) => outcome)).toEqual(Array(chains.length - 18).fill('verified'));
    }
    const [fromDisk, fromS3] = reports;
    expect(fromDisk?.findings).toEqual(fromS3?.findings);
    expect(fromDisk?.chains).toEqual(fromS3?.chains);
  });

  const isDenied = (key: string): boolean => (createHash('sha256').update(key).digest()[0] ?? 0) % 3 === 0;

  it('with a third of its keys denied and faults from the server is decided object by object, or named as undecided', async () => {
    // Every call of each object is left to chance here: ten accounts are plenty.
    const { world, chains } = new Organization([], ACCOUNTS.slice(0, 10));
    const passing: readonly Fault[] = ['slow-down', 'error-500', 'reset', 'truncate'];
    const tried = new Map<string, number>();
    const fault = ({ operation, key = '' }: ServedRequest): Fault | undefined => {
      if (operation === 'GetObject' && isDenied(key)) return 'deny';
      const count = tried.get(`${operation} ${key}`) ?? 0;
      tried.set(`${operation} ${key}`, count + 1);
      const dice = createHash('sha256').update(`${operation} ${key} ${count}`).digest()[1] ?? 0;
      // Some never pass: what cannot be had within the attempts there are is undecided.
      if (operation === 'GetObject' && dice < 6) return 'archived';
      return dice < 60 && count < 3 ? passing[dice % passing.length] : undefined;
    };
    const { store, close } = await openS3OverServer(world, { fault });
    closing.push(close);
    const sources = [{ bucket: BUCKET, prefix: '' }];
    const run = await verifyWorld(world, { store, sources, from: START, to: NOW, now: NOW, auditUnreferenced: true });

    expect(run.outcome).toBe('undetermined');
    expect(run.summary.totals.chains.failed).toBe(0);
    const named = namedIn(run);
    const unnamed = [...(world.buckets.get(BUCKET)?.keys() ?? [])].filter((key) => !named.has(key));
    expect(unnamed).toEqual([]);
    for (const key of named.keys()) if (isDenied(key)) expect(named.get(key), key).not.toBe('verified');
    const verified = [...named].filter(([, outcome]) => outcome === 'verified');
    expect(verified.length).toBeGreaterThan(named.size / 4);
    const reports = run.events.flatMap((event) => (event.type === 'chain' ? [event.report] : []));
    expect(reports).toHaveLength(chains.length);
    for (const { asked, coverage } of reports) {
      expect(asked).toEqual({ start: START, end: NOW });
      const states = coverage.flatMap(({ state, end }) => (state === 'gap' && end === at(1) ? [] : [state]));
      expect(states.every((state) => ['proven', 'undetermined', 'pending'].includes(state))).toBe(true);
      expect(coverage.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(NOW - START);
    }
  });
});

/** Every object that a run tells of: judged, or named by a finding. */
function namedIn({ events }: Run): Map<string, string> {
  const named = new Map<string, string>();
  for (const event of events) {
    if (event.type === 'digest' || event.type === 'log') named.set(event.ref.key, event.outcome);
    for (const { subject } of 'findings' in event ? event.findings : [])
      if ('key' in subject && !named.has(subject.key) && (parseDigestKey(subject.key) || parseLogKey(subject.key)))
        named.set(subject.key, 'undetermined');
  }
  return named;
}
