import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeSha256 } from '../../src/adapters/node/sha256.js';
import { nodeVerifySignature } from '../../src/adapters/node/verify-signature.js';
import { storeHasher } from '../../src/app/objects/store-hasher.js';
import { verifyTrails } from '../../src/app/run/verify-trails.js';
import { nodeInflater } from '../../src/compose/inflate/inflater.js';
import { toDigestKey, toLogKey } from '../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../src/core/objects/object-ref.js';
import { identifyByName } from '../../src/core/objects/object-ref.js';
import { formatInstant, HOUR } from '../../src/core/time/instant.js';
import type { ObjectStore, StoredObject } from '../../src/ports/object-store.js';
import { sha256Of, signDigest } from '../support/forge/digest-document.js';
import { forgeLogContents } from '../support/forge/forge-log.js';
import { stableGzip } from '../support/forge/stable-gzip.js';
import { KEY_A } from '../support/forge/throwaway-keys.js';
import { summaryOfRun } from '../support/reports/summary-of-run.js';

// One step of growth: verifies a trail of so many logs from a store that makes them up, in one thread, and prints what
// it took as JSON:
//   node growth.js forge|verify FOLDER LOGS
// The digests are forged beforehand and lie in the folder, so that nothing of the store grows with the trail.

const [task = '', folder = '', logsText = '1000'] = process.argv.slice(2);
const LOGS = Number(logsText);
const LOGS_PER_DIGEST = 200;
const DIGESTS = Math.ceil(LOGS / LOGS_PER_DIGEST);
const START = Date.parse('2026-01-01T00:01:31Z');
const PLACE = { prefix: '', accountId: '111122223333', region: 'us-east-1' };
const BUCKET = 'bench-trail-logs';

/** The logs there are: every name stands for one of these. About 14 KB each. */
const CONTENTS = Array.from({ length: 64 }, (_, index) => {
  const subject = { accountId: PLACE.accountId, region: PLACE.region, kind: 'CloudTrail', deliveredAt: START } as const;
  const { bytes } = forgeLogContents(subject, { records: 18 }, `growth-${index}`);
  return {
    sha256: sha256Of(bytes),
    object: { status: 'found', body: stableGzip(bytes), metadata: {} } as StoredObject,
  };
});
const NOTHING: StoredObject = { status: 'found', body: new Uint8Array(), metadata: {} };
const contentOf = (number: number) => CONTENTS[number % CONTENTS.length];

const endOf = (hour: number): number => START + (hour + 1) * HOUR;
const digestKey = (hour: number): string =>
  toDigestKey({ ...PLACE, trailName: 'main', homeRegion: 'us-east-1', endTime: endOf(hour), backfill: false });
const logKey = (number: number): string =>
  toLogKey({
    ...PLACE,
    kind: 'CloudTrail',
    time: START + Math.floor(number / LOGS_PER_DIGEST) * HOUR,
    uniqueId: String(number).padStart(16, '0'),
  });
const fileOf = (hour: number): string => path.join(folder, `${hour}.json`);

interface Kept {
  readonly body: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly sha256: string;
  readonly signature: string;
}

const readKept = (hour: number): Kept => JSON.parse(readFileSync(fileOf(hour), 'utf8')) as Kept;

function forgeDigests(): void {
  mkdirSync(folder, { recursive: true });
  for (let hour = 0; hour < DIGESTS; hour += 1) {
    if (!existsSync(fileOf(hour))) writeFileSync(fileOf(hour), JSON.stringify(forgeDigest(hour)));
  }
}

