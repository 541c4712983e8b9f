import { describe, expect, it } from 'vitest';
import { type Finding, outcomeOfFindings } from '../../../src/core/findings/finding.js';
import type { QueryResultsEvent } from '../../../src/core/report/verify-events.js';
import { DAY, HOUR } from '../../../src/core/time/instant.js';
import type { KeySource } from '../../../src/ports/key-source.js';
import { forgeChain } from '../../support/forge/forge.js';
import {
  type ForgedQueryResults,
  forgeQueryResults,
  QUERY_COMPLETED,
  type QueryForgeOptions,
  type SignFileDocument,
  signDocument,
} from '../../support/forge/forge-query-results.js';
import { KEY_A, KEY_B, SMALL_KEY } from '../../support/forge/throwaway-keys.js';
import { type Run, verifyWorld, worldKeys } from '../../support/run/verify-world.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

const BUCKET = 'acme-lake';

function forged(options: Partial<QueryForgeOptions> = {}): { world: World; results: ForgedQueryResults } {
  const world = emptyWorld();
  return { world, results: forgeQueryResults(world, { bucket: BUCKET, ...options }) };
}

function resultsOf({ events }: Run): QueryResultsEvent {
  const [event, ...more] = events.filter((each) => each.type === 'query-results');
  if (!event || more.length > 0) throw new Error(`${more.length} more than one`);
  return event;
}

/** Codes with the file that each is about. */
const said = (findings: readonly Finding[]): string[] =>
  findings.map(({ code, subject }) =>
    subject.type === 'query-file' || subject.type === 'query-sign-file'
      ? `${code} ${subject.key.split('/').at(-1)}`
      : code,
  );

const objectsOf = (world: World) => {
  const objects = world.buckets.get(BUCKET);
  if (!objects) throw new Error('nothing is there');
  return objects;
};

/** Changes an object of the results. */
function replace(world: World, { folder }: ForgedQueryResults, name: string, body: string): void {
  putObject(world, BUCKET, `${folder}${name}`, { body: Buffer.from(body), metadata: {} });
}

describe('results as they were delivered', () => {
  it('are verified, and their signature is that of their files', async () => {
    const { world, results } = forged({ files: 30 });
    const run = await verifyWorld(world);
    expect(run.outcome).toBe('verified');
    expect(run.findings).toEqual([]);
    const event = resultsOf(run);
    expect(event).toMatchObject({
      ref: results.signFile,
      accountId: '111122223333',
      trusted: true,
      region: 'us-east-1',
      completedAt: QUERY_COMPLETED,
    });
    expect(event.files.map(({ ref }) => ref.key)).toEqual(results.files.map(({ key }) => key));
    expect(event.files.every(({ outcome, size }) => outcome === 'verified' && size > 0)).toBe(true);
    expect(run.summary.totals.queryResults).toEqual({
      exports: { verified: 1, failed: 0, undetermined: 0 },
      files: { verified: 30, failed: 0, undetermined: 0 },
      fileBytes: event.files.reduce((sum, { size }) => sum + size, 0),
    });
    expect(run.summary.keysUsed).toEqual([{ fingerprint: KEY_A.fingerprint, region: 'us-east-1' }]);
  });

  it('may have hashes and a fingerprint in capitals: what is signed are the letters', async () => {
    const { world } = forged({
      amend: (document) => {
        for (const file of document.files) file.fileHashValue = file.fileHashValue.toUpperCase();
        document.publicKeyFingerprint = document.publicKeyFingerprint.toUpperCase();
      },
    });
    expect((await verifyWorld(world)).outcome).toBe('verified');
    const { world: other } = forged({
      tamper: (document) => {
        for (const file of document.files) file.fileHashValue = file.fileHashValue.toUpperCase();
      },
    });
    expect(said((await verifyWorld(other)).findings)).toContain('query-signature-invalid result_sign.json');
  });
});

