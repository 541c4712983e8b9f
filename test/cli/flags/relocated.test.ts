import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Report } from '../../../src/core/report/report.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { startServer } from '../../support/aws/server.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { deleteObject, modifyLog } from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { inVersions } from '../../support/worlds/versions.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';
import { writeArchive, writeKeySnapshot } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const NOW = START + 7 * 3_600_000;
const TRAIL: ForgeOptions = {
  ...MAIN_TRAIL,
  start: START,
  hours: 6,
  logsPerHour: 2,
};

const temporaryFolder = temporaryFolders();
beforeEach(setThrowawayCredentials);
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A copy of all buckets of a forged world; the originals are gone. */
function copyOf(
  options: Partial<ForgeOptions>,
  place: (bucket: string, key: string) => readonly [string, string],
): { readonly copy: World; readonly chain: ForgedChain } {
  const world = emptyWorld();
  const chain = forgeChain(world, { ...TRAIL, ...options });
  const copy = emptyWorld();
  copy.publicKeys.push(...world.publicKeys);
  for (const [bucket, objects] of world.buckets)
    for (const [key, object] of objects) putObject(copy, ...place(bucket, key), object);
  return { copy, chain };
}

async function verify(world: World, source: string, ...flags: string[]): Promise<Report> {
  const keys = path.join(temporaryFolder(), 'keys.json');
  await writeKeySnapshot(world, keys);
  const server = await startServer(world, { pageSize: 5 });
  const endpoint = source.startsWith('s3:') ? ['--endpoint-url', server.url] : [];
  const common = ['--keys', keys, '--format', 'json', '--audit-unreferenced'];
  const { stdout } = await runMain(['verify', source, ...endpoint, ...common, ...flags], NOW).finally(server.close);
  return JSON.parse(stdout) as Report;
}

const COPIES: Readonly<
  Record<string, [Partial<ForgeOptions>, (bucket: string, key: string) => readonly [string, string], string, string[]]>
