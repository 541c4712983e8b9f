import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { startServer } from '../../support/aws/server.js';
import { type DigestDocument, decodeDigest, encodeDigest, signingText } from '../../support/forge/digest-document.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { stableGzip } from '../../support/forge/stable-gzip.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { objectAt } from '../../support/tamper/tamper.js';
import { emptyWorld } from '../../support/worlds/world.js';
import { writeArchive } from '../../support/worlds/write-world.js';

const temporaryFolder = temporaryFolders();
beforeEach(setThrowawayCredentials);

function archive(kind: 'standard' | 'backfill' = 'standard') {
  const world = emptyWorld();
  const place = { bucket: 'acme-trails', region: 'us-east-1', homeRegion: 'us-east-1', accountId: '111122223333' };
  const times = { start: Date.parse('2026-03-01T00:01:31Z'), hours: 2, logsPerHour: 2 };
  return { world, chain: forgeChain(world, { ...place, ...times, kind, trailName: 'main' }) };
}

async function onDisk(kind?: 'standard' | 'backfill') {
  const { world, chain } = archive(kind);
  const folder = temporaryFolder();
  await writeArchive(world, folder, { layout: 'flat', sidecars: true });
  return { world, chain, fileOf: (key: string) => path.join(folder, key) };
}

const inspect = (...args: string[]) => runMain(['inspect', ...args]);

it('shows what a digest says, and the text that its signature covers', async () => {
  const { world, chain, fileOf } = await onDisk();
  const digest = digestAt(chain, 1);
  const { status, stdout, stderr } = await inspect(fileOf(digest.ref.key));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^NOT VERIFIED: /);
  expect(stdout).toContain('2026-03-01T01:01:31Z to 2026-03-01T02:01:31Z');
  for (const text of [digest.sha256, digest.signature, digestAt(chain, 0).ref.key, digestAt(chain, 0).sha256]) {
    expect(stdout).toContain(text);
  }
  for (const { ref, sha256 } of digest.logs) expect(stdout).toContain(`${sha256} s3://${ref.bucket}/${ref.key}\n`);
  const document = decodeDigest(objectAt(world, digest.ref).body);
  const signed = signingText(document, digest.bytes)
    .split('\n')
    .map((line) => `    ${line}\n`);
  expect(stdout).toContain(`data-signing string:\n${signed.join('')}`);
});

it('shows a starting digest, and when a backfill digest was made', async () => {
  const { chain, fileOf } = await onDisk('backfill');
  const { stdout } = await inspect(fileOf(digestAt(chain, 0).ref.key));
  expect(stdout).toContain('a starting digest');
  expect(stdout).toContain('generated   2026-03-01T06:01:31Z');
});

it('shows the same to a program, in one line of JSON that says it is not verified', async () => {
  const { chain, fileOf } = await onDisk();
  const [earlier, digest] = [digestAt(chain, 0), digestAt(chain, 1)];
  const { status, stdout, stderr } = await inspect(fileOf(digest.ref.key), '--format', 'json');
  expect({ status, stderr, lines: stdout.split('\n').length }).toEqual({ status: 0, stderr: '', lines: 2 });
  const { ref: _, logs, ...shown } = JSON.parse(stdout).document.digest;
  expect(shown).toEqual({
    accountId: '111122223333',
    start: '2026-03-01T01:01:31Z',
    end: '2026-03-01T02:01:31Z',
    place: digest.ref,
    keyFingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    previous: { ...earlier.ref, sha256: earlier.sha256, signature: earlier.signature },
  });
  expect(logs.map(({ sha256 }: { sha256: string }) => sha256)).toEqual(digest.logs.map(({ sha256 }) => sha256));
  expect(JSON.parse(stdout)).toMatchObject({
    verified: false,
    content: { form: 'gzip', sha256: digest.sha256 },
    metadata: { signature: digest.signature },
    document: { type: 'digest', signingString: expect.stringContaining(digest.sha256) },
  });
});