describe('what the signature does not cover', () => {
  it.each<[string, (world: World, results: ForgedQueryResults) => void]>([
    ['names, changed with the files', (world, results) => renameFiles(world, results)],
    ['the time', (world, results) => rewrite(world, results, { queryCompleteTime: '2026-03-02T00:00:00Z' })],
  ])('%s can be changed and nothing speaks against it', async (_, tamper) => {
    const { world, results } = forged();
    tamper(world, results);
    expect((await verifyWorld(world)).outcome).toBe('verified');
  });
});

function rewrite(world: World, { signFile, document }: ForgedQueryResults, change: Partial<SignFileDocument>): void {
  const body = Buffer.from(JSON.stringify({ ...document, ...change }));
  putObject(world, signFile.bucket, signFile.key, { body, metadata: {} });
}

function renameFiles(world: World, results: ForgedQueryResults): void {
  const objects = objectsOf(world);
  const [first, second] = results.files;
  const [a, b] = [objects.get(first?.key ?? ''), objects.get(second?.key ?? '')];
  if (!first || !second || !a || !b) throw new Error('two files are needed');
  objects.set(first.key, b);
  objects.set(second.key, a);
  const files = results.document.files.map(({ fileHashValue, fileName }) => ({
    fileHashValue,
    fileName: fileName === first.name ? second.name : fileName === second.name ? first.name : fileName,
  }));
  rewrite(world, results, { files });
}

/** A tampering, what must be said of it, and whether the signature still holds. */
type Case = [string, (world: World, results: ForgedQueryResults) => void, readonly string[], boolean];

