import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { parseKeyList } from '../../../src/core/keys/key-list.js';
import { DAY } from '../../../src/core/time/instant.js';
import { loopbackServers } from '../../support/aws/loopback-servers.js';
import type { LoopbackServer, ServerOptions } from '../../support/aws/server.js';
import { forgeChain } from '../../support/forge/forge.js';
import { KEY_A, KEY_B } from '../../support/forge/throwaway-keys.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';
import { writeArchive } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T00:01:31Z');
const NOW = START + DAY;
const temporaryFolder = temporaryFolders();
const startServer = loopbackServers();

function worldOfTwoRegions(): World {
  const world = emptyWorld();
  const place = { bucket: 'acme-trails', homeRegion: 'us-east-1', accountId: '111122223333', trailName: 'main' };
  for (const region of ['us-east-1', 'eu-west-1']) {
    forgeChain(world, {
      ...place,
      region,
      start: START,
      hours: 3,
      logsPerHour: 1,
      key: region === 'us-east-1' ? KEY_A : KEY_B,
    });
  }
  return world;
}

async function fetchKeys(flags: readonly string[], options: ServerOptions = {}, world = worldOfTwoRegions()) {
  const server = await startServer(world, options);
  return { server, ...(await runMain(['keys', 'fetch', '--endpoint-url', server.url, ...flags], NOW)) };
}

const regionFlags = ['--region', 'us-east-1', '--region', 'eu-west-1'];
const asked = ({ requests }: LoopbackServer, operation: string) =>
  requests.filter((request) => request.operation === operation);