> = {
  'a bucket of another name': [{}, (_, key) => ['copy', key], 's3://copy', ['acme-trails=copy']],
  'a prefix added': [{}, (bucket, key) => [bucket, `x/y/${key}`], 's3://acme-trails', ['acme-trails=acme-trails/x/y']],
  'a prefix added, asked for by it': [
    {},
    (_, key) => ['copy', `x/${key}`],
    's3://copy/x',
    ['s3://acme-trails=s3://copy/x/'],
  ],
  'a prefix changed': [
    { prefix: 'p' },
    (_, key) => ['copy', key.replace(/^p\//, 'q/')],
    's3://copy',
    ['acme-trails/p=copy/q'],
  ],
  'two buckets in one': [
    { logBucket: 'acme-logs' },
    (bucket, key) => ['copy', `${bucket}/${key}`],
    's3://copy/acme-trails',
    ['acme-trails=copy/acme-trails', 'acme-logs=copy/acme-logs'],
  ],
};

describe.each(Object.entries(COPIES))('a copy with %s', (_, [options, place, source, relocations]) => {
  const flags = relocations.flatMap((relocation) => ['--relocated', relocation]);

  it('is verified, and said to be read elsewhere', async () => {
    const { copy } = copyOf(options, place);
    const report = await verify(copy, source, ...flags);
    expect(report.outcome).toBe('verified');
    expect(report.findings).toEqual(
      relocations.map((relocation) => ({
        code: 'objects-relocated',
        kind: 'run',
        effect: 'warning',
        subject: { type: 'run' },
        args: { relocation },
      })),
    );
    expect(report.request.relocated).toEqual(relocations);
    expect(report.totals).toMatchObject({ digests: { verified: 6 }, logs: { verified: 12 } });
  });

  it('fails where it differs, by the names of the originals', async () => {
    const { copy, chain } = copyOf(options, place);
    const [changed, deleted] = [logAt(chain, 3, 0).ref, digestAt(chain, 1).ref];
    const [bucket, key] = place(changed.bucket, changed.key);
    inVersions(copy, { bucket, key }, START, () => modifyLog(copy, { bucket, key }));
    const [digestBucket, digestKey] = place(deleted.bucket, deleted.key);
    deleteObject(copy, { bucket: digestBucket, key: digestKey });
    const report = await verify(copy, source, '--use-versions', ...flags);
    expect(report.findings.slice(0, -relocations.length)).toMatchObject([
      { code: 'log-modified', subject: changed },
      { code: 'log-recovered', subject: changed },
      { code: 'digest-missing', subject: deleted },
      { code: 'object-versions-unmatched', subject: deleted },
      { code: 'chain-interval-lost' },
      // A log of another bucket lies in no folder that the digests' bucket has.
      ...(options.logBucket ? [] : [{ code: 'log-unaccounted' }, { code: 'log-unaccounted' }]),
    ]);
  });

  it('has digests that were deleted at the end of a chain found where they lay', async () => {
    const { copy, chain } = copyOf(options, place);
    const { ref } = digestAt(chain, -1);
    const [bucket, key] = place(ref.bucket, ref.key);
    inVersions(copy, { bucket, key }, START, () => deleteObject(copy, { bucket, key }));
    const report = await verify(copy, source, '--use-versions', ...flags);
    expect(report.findings.slice(0, -relocations.length)).toMatchObject([
      { code: 'digest-missing', subject: ref },
      { code: 'digest-recovered', subject: ref },
    ]);
  });

  it('is found out without being told, and the relocation to confirm is said (relocation-unconfirmed)', async () => {
    const { copy } = copyOf(options, place);
    const report = await verify(copy, source);
    // The other bucket of the copy lies beside the source.
    const isPart = options.logBucket !== undefined;
    const codes = report.findings.map(({ code, args }) => [code, 'relocation' in args ? args.relocation : '']);
    const plain = (text: string) => text.replaceAll('s3://', '').replace(/\/$/, '');
    expect([report.outcome, codes.at(-1)]).toEqual([
      'undetermined',
      ['relocation-unconfirmed', plain(relocations[0] ?? '')],
    ]);
    expect(report.totals.digests.verified).toBe(6);
    expect(new Set(codes.slice(0, -1).map(([code]) => code))).toEqual(new Set(isPart ? ['log-unavailable'] : []));
  });
});

it('a relocation from a place that nothing was delivered to is not said to have been used', async () => {
  const { copy } = copyOf({}, (_, key) => ['copy', key]);
  const flags = ['acme-trials=copy-of-trials', 'acme-trails=copy'].flatMap((text) => ['--relocated', text]);
  const { findings, outcome } = await verify(copy, 's3://copy', ...flags);
  expect(outcome).toBe('verified');
  expect(findings).toMatchObject([
    { code: 'relocation-unused', effect: 'warning', args: { relocation: 'acme-trials=copy-of-trials' } },
    { code: 'objects-relocated', effect: 'warning', args: { relocation: 'acme-trails=copy' } },
  ]);
});

it('a relocation that concerns no bucket of a folder takes nothing from those that lie there', async () => {
  const { copy } = copyOf({}, (bucket, key) => [bucket, key]);
  const folder = path.join(temporaryFolder(), 'archive');
  await writeArchive(copy, folder, { layout: 'buckets', sidecars: true });
  const { outcome, findings, totals } = await verify(copy, folder, '--relocated', 'acme-trials=elsewhere');
  expect([outcome, totals.logs.verified]).toEqual(['verified', 12]);
  expect(findings).toMatchObject([{ code: 'relocation-unused' }]);
});

it('a copy on disk below another folder is verified, bucket named or not', async () => {
  const { copy } = copyOf({ prefix: 'p' }, (bucket, key) => [bucket, `2026/backup/${key}`]);
  for (const layout of ['flat', 'buckets'] as const) {
    const folder = path.join(temporaryFolder(), 'archive');
    await writeArchive(copy, folder, { layout, sidecars: true });
    const to = layout === 'flat' ? 'acme-trails/2026/backup' : 'any/acme-trails/2026/backup';
    const report = await verify(copy, folder, '--relocated', `acme-trails=${to}`);
    expect([layout, report.outcome, report.totals.logs.verified]).toEqual([layout, 'verified', 12]);
  }
});

it.each(['acme-trails', '=copy', 'acme-trails=', 'a=b=c', 'a=s3://'])(
  '--relocated %s is refused',
  async (relocation) => {
    const { status, stderr } = await runMain(['verify', 's3://x', '--keys', 'k', '--relocated', relocation], NOW);
    expect(status).toBe(64);
    expect(stderr).toContain(`--relocated ${relocation}: write FROM=TO`);
  },
);