const CASES: Case[] = [
  [
    'a file changed',
    (world, results) => replace(world, results, 'result_2.csv.gz', 'forged'),
    ['query-file-modified result_2.csv.gz'],
    true,
  ],
  [
    'a file deleted',
    (world, { files }) => objectsOf(world).delete(files[2]?.key ?? ''),
    ['query-file-missing result_3.csv.gz'],
    true,
  ],
  [
    'several files changed and deleted',
    (world, results) => {
      replace(world, results, 'result_1.csv.gz', '');
      replace(world, results, 'result_3.csv.gz', 'forged');
      objectsOf(world).delete(results.files[1]?.key ?? '');
    },
    [
      'query-file-modified result_1.csv.gz',
      'query-file-missing result_2.csv.gz',
      'query-file-modified result_3.csv.gz',
    ],
    true,
  ],
  [
    'a file changed, and its hash in the list',
    (world, results) => {
      replace(world, results, 'result_1.csv.gz', 'forged');
      const fileHashValue = '8c58f6a6b8ea16ca37a7dda05e2ab6f7ee3c32c1ca7a5a2b4ba6cb6de9b4a5a2';
      rewrite(world, results, {
        files: results.document.files.with(0, { fileName: 'result_1.csv.gz', fileHashValue }),
      });
    },
    [
      'query-signature-invalid result_sign.json',
      'query-files-unverifiable result_sign.json',
      'query-file-modified result_1.csv.gz',
    ],
    false,
  ],
  [
    'the last file taken off the list, and left where it is',
    (world, results) => rewrite(world, results, { files: results.document.files.slice(0, 2) }),
    [
      'query-list-truncated result_sign.json',
      'query-files-unverifiable result_sign.json',
      'query-file-unlisted result_3.csv.gz',
    ],
    false,
  ],
  [
    'a file in the middle taken off the list',
    (world, results) => rewrite(world, results, { files: results.document.files.toSpliced(1, 1) }),
    [
      'query-list-truncated result_sign.json',
      'query-files-unverifiable result_sign.json',
      'query-file-unlisted result_2.csv.gz',
    ],
    false,
  ],
  [
    'a file taken off the list and deleted',
    (world, results) => {
      rewrite(world, results, { files: results.document.files.slice(0, 2) });
      objectsOf(world).delete(results.files[2]?.key ?? '');
    },
    ['query-signature-invalid result_sign.json', 'query-files-unverifiable result_sign.json'],
    false,
  ],
  [
    'a file taken off the list and changed',
    (world, results) => {
      rewrite(world, results, { files: results.document.files.slice(0, 2) });
      replace(world, results, 'result_3.csv.gz', 'forged');
    },
    [
      'query-signature-invalid result_sign.json',
      'query-files-unverifiable result_sign.json',
      'query-file-unlisted result_3.csv.gz',
    ],
    false,
  ],
  [
    'the order of the list changed',
    (world, results) => rewrite(world, results, { files: results.document.files.toReversed() }),
    ['query-signature-invalid result_sign.json', 'query-files-unverifiable result_sign.json'],
    false,
  ],
  [
    'the list emptied',
    (world, results) => rewrite(world, results, { files: [] }),
    [
      'query-list-empty result_sign.json',
      'query-list-truncated result_sign.json',
      'query-file-unlisted result_1.csv.gz',
      'query-file-unlisted result_2.csv.gz',
      'query-file-unlisted result_3.csv.gz',
    ],
    false,
  ],
  [
    'an empty list signed',
    (world, results) => {
      const document = { ...results.document, files: [] };
      signDocument(document, KEY_A);
      rewrite(world, results, document);
      for (const { key } of results.files) objectsOf(world).delete(key);
    },
    ['query-list-empty result_sign.json'],
    true,
  ],
  [
    'a result planted',
    (world, results) => replace(world, results, 'result_4.csv.gz', 'planted'),
    ['query-file-unlisted result_4.csv.gz'],
    true,
  ],
  [
    'another signature',
    (world, results) => rewrite(world, results, { hashSignature: '00'.repeat(256) }),
    ['query-signature-invalid result_sign.json', 'query-files-unverifiable result_sign.json'],
    false,
  ],
  [
    'signed by somebody else under the same fingerprint',
    (world, results) => {
      const document = { ...results.document };
      signDocument(document, KEY_B);
      rewrite(world, results, document);
    },
    ['query-signature-invalid result_sign.json', 'query-files-unverifiable result_sign.json'],
    false,
  ],
  [
    'a key that nobody has handed out',
    (world, results) => rewrite(world, results, { publicKeyFingerprint: KEY_B.fingerprint }),
    ['query-key-unknown result_sign.json', 'query-files-unverifiable result_sign.json'],
    false,
  ],
  [
    'another region',
    (world, results) => rewrite(world, results, { region: 'eu-west-1' }),
    ['query-key-unknown result_sign.json', 'query-files-unverifiable result_sign.json'],
    false,
  ],
  [
    'an algorithm that is not supported',
    (world, results) => rewrite(world, results, { signatureAlgorithm: 'SHA1withRSA' }),
    ['query-algorithm-unknown result_sign.json', 'query-files-unverifiable result_sign.json'],
    false,
  ],
  [
    'a hash algorithm that is not supported',
    (world, results) => rewrite(world, results, { hashAlgorithm: 'MD5' }),
    [
      'query-algorithm-unknown result_sign.json',
      'query-file-unlisted result_1.csv.gz',
      'query-file-unlisted result_2.csv.gz',
      'query-file-unlisted result_3.csv.gz',
    ],
    false,
  ],
  [
    'a name that leads out of the folder',
    (world, results) => {
      const [first] = results.document.files;
      if (first) rewrite(world, results, { files: results.document.files.with(0, { ...first, fileName: '../x' }) });
    },
    ['query-file-name-unsafe result_sign.json', 'query-file-unlisted result_1.csv.gz'],
    true,
  ],
  [
    'a sign file that is none',
    (world, results) => replace(world, results, 'result_sign.json', '123'),
    [
      'query-sign-file-malformed result_sign.json',
      'query-file-unlisted result_1.csv.gz',
      'query-file-unlisted result_2.csv.gz',
      'query-file-unlisted result_3.csv.gz',
    ],
    false,
  ],
];