function forgeDigest(hour: number): Kept {
  const previous = hour === 0 ? undefined : readKept(hour - 1);
  const [start, end] = [formatInstant(endOf(hour) - HOUR), formatInstant(endOf(hour))];
  const document = {
    awsAccountId: PLACE.accountId,
    digestStartTime: start,
    digestEndTime: end,
    digestS3Bucket: BUCKET,
    digestS3Object: digestKey(hour),
    digestPublicKeyFingerprint: KEY_A.fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: start,
    oldestEventTime: start,
    previousDigestS3Bucket: previous ? BUCKET : null,
    previousDigestS3Object: previous ? digestKey(hour - 1) : null,
    previousDigestHashValue: previous?.sha256 ?? null,
    previousDigestHashAlgorithm: previous ? 'SHA-256' : null,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: Array.from({ length: LOGS_PER_DIGEST }, (_, index) => {
      const number = hour * LOGS_PER_DIGEST + index;
      return {
        s3Bucket: BUCKET,
        s3Object: logKey(number),
        hashValue: contentOf(number)?.sha256 ?? '',
        hashAlgorithm: 'SHA-256',
        newestEventTime: start,
        oldestEventTime: start,
      };
    }),
  };
  const { bytes, signature, object } = signDigest(document, KEY_A, undefined);
  const { metadata, body } = object;
  return { body: Buffer.from(body).toString('base64'), metadata, sha256: sha256Of(bytes), signature };
}

const hourOfEnd = new Map(Array.from({ length: DIGESTS }, (_, hour) => [digestKey(hour), hour]));

/** Holds one trail. Lists digests, and has every log that they name. */
const store: ObjectStore = {
  knowsBuckets: () => true,
  identify: identifyByName,
  async get({ key }) {
    const hour = hourOfEnd.get(key);
    if (hour === undefined) return contentOf(Number(/_(\d{16})\.json\.gz$/.exec(key)?.[1]))?.object ?? NOTHING;
    const { body, metadata } = readKept(hour);
    return { status: 'found', body: Buffer.from(body, 'base64'), metadata };
  },
  open: async () => ({ status: 'not-found' }),
  async *list({ bucket, prefix, startAfter = '' }) {
    let page: ObjectRef[] = [];
    for (const key of hourOfEnd.keys()) {
      if (!key.startsWith(prefix) || key <= startAfter) continue;
      page.push({ bucket, key });
      if (page.length < 1_000) continue;
      yield page;
      page = [];
    }
    yield page;
  },
  async listFolders(_, prefix) {
    const keys = [...hourOfEnd.keys()].filter((key) => key.startsWith(prefix));
    const names = keys.map((key) => key.slice(prefix.length).split('/'));
    return [...new Set(names.flatMap(([name = '', ...rest]) => (rest.length > 0 ? [name] : [])))].sort();
  },
};

/** The largest resident set so far. Linux hands `maxRSS` down from the process that started it, so its own record comes first. */
function peakMib(): number {
  const own = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  return Number(/VmHWM:\s+(\d+)/.exec(own)?.[1] ?? process.resourceUsage().maxRSS) / 1024;
}

async function verify(): Promise<void> {
  const validity = { start: START - HOUR, end: endOf(DIGESTS) + HOUR };
  const publicKeys = [{ fingerprint: KEY_A.fingerprint, der: KEY_A.pkcs1, validity, region: 'us-east-1' }];
  const run = verifyTrails(
    { sources: [{ bucket: BUCKET, prefix: '' }] },
    {
      store,
      inflater: nodeInflater,
      newSha256: nodeSha256,
      verifySignature: nodeVerifySignature,
      hasher: storeHasher(store, nodeInflater, 32),
      keys: { description: 'forged', keysFor: async () => ({ status: 'found', keys: publicKeys }) },
      now: endOf(DIGESTS),
    },
  );
  const [began, used] = [performance.now(), process.cpuUsage()];
  const { outcome, totals } = await summaryOfRun(run);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(used);
  if (outcome !== 'verified') throw new Error(`the trail is ${outcome}`);
  const cpuSeconds = (user + system) / 1e6;
  console.log(JSON.stringify({ logs: totals.logs.verified, seconds, cpuSeconds, peakMib: peakMib() }));
}

if (task === 'forge') forgeDigests();
else await verify();