describe('keys fetch', () => {
  it('writes a snapshot of the regions asked, and how it was come by', async () => {
    const { status, stdout, stderr, server } = await fetchKeys([...regionFlags, '--from', '2026-02-01', '--to', 'now']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '2 keys from 2 regions\n' });
    expect(JSON.parse(stdout)).toMatchObject({
      format: 'trailproof-keys',
      takenAt: '2026-03-02T00:01:31Z',
      endpointUrl: server.url,
      asked: { from: '2026-02-01T00:00:00Z', to: '2026-03-02T00:01:31Z' },
      regions: [
        { region: 'us-east-1', PublicKeyList: [{ Fingerprint: KEY_A.fingerprint }] },
        { region: 'eu-west-1', PublicKeyList: [{ Fingerprint: KEY_B.fingerprint }] },
      ],
    });
    expect(parseKeyList(stdout).map(({ region, fingerprint }) => [region, fingerprint])).toEqual([
      ['us-east-1', KEY_A.fingerprint],
      ['eu-west-1', KEY_B.fingerprint],
    ]);
  });

  it('asks every region of the partition where none is named', async () => {
    const { status, stderr, server } = await fetchKeys([]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^2 keys from 2 regions; none of that time in (?:[a-z]+-[a-z-]+-\d(?:, |\n$)){20,}/);
    const regions = asked(server, 'ListPublicKeys').map(({ region }) => region);
    expect(regions.length).toBeGreaterThan(20);
    expect(new Set(regions).size).toBe(regions.length);
    for (const region of ['us-east-1', 'eu-west-1', 'ap-southeast-2']) expect(regions).toContain(region);
    for (const region of regions) expect(region).not.toMatch(/^(?:cn|us-gov|EU)/);
  });

  it('goes by the region that is configured, to find the partition', async () => {
    vi.stubEnv('AWS_REGION', 'us-gov-east-1');
    const { server } = await fetchKeys([]);
    expect(new Set(asked(server, 'ListPublicKeys').map(({ region }) => region))).toEqual(
      new Set(['us-gov-east-1', 'us-gov-west-1']),
    );
  });

  it('keeps what a region answered though another refuses, and says so', async () => {
    const { status, stdout, stderr } = await fetchKeys(regionFlags, {
      fault: ({ region }) =>
        region === 'us-east-1'
          ? { status: 400, errorCode: 'AccessDeniedException', message: 'no\u001b[2J' }
          : undefined,
    });
    expect(status).toBe(2);
    expect(stderr).toBe(
      'trailproof: us-east-1 gave no keys (AccessDeniedException): no\\u{1b}[2J\n1 key from 1 region\n',
    );
    expect(JSON.parse(stdout)).toMatchObject({
      regions: [{ region: 'us-east-1', error: { errorCode: 'AccessDeniedException' } }, { region: 'eu-west-1' }],
    });
    expect(parseKeyList(stdout).map(({ region }) => region)).toEqual(['eu-west-1']);
  });

  it('takes a region that is not enabled for one that has delivered nothing', async () => {
    const message = 'The security token included in the request is invalid.';
    const { status, stderr, stdout } = await fetchKeys(regionFlags, {
      fault: ({ region }) =>
        region === 'eu-west-1' ? { status: 400, errorCode: 'UnrecognizedClientException', message } : undefined,
    });
    expect(stderr).toBe('1 key from 1 region; 1 not enabled for this account\n');
    expect(status).toBe(0);
    expect(parseKeyList(stdout)).toHaveLength(1);
  });

  it('is not satisfied with no keys at all', async () => {
    const { status, stderr } = await fetchKeys(['--region', 'sa-east-1']);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: '0 keys from 0 regions; none of that time in sa-east-1\n',
    });
  });

  it('names the regions that have none', async () => {
    const { status, stderr } = await fetchKeys([...regionFlags, '--region', 'sa-east-1', '--region', 'ap-south-1']);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: '2 keys from 2 regions; none of that time in sa-east-1, ap-south-1\n',
    });
  });

  it('writes to a file, whole or not at all', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'keys.json');
    const { status, stdout } = await fetchKeys([...regionFlags, '--output', file]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(parseKeyList(readFileSync(file, 'utf8'))).toHaveLength(2);
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  it('asks nobody where its file cannot be written', async () => {
    const { status, stderr, server } = await fetchKeys([
      ...regionFlags,
      '--output',
      path.join(temporaryFolder(), 'nowhere', 'keys.json'),
    ]);
    expect(status).toBe(64);
    expect(stderr).toMatch(/cannot write .+keys\.json \(ENOENT\)/);
    expect(server.requests).toEqual([]);
  });

  it('leaves nothing behind where its file cannot get its name', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'keys.json');
    const fault = () => {
      mkdirSync(file, { recursive: true });
      return undefined;
    };
    const { status, stdout } = await fetchKeys([...regionFlags, '--output', file], { fault });
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  it('ends without a file when there are no credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    const folder = temporaryFolder();
    const { status, stderr } = await fetchKeys([...regionFlags, '--output', path.join(folder, 'keys.json')]);
    expect(stderr).toMatch(/^trailproof: .*credentials.*\n$/i);
    expect(status).toBe(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives what verify needs to do without the network', async () => {
    const world = worldOfTwoRegions();
    const folder = temporaryFolder();
    const file = path.join(folder, 'keys.json');
    await fetchKeys([...regionFlags, '--output', file], {}, world);
    await writeArchive(world, path.join(folder, 'archive'), { layout: 'flat', sidecars: true });
    expect(await runMain(['verify', path.join(folder, 'archive'), '--keys', file, '--quiet'], NOW)).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });
});