describe('tampering', () => {
  it.each(CASES)('%s', async (_, tamper, expected, trusted) => {
    const { world, results } = forged();
    tamper(world, results);
    const run = await verifyWorld(world);
    const event = resultsOf(run);
    expect(said(event.findings)).toEqual(expected);
    expect(event.trusted).toBe(trusted);
    expect(run.outcome).toBe(outcomeOfFindings(event.findings));
    expect(event.outcome).toBe(run.outcome);
    // Nothing is verified on the word of a list that is not.
    if (!trusted) expect(event.files.filter(({ outcome }) => outcome === 'verified')).toEqual([]);
  });

  it('names what was taken off the list', async () => {
    const { world, results } = forged({ files: 12 });
    rewrite(world, results, { files: results.document.files.filter((_, index) => ![1, 10, 11].includes(index)) });
    expect((await verifyWorld(world)).findings).toContainEqual(
      expect.objectContaining({
        code: 'query-list-truncated',
        args: { missing: ['result_2.csv.gz', 'result_11.csv.gz', 'result_12.csv.gz'] },
      }),
    );
  });

  it('names no more than 32 of those that were taken off, and counts the others', async () => {
    for (const [taken, more] of [
      [32, {}],
      [40, { more: 8 }],
    ] as const) {
      const { world, results } = forged({ files: 41 });
      rewrite(world, results, { files: results.document.files.slice(0, 41 - taken) });
      const missing = Array.from({ length: 32 }, (_, index) => `result_${42 - taken + index}.csv.gz`);
      expect((await verifyWorld(world)).findings).toContainEqual(
        expect.objectContaining({ code: 'query-list-truncated', args: { missing, ...more } }),
      );
    }
  });

  it('of a name is never followed', async () => {
    const { world, results } = forged({ folder: 'a/b/' });
    replace(world, { ...results, folder: 'a/' }, 'x', 'secret');
    const files = [{ fileName: '../x', fileHashValue: 'ab'.repeat(32) }];
    rewrite(world, results, { files });
    const event = resultsOf(await verifyWorld(world));
    expect(event.files).toEqual([{ ref: { bucket: BUCKET, key: 'a/b/../x' }, outcome: 'failed', size: 0 }]);
  });
});

describe('keys', () => {
  const asked: { region: string; start: number; end: number }[] = [];
  const recording = (world: World): KeySource => ({
    description: 'recording',
    keysFor: (region, during) => {
      asked.push({ region, ...during });
      return worldKeys(world).keysFor(region, during);
    },
  });

  it('are asked for in the region of the sign file, from an hour before the query ended to 20 days after', async () => {
    const { world } = forged({ region: 'ap-southeast-2' });
    expect((await verifyWorld(world, { keys: recording(world) })).outcome).toBe('verified');
    expect(asked).toEqual([
      { region: 'ap-southeast-2', start: QUERY_COMPLETED - HOUR, end: QUERY_COMPLETED + 20 * DAY },
    ]);
  });

  it('that cannot be had leave the results undetermined, and their files are looked at all the same', async () => {
    const { world, results } = forged();
    const refusal = { errorCode: 'AccessDenied', message: 'no' };
    const keys: KeySource = { description: 'none', keysFor: async () => ({ status: 'unavailable', refusal }) };
    const run = await verifyWorld(world, { keys });
    expect(said(run.findings)).toEqual([
      'query-keys-unavailable result_sign.json',
      'query-files-unverifiable result_sign.json',
    ]);
    expect(run.outcome).toBe('undetermined');
    replace(world, results, 'result_2.csv.gz', 'forged');
    expect((await verifyWorld(world, { keys })).outcome).toBe('failed');
  });

  it.each([
    ['too short', SMALL_KEY, 'too-short'],
    ['not what its name says', KEY_A, 'fingerprint-mismatch'],
  ] as const)('%s are not used', async (_, key, reason) => {
    const { world } = forged({ key });
    if (reason === 'fingerprint-mismatch') {
      const [record] = world.publicKeys;
      if (record) world.publicKeys.splice(0, 1, { ...record, der: KEY_B.pkcs1 });
    }
    const run = await verifyWorld(world);
    expect(run.findings).toContainEqual(
      expect.objectContaining({ code: 'query-key-unsuitable', args: { fingerprint: key.fingerprint, reason } }),
    );
    expect(run.outcome).toBe('undetermined');
  });
});

