import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { startServer } from '../../support/aws/server.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { launch, launchEnvironment } from '../../support/run/launch.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { modifyLog, objectAt } from '../../support/tamper/tamper.js';
import { emptyWorld } from '../../support/worlds/world.js';
import { writeArchive, writeKeyFile } from '../../support/worlds/write-world.js';

const HOOK = new URL('../../support/run/forbid-network.js', import.meta.url);
const temporaryFolder = temporaryFolders();
let archive: string;
let keys: string;
let digest: string;
let changedLog: string;
let delivered: Uint8Array;

beforeEach(async () => {
  const folder = temporaryFolder();
  [archive, keys] = [path.join(folder, 'archive'), path.join(folder, 'keys.json')];
  const world = emptyWorld();
  const place = { bucket: 'acme-trails', region: 'us-east-1', homeRegion: 'us-east-1', accountId: '111122223333' };
  const start = Date.parse('2026-03-01T00:01:31Z');
  const chain = forgeChain(world, { ...place, trailName: 'main', start, hours: 3, logsPerHour: 1 });
  const { ref } = logAt(chain, 1, 0);
  [changedLog, delivered] = [ref.key, objectAt(world, ref).body];
  modifyLog(world, ref);
  await writeArchive(world, archive, { layout: 'flat', sidecars: true });
  await writeKeyFile(world, keys);
  digest = path.join(archive, digestAt(chain, 0).ref.key);
});

/** Runs the command in a process that ends with a word of what it did as soon as it touches AWS code or the network. */
const launchOffline = (args: readonly string[], env = launchEnvironment()) =>
  launch(args, { env, nodeArgs: ['--import', fileURLToPath(HOOK)] });

describe('a folder and a key file need no network and no AWS code', () => {
  it('verify --format text, json and ndjson', async () => {
    const files = ['json', 'ndjson'].map((format) => `${archive}.${format}`);
    const reports = files.flatMap((file) => ['--report', `${path.extname(file).slice(1)}=${file}`]);
    const args = ['verify', archive, '--keys', keys, '--format', 'text', ...reports];
    const { status, stdout, stderr } = await launchOffline(args);
    for (const text of [stdout, ...files.map((file) => readFileSync(file, 'utf8'))])
      expect(text).toContain('log-modified');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  });

  it('verify, where what was delivered lies under the name of the bucket, as somebody put it there', async () => {
    const planted = path.join(archive, 'acme-trails', changedLog);
    mkdirSync(path.dirname(planted), { recursive: true });
    writeFileSync(planted, delivered);
    const { status, stdout } = await launchOffline(['verify', archive, '--keys', keys]);
    expect(stdout).toContain('log-modified');
    expect(status).toBe(1);
  });

  it('verify, where a metadata file cannot be used: the digest is undetermined, and the file is named', async () => {
    const names = readdirSync(path.dirname(digest)).filter((name) => name.endsWith('.metadata.json'));
    const [newest = ''] = names.sort().reverse();
    writeFileSync(path.join(path.dirname(digest), newest), 'not what head-object prints');
    const { stdout } = await launchOffline(['verify', archive, '--keys', keys, '--format', 'json']);
    const { findings } = JSON.parse(stdout) as { findings: { code: string; args: object }[] };
    const metadataFile = path.relative(archive, path.join(path.dirname(digest), newest));
    expect(findings.filter(({ code }) => code === 'digest-signature-missing')).toMatchObject([
      { args: { metadataFile } },
    ]);
  });

  it('keys show', async () => {
    const { status, stdout, stderr } = await launchOffline(['keys', 'show', keys]);
    expect(stdout).toMatch(/each with the fingerprint it claims/);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('inspect', async () => {
    const { status, stdout, stderr } = await launchOffline(['inspect', digest]);
    expect(stdout).toMatch(/^NOT VERIFIED/);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('the guard of this test', () => {
  it.each([
    ['verify', () => ['verify', archive]],
    ['verify of a bucket', () => ['verify', 's3://acme-trails', '--keys', keys]],
    ['keys fetch', () => ['keys', 'fetch', '--region', 'us-east-1']],
    ['inspect of an object', () => ['inspect', 's3://acme-trails/key']],
  ])('sees that %s loads AWS code', async (_, args) => {
    const { status, stderr } = await launchOffline(args());
    expect(stderr).toMatch(/FORBIDDEN import of \.\/(?:sdk|s3)-/);
    expect(status).not.toBe(0);
  });

  it('sees a connection', async () => {
    const server = await startServer(emptyWorld());
    const connect = `await import('node:http').then(({ get }) => get(${JSON.stringify(server.url)}))`;
    const nodeArgs = [
      '--import',
      fileURLToPath(HOOK),
      '--import',
      `data:text/javascript,${encodeURIComponent(connect)}`,
    ];
    const { status, stderr } = await launch(['keys', 'show', keys], { nodeArgs });
    await server.close();
    expect({ status, stderr }).toEqual({ status: 99, stderr: 'FORBIDDEN connection\n' });
  });

  it('sees a name being looked up', async () => {
    const look = `await import('node:dns').then(({ default: dns }) => dns.lookup('localhost', () => {}))`;
    const nodeArgs = ['--import', fileURLToPath(HOOK), '--import', `data:text/javascript,${encodeURIComponent(look)}`];
    const { status, stderr } = await launch(['keys', 'show', keys], { nodeArgs });
    expect({ status, stderr }).toEqual({ status: 99, stderr: 'FORBIDDEN dns.lookup\n' });
  });
});