describe('keys show', () => {
  const fileOf = (...entries: object[]): string => {
    const file = path.join(temporaryFolder(), 'keys.json');
    writeFileSync(file, JSON.stringify({ PublicKeyList: entries }));
    return file;
  };
  const entryOf = (der: Uint8Array, fingerprint: string) => ({
    Value: Buffer.from(der).toString('base64'),
    Fingerprint: fingerprint,
  });
  const show = (...files: string[]) => runMain(['keys', 'show', ...files], NOW);

  it('names each key with its validity, region and kind', async () => {
    const { stdout } = await fetchKeys(['--region', 'eu-west-1', '--from', '2026-02-01']);
    const file = path.join(temporaryFolder(), 'keys.json');
    writeFileSync(file, stdout);
    const shown = await show(file);
    expect(shown.stdout).toMatch(
      new RegExp(
        `^${KEY_B.fingerprint}  2026-.+ to 2026-.+  eu-west-1 +RSA-2048 PKCS #1\\n1 key, each with the fingerprint it claims\\n$`,
      ),
    );
    expect(shown).toMatchObject({ status: 0, stderr: '' });
  });

  it('lists them for a program, with the faults of those that are not what they claim', async () => {
    const { stdout } = await fetchKeys(['--region', 'eu-west-1', '--from', '2026-02-01']);
    const file = path.join(temporaryFolder(), 'keys.json');
    writeFileSync(file, stdout);
    const sound = await show(file, '--format', 'json');
    expect(sound).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(sound.stdout)).toEqual([
      {
        fingerprint: KEY_B.fingerprint,
        validFrom: expect.stringMatching(/^2026-.*Z$/),
        validUntil: expect.stringMatching(/^2026-.*Z$/),
        region: 'eu-west-1',
        rsaBits: 2048,
        form: 'pkcs1',
      },
    ]);
    const other = fileOf(entryOf(KEY_B.pkcs1, KEY_A.fingerprint));
    const faulty = await show(other, '--format', 'json');
    expect(faulty.status).toBe(1);
    expect(JSON.parse(faulty.stdout)).toEqual([
      { fingerprint: KEY_B.fingerprint, claimed: KEY_A.fingerprint, rsaBits: 2048, form: 'pkcs1', fault: 'mismatch' },
    ]);
  });

  it('shows the keys that AWS has published, of both forms', async () => {
    const file = fileURLToPath(new URL('../../../testdata/aws-public-keys/documentation.json', import.meta.url));
    const { stdout, status } = await show(file);
    expect(stdout).toMatch(/8eba5db5bea9b640d1c96a77256fe7f2 {2}2015-07-08T01:04:01Z to .+ RSA-2048 PKCS #1/);
    expect(stdout).toMatch(/RSA-2048 SPKI/);
    expect(stdout).toMatch(/^3 keys/m);
    expect(status).toBe(0);
  });

  it('shows a key whose validity is no time there is', async () => {
    const times = { ValidityStartTime: 0, ValidityEndTime: 1e13 };
    const { stdout, status } = await show(fileOf({ ...entryOf(KEY_A.pkcs1, KEY_A.fingerprint), ...times }));
    expect(stdout).toMatch(/^1 key\b/m);
    expect(status).toBe(0);
  });

  it('says which keys are not what they claim to be, and does not pass', async () => {
    const noKey = Uint8Array.of(1, 2, 3);
    const { stdout, status } = await show(
      fileOf(
        entryOf(KEY_A.pkcs1, KEY_B.fingerprint),
        entryOf(noKey, '5289df737df57326fcdd22597afb1fac'),
        entryOf(KEY_A.pkcs1, KEY_A.fingerprint),
      ),
    );
    expect(stdout).toMatch(new RegExp(`${KEY_A.fingerprint} .+ MISMATCH: claims to be ${KEY_B.fingerprint}\\n`));
    expect(stdout).toMatch(/no RSA key {2}UNREADABLE\n/);
    expect(stdout).toMatch(/\n3 keys\n$/);
    expect(status).toBe(1);
  });

  it('escapes what a file claims', async () => {
    const { stdout } = await show(fileOf(entryOf(KEY_A.pkcs1, '\u001b]0;x\u0007')));
    expect(stdout).toContain('\\u{1b}]0;x\\u{7}');
    expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  it('takes several files', async () => {
    const files = [fileOf(entryOf(KEY_A.pkcs1, KEY_A.fingerprint)), fileOf(entryOf(KEY_B.pkcs1, KEY_B.fingerprint))];
    expect((await show(...files)).stdout).toMatch(/^2 keys/m);
  });
});