it('shows a malformed digest and a log to a program', async () => {
  const { world, chain, fileOf } = await onDisk();
  const log = await inspect(fileOf(logAt(chain, 0, 0).ref.key), '--format', 'json');
  expect(JSON.parse(log.stdout).document).toMatchObject({ type: 'log', records: 3 });
  const document = decodeDigest(objectAt(world, digestAt(chain, 1).ref).body);
  document.digestEndTime = '\u001b[2J\u202e';
  const file = path.join(temporaryFolder(), 'digest.json.gz');
  writeFileSync(file, stableGzip(encodeDigest(document)));
  const { stdout } = await inspect(file, '--format', 'json');
  expect(JSON.parse(stdout).document).toEqual({
    type: 'broken-digest',
    findings: [expect.objectContaining({ code: 'digest-timestamp-invalid' })],
  });
  expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
});

it('shows what a log holds', async () => {
  const { chain, fileOf } = await onDisk();
  const log = logAt(chain, 0, 0);
  const { status, stdout } = await inspect(fileOf(log.ref.key));
  expect(stdout).toContain(log.sha256);
  expect(stdout).toContain('a log of 3 records');
  expect(status).toBe(0);
});

it('shows the same of an object in S3', async () => {
  const { world, chain, fileOf } = await onDisk();
  const server = await startServer(world);
  for (const { bucket, key } of [digestAt(chain, 1).ref, logAt(chain, 0, 1).ref]) {
    expect(await inspect(`s3://${bucket}/${key}`, '--endpoint-url', server.url)).toEqual(await inspect(fileOf(key)));
  }
  await server.close();
});

it('shows what is damaged, as far as it goes', async () => {
  const { world, chain } = archive();
  const { body } = objectAt(world, digestAt(chain, 1).ref);
  const file = path.join(temporaryFolder(), 'digest.json.gz');
  writeFileSync(file, body.slice(0, 100));
  expect((await inspect(file)).stdout).toMatch(/100 bytes, gzip, truncated/);
  writeFileSync(file, Buffer.concat([body, Buffer.from('junk')]));
  expect((await inspect(file)).stdout).toMatch(/gzip, trailing data/);
  writeFileSync(file, 'no digest');
  expect((await inspect(file)).stdout).toMatch(/not compressed\n(?:.*\n)*.*neither a digest nor a log/);
  writeFileSync(file, '');
  expect(await inspect(file)).toMatchObject({ status: 0, stderr: '' });
});

it.each(['s3://bucket', 's3://bucket/', 's3://bucket/folder/'])('says what to write instead of %s', async (object) => {
  expect(await inspect(object)).toMatchObject({ status: 64, stderr: expect.stringContaining('s3://BUCKET/KEY') });
});

it('says of a folder that it is one, and of nothing that it is not there', async () => {
  const folder = temporaryFolder();
  const [found, missing] = [await inspect(folder), await inspect(path.join(folder, 'none'))];
  expect([found.status, missing.status]).toEqual([64, 64]);
  expect(found.stderr).toContain('is a folder');
  expect(missing.stderr).toContain('no such object');
});

it('escapes what a file says', async () => {
  const { world, chain } = archive();
  const document: DigestDocument = decodeDigest(objectAt(world, digestAt(chain, 1).ref).body);
  document.digestS3Object = '\u001b[2J\u202e';
  document.previousDigestS3Bucket = 'a\nb\r';
  for (const log of document.logFiles) log.s3Object = '\u0000\u0007\u009b';
  const file = path.join(temporaryFolder(), 'digest.json.gz');
  writeFileSync(file, stableGzip(encodeDigest(document)));
  writeFileSync(`${file}.metadata.json`, JSON.stringify({ Metadata: { signature: '\u001b[0m' } }));
  const { stdout } = await inspect(file);
  expect(stdout).toContain('\\u{1b}[2J\\u{202e}');
  expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
});