describe('where results are looked for', () => {
  const CHAIN = {
    bucket: BUCKET,
    accountId: '111122223333',
    trailName: 'main',
    region: 'us-east-1',
    homeRegion: 'us-east-1',
    start: Date.parse('2026-03-01T00:01:31Z'),
    hours: 2,
    logsPerHour: 1,
  };
  const found = ({ events }: Run) => events.flatMap((event) => (event.type === 'query-results' ? [event.ref.key] : []));

  it('is where CloudTrail Lake delivers, beside the trails, of every account, and in folders outside', async () => {
    const world = emptyWorld();
    forgeChain(world, CHAIN);
    const places = [
      forgeQueryResults(world, { bucket: BUCKET }),
      forgeQueryResults(world, { bucket: BUCKET, accountId: '444455556666', queryId: 'q' }),
      forgeQueryResults(world, { bucket: BUCKET, folder: 'cases/2026/7/' }),
      forgeQueryResults(world, { bucket: BUCKET, folder: '' }),
    ];
    const run = await verifyWorld(world);
    expect(found(run)).toEqual(places.map(({ signFile }) => signFile.key).sort());
    expect(run.outcome).toBe('verified');
    expect(run.summary.totals.chains.verified).toBe(1);
    expect(run.events.at(-1)?.type).toBe('query-results');
  });

  it('is not among the files of a trail, or of other services', async () => {
    const world = emptyWorld();
    forgeChain(world, CHAIN);
    const names = ['CloudTrail', 'CloudTrail-Digest', 'Config'];
    for (const name of names) forgeQueryResults(world, { bucket: BUCKET, folder: `AWSLogs/111122223333/${name}/x/` });
    expect(found(await verifyWorld(world))).toEqual([]);
  });

  it('can be a folder below AWSLogs itself', async () => {
    const { world, results } = forged();
    forgeQueryResults(world, { bucket: BUCKET, queryId: 'another' });
    for (const prefix of [results.folder, results.folder.slice(0, -1)]) {
      const run = await verifyWorld(world, { sources: [{ bucket: BUCKET, prefix }] });
      expect(found(run)).toEqual([results.signFile.key]);
      expect(run.outcome).toBe('verified');
    }
    const all = await verifyWorld(world, {
      sources: [{ bucket: BUCKET, prefix: 'AWSLogs/111122223333/CloudTrail-Lake/' }],
    });
    expect(found(all)).toHaveLength(2);
  });

  it('follows the accounts that are selected, and is nowhere where a trail or a region is', async () => {
    const world = emptyWorld();
    forgeChain(world, CHAIN);
    const { signFile } = forgeQueryResults(world, { bucket: BUCKET, accountId: '444455556666' });
    forgeQueryResults(world, { bucket: BUCKET, folder: 'cases/' });
    const run = await verifyWorld(world, { accounts: ['444455556666'] });
    expect(found(run)).toEqual([signFile.key]);
    expect(run.outcome).toBe('verified');
    expect(found(await verifyWorld(world, { trails: ['main'] }))).toEqual([]);
    expect(found(await verifyWorld(world, { regions: ['us-east-1'] }))).toEqual([]);
    expect(said((await verifyWorld(world, { accounts: ['777788889999'] })).findings)).toEqual(['selection-not-found']);
  });

  it('is told in the order of places, at any speed', async () => {
    const world = emptyWorld();
    const folders = Array.from({ length: 20 }, (_, index) => `f${String(index).padStart(2, '0')}/`);
    for (const folder of folders.toReversed()) forgeQueryResults(world, { bucket: BUCKET, folder, files: 1 });
    expect(found(await verifyWorld(world))).toEqual(folders.map((folder) => `${folder}result_sign.json`));
  });
});
