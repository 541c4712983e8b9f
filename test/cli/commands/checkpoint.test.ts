import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChainMemory } from '../../../src/core/checkpoint/checkpoint.js';
import { formatCheckpoint } from '../../../src/core/checkpoint/checkpoint-document.js';
import {
  type CheckpointKey,
  formatCheckpointKey,
  parseCheckpointKey,
  publicPartOf,
} from '../../../src/core/checkpoint/checkpoint-key.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { startServer } from '../../support/aws/server.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { ED25519_KEY, EXAMPLE_CHECKPOINT, exampleMemory, HMAC_KEY } from '../../support/worlds/example-checkpoint.js';
import { emptyWorld, putObject } from '../../support/worlds/world.js';

const temporaryFolder = temporaryFolders();
const NOW = EXAMPLE_CHECKPOINT.writtenAt + 4 * HOUR;
const run = (args: readonly string[], env: Record<string, string> = {}) =>
  runMain(['checkpoint', ...args], NOW, { env });

function fileOf(content: string | Uint8Array, name = 'file'): string {
  const file = path.join(temporaryFolder(), name);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

const anchorOf = ({ history }: ChainMemory) => history?.anchor ?? expect.fail();
const keyFile = (key: CheckpointKey) => fileOf(formatCheckpointKey(key));
const PUBLIC_KEY = publicPartOf(ED25519_KEY) as CheckpointKey;

describe('checkpoint key', () => {
  it.each([
    [[], 'HMAC-SHA256'],
    [['--algorithm', 'hmac-sha256'], 'HMAC-SHA256'],
    [['--algorithm', 'ed25519'], 'Ed25519'],
  ])('prints a new key each time: %j', async (flags, algorithm) => {
    const made = await Promise.all([run(['key', ...flags]), run(['key', ...flags])]);
    const keys = made.map(({ stdout }) => parseCheckpointKey(stdout));
    expect(keys.map((key) => key.algorithm)).toEqual([algorithm, algorithm]);
    expect(keys[0]).not.toEqual(keys[1]);
    for (const [index, { status, stderr, stdout }] of made.entries()) {
      expect(status).toBe(0);
      expect(stderr).toContain(keys[index]?.id);
      expect(stderr).not.toContain(stdout.trim());
    }
  });

  it('gives the public half of an Ed25519 key, and says how to get it', async () => {
    expect((await run(['key', '--algorithm', 'ed25519'])).stderr).toContain('checkpoint key --public');
    const { status, stdout } = await run(['key', '--public', keyFile(ED25519_KEY)]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${formatCheckpointKey(PUBLIC_KEY)}\n` });
    expect((await run(['key', '--public', keyFile(PUBLIC_KEY)])).stdout).toBe(stdout);
  });

  it('has no public half of a secret, nor of what is no key', async () => {
    for (const file of [keyFile(HMAC_KEY), fileOf('x'), path.join(temporaryFolder(), 'none')])
      expect(await run(['key', '--public', file])).toMatchObject({ status: 64, stdout: '' });
    expect(await run(['key', '--public', keyFile(ED25519_KEY), '--algorithm', 'ed25519'])).toMatchObject({
      status: 64,
    });
  });

  it('writes a file for its owner only, and over none', async () => {
    const file = path.join(temporaryFolder(), 'new.key');
    expect(await run(['key', '--output', file])).toMatchObject({ status: 0, stdout: '' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    expect(parseCheckpointKey(text).algorithm).toBe('HMAC-SHA256');
    expect(await run(['key', '--output', file])).toMatchObject({
      status: 64,
      stderr: expect.stringMatching(/cannot write .+\(EEXIST\)\n.+/),
    });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

describe('checkpoint show', () => {
  const LISTING = `
111122223333/eu-west-1/main/us-east-1/standard
  verified  2026-03-01T00:01:31Z to 2026-03-01T20:01:31Z (20 h)
  anchor    s3://acme-trail-logs/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/01/111122223333_CloudTrail-Digest_eu-west-1_main_us-east-1_20260301T200131Z.json.gz
            sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
  open      2026-03-01T00:01:31Z to 2026-03-01T01:01:31Z (1 h)

111122223333/us-east-1/main/us-east-1/standard
  verified  2026-03-01T00:01:31Z to 2026-03-01T21:01:31Z (21 h)
  anchor    s3://acme-trail-logs/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/01/111122223333_CloudTrail-Digest_us-east-1_main_us-east-1_20260301T210131Z.json.gz
            sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
  failed    2026-03-01T04:01:31Z to 2026-03-01T05:01:31Z (1 h)
  failures  2 findings so far, since 2026-03-01T05:01:31Z

111122223333/us-west-2/main/us-east-1/standard
  verified  nothing yet

3 chains
`;
  const headOf = (signed: string) => `of       s3://acme-trail-logs
written  2026-03-02T00:00:00Z (4 h ago), after 3 completed runs
signed   ${signed}
failures  5 findings so far, since 2026-03-01T00:01:31Z
`;
  const signed = fileOf.bind(undefined, formatCheckpoint(EXAMPLE_CHECKPOINT, HMAC_KEY));

  it('lists what is remembered, and says that it is authentic', async () => {
    const expected = {
      status: 0,
      stdout: headOf(`with HMAC-SHA256 key ${HMAC_KEY.id}: authentic`) + LISTING,
      stderr: '',
    };
    expect(await run(['show', signed(), '--key', keyFile(HMAC_KEY)])).toEqual(expected);
    expect(await run(['show', signed()], { TRAILPROOF_CHECKPOINT_KEY: formatCheckpointKey(HMAC_KEY) })).toEqual(
      expected,
    );
    const { stdout } = await run([
      'show',
      fileOf(formatCheckpoint(EXAMPLE_CHECKPOINT, ED25519_KEY)),
      '--key',
      keyFile(PUBLIC_KEY),
    ]);
    expect(stdout).toBe(headOf(`with Ed25519 key ${ED25519_KEY.id}: authentic`) + LISTING);
  });

  it('never says so without a key, or of what is not signed', async () => {
    const unchecked = await run(['show', signed()]);
    expect(unchecked).toMatchObject({ status: 0, stdout: expect.stringContaining('not checked') });
    const unsigned = await run(['show', fileOf(formatCheckpoint(EXAMPLE_CHECKPOINT, undefined))]);
    expect(unsigned).toMatchObject({ status: 0, stdout: expect.stringMatching(/^signed {3}no: /m) });
    for (const { stdout } of [unchecked, unsigned]) expect(stdout).not.toContain('authentic');
  });

  it('gives the same as JSON', async () => {
    const { stdout } = await run(['show', signed(), '--format', 'json', '--key', keyFile(HMAC_KEY)]);
    expect(JSON.parse(stdout)).toMatchObject({
      sources: ['s3://acme-trail-logs'],
      writtenAt: '2026-03-02T00:00:00Z',
      chains: [
        { history: { anchor: { end: '2026-03-01T20:01:31Z' }, open: [{}] } },
        { failures: { findings: ['0123456789abcdef', '1123456789abcdef'] } },
        {},
      ],
      signer: { algorithm: 'HMAC-SHA256', keyId: HMAC_KEY.id },
      authentic: true,
      ageSeconds: 4 * 3600,
    });
    const unsigned = await run(['show', fileOf(formatCheckpoint(EXAMPLE_CHECKPOINT, undefined)), '--format', 'json']);
    expect(JSON.parse(unsigned.stdout)).toMatchObject({ signer: null, authentic: false });
    expect(JSON.parse((await run(['show', signed(), '--format', 'json'])).stdout)).toMatchObject({ authentic: false });
  });

  it('shows nothing of what is damaged or does not hold against the key', async () => {
    const document = Buffer.from(formatCheckpoint(EXAMPLE_CHECKPOINT, HMAC_KEY));
    for (const [content, key] of [
      [document.subarray(0, -5), undefined],
      [document.toString().replace('"runs":3', '"runs":4'), undefined],
      ['hello\n', undefined],
      [document, ED25519_KEY],
      [formatCheckpoint(EXAMPLE_CHECKPOINT, undefined), HMAC_KEY],
    ] as const) {
      const flags = key ? ['--key', keyFile(key)] : [];
      const { status, stdout, stderr } = await run(['show', fileOf(content), ...flags]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(/^trailproof: .+\n.+\n$/);
    }
  });

  it('escapes what a checkpoint says', async () => {
    const checkpoint = {
      ...EXAMPLE_CHECKPOINT,
      sources: ['\u001b[2Ja'],
      chains: [
        exampleMemory('eu-west-1', 1, { anchor: { ...anchorOf(exampleMemory('eu-west-1', 1)), key: 'k\u001b]0;\n' } }),
      ],
    };
    for (const format of ['text', 'json']) {
      const { stdout } = await run(['show', fileOf(formatCheckpoint(checkpoint, undefined)), '--format', format]);
      expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
      expect(stdout).toMatch(/u\{?(?:00)?1b/);
    }
  });

  it('tells what it reads from the future, of a trail, of backfill, and where no bucket is known', async () => {
    const trailArn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main';
    const memory = exampleMemory('eu-west-1', 1);
    const chain = { ...memory.chain, kind: 'backfill' as const };
    const anchor = { ...anchorOf(memory), bucket: '', key: 'a-key' };
    const checkpoint = {
      ...EXAMPLE_CHECKPOINT,
      trailArn,
      writtenAt: NOW + HOUR,
      chains: [{ ...exampleMemory('eu-west-1', 1, { anchor, verified: [], seen: [1000, 2000] }), chain }],
    };
    const { stdout } = await run(['show', fileOf(formatCheckpoint(checkpoint, undefined))]);
    for (const part of [trailArn, 'in the future', '  anchor    a-key\n', '2 backfill digests', '\n1 chain\n'])
      expect(stdout).toContain(part);
  });

  it('ends with 64 where there is none, and where the place or the key is no such thing', async () => {
    for (const args of [
      [],
      [path.join(temporaryFolder(), 'none')],
      [path.join(temporaryFolder(), 'none', 'none')],
      [temporaryFolder()],
      ['s3://bucket'],
      [signed(), '--key', path.join(temporaryFolder(), 'none')],
    ])
      expect(await run(['show', ...args])).toMatchObject({ status: 64, stdout: '' });
  });

  it('warns of a key that others can read', async () => {
    const file = path.join(temporaryFolder(), 'a.key');
    writeFileSync(file, formatCheckpointKey(HMAC_KEY), { mode: 0o644 });
    const { status, stderr } = await run(['show', signed(), '--key', file]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^trailproof: .*chmod 600/);
  });
});

describe('checkpoint show from S3', () => {
  beforeEach(setThrowawayCredentials);
  afterEach(() => vi.unstubAllEnvs());

  it('reads an object, and tells a refusal from an absence', async () => {
    const world = emptyWorld();
    putObject(world, 'acme-state', 'a', { body: formatCheckpoint(EXAMPLE_CHECKPOINT, HMAC_KEY), metadata: {} });
    putObject(world, 'acme-state', 'refused', { body: new Uint8Array(), metadata: {} });
    const server = await startServer(world, { fault: ({ key }) => (key === 'refused' ? 'deny' : undefined) });
    const show = (key: string, ...flags: string[]) =>
      run(['show', `s3://acme-state/${key}`, '--endpoint-url', server.url, ...flags]);
    try {
      expect(await show('a', '--key', keyFile(HMAC_KEY))).toMatchObject({ status: 0, stderr: '' });
      expect(await show('refused')).toMatchObject({ status: 2, stdout: '' });
      expect(await show('none')).toMatchObject({ status: 64, stdout: '' });
    } finally {
      await server.close();
    }
  });
});
