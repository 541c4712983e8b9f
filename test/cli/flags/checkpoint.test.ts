import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/compose/errors/usage-error.js';
import type { Checkpoint } from '../../../src/core/checkpoint/checkpoint.js';
import { formatCheckpoint, verifyCheckpoint } from '../../../src/core/checkpoint/checkpoint-document.js';
import { formatCheckpointKey, parseCheckpointKey } from '../../../src/core/checkpoint/checkpoint-key.js';
import type { FindingCode } from '../../../src/core/findings/finding.js';
import type { Report } from '../../../src/core/report/report.js';
import { HOUR, MINUTE, SECOND } from '../../../src/core/time/instant.js';
import { CheckpointNotWrittenError, verify } from '../../../src/index.js';
import { CheckpointStoreError } from '../../../src/ports/checkpoint-store.js';
import { loopbackServers } from '../../support/aws/loopback-servers.js';
import type { ServerOptions } from '../../support/aws/server.js';
import { digestAt, type ForgedChain, forgeChain, logAt } from '../../support/forge/forge.js';
import { LAUNCHER, launch, launchEnvironment, launchFrom } from '../../support/run/launch.js';
import { type CommandResult, runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { modifyLog } from '../../support/tamper/tamper.js';
import { HMAC_KEY } from '../../support/worlds/example-checkpoint.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';
import { writeArchive, writeKeySnapshot } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T00:29:23Z');
const FORGE = {
  bucket: 'trails',
  accountId: '111122223333',
  trailName: 'main',
  homeRegion: 'us-east-1',
  region: 'us-east-1',
  start: START,
  hours: 4,
  logsPerHour: 1,
  recordsPerLog: 1,
};
const nowAt = (hours: number): number => START + hours * HOUR + 40 * MINUTE;

const temporaryFolder = temporaryFolders();
const startServer = loopbackServers();

/** A copy of a bucket that grows, verified again and again. */
class Archive {
  readonly folder = temporaryFolder();
  readonly world: World = emptyWorld();
  readonly chain: ForgedChain = forgeChain(this.world, FORGE);
  readonly checkpoint = path.join(this.folder, 'state', 'checkpoint');
  readonly key = path.join(this.folder, 'checkpoint.key');
  hours = FORGE.hours;
  #newest = digestAt(this.chain, -1);

  async write(): Promise<this> {
    await mkdir(path.dirname(this.checkpoint), { recursive: true });
    writeFileSync(this.key, formatCheckpointKey(HMAC_KEY), { mode: 0o600 });
    rmSync(path.join(this.folder, 'copy'), { recursive: true, force: true });
    await writeArchive(this.world, path.join(this.folder, 'copy'), { layout: 'buckets', sidecars: true });
    await writeKeySnapshot(this.world, path.join(this.folder, 'keys.json'));
    return this;
  }

  async grow(hours = 1): Promise<ForgedChain> {
    const start = START + this.hours * HOUR;
    const grown = forgeChain(this.world, { ...FORGE, start, hours, previous: this.#newest });
    this.hours += hours;
    this.#newest = digestAt(grown, -1);
    await this.write();
    return grown;
  }

  args(...flags: string[]): string[] {
    const { folder, checkpoint } = this;
    const source = path.join(folder, 'copy');
    const keys = path.join(folder, 'keys.json');
    return [
      'verify',
      source,
      '--keys',
      keys,
      '--no-audit-unreferenced',
      '--format',
      'json',
      '--checkpoint',
      checkpoint,
      ...flags,
    ];
  }

  run(...flags: string[]): Promise<CommandResult> {
    return runMain(this.args('--checkpoint-key', this.key, ...flags), nowAt(this.hours));
  }
}

const reportOf = ({ stdout }: CommandResult): Report => JSON.parse(stdout) as Report;
const codesOf = (result: CommandResult): FindingCode[] => reportOf(result).findings.map(({ code }) => code);
const digestsIn = (result: CommandResult): number => reportOf(result).totals.digests.verified;

describe('verify --checkpoint FILE', () => {
  it('verifies all at first, then what is new, then nothing that is not', async () => {
    const archive = await new Archive().write();
    const first = await archive.run();
    expect([first.status, codesOf(first), digestsIn(first)]).toEqual([0, ['checkpoint-begun'], 4]);
    await archive.grow(2);
    const second = await archive.run();
    expect([second.status, codesOf(second), digestsIn(second)]).toEqual([0, [], 3]);
    const third = await archive.run();
    expect([third.status, codesOf(third), digestsIn(third)]).toEqual([0, [], 1]);
    expect(reportOf(third).request.checkpoint).toBe(archive.checkpoint);
    expect(third.stderr).toBe('');
  });

  it.each(['1%', '0.5%', '100%', '7d', 'all'])('takes --recheck %s', async (recheck) => {
    const archive = await new Archive().write();
    await archive.run('--recheck', recheck);
    const run = await archive.run('--recheck', recheck);
    expect([run.status, codesOf(run)]).toEqual([0, []]);
    if (recheck === 'all' || recheck === '100%') expect(digestsIn(run)).toBe(4);
  });

  it.each(['0%', '101%', 'some', '-1%', '', '5', '1e3%'])('refuses --recheck %s', async (recheck) => {
    const archive = await new Archive().write();
    const { status, stderr } = await archive.run(`--recheck=${recheck}`);
    expect([status, existsSync(archive.checkpoint)]).toEqual([64, false]);
    expect(stderr).toMatch(/recheck/);
  });

  it('refuses a key or a share of rechecks without a checkpoint', async () => {
    const archive = await new Archive().write();
    for (const flags of [
      ['--checkpoint-key', archive.key],
      ['--recheck', 'all'],
    ])
      expect(await runMain(['verify', path.join(archive.folder, 'copy'), ...flags])).toMatchObject({
        status: 64,
        stdout: '',
      });
  });

  it('takes the key from the environment, and does without one, saying so', async () => {
    const archive = await new Archive().write();
    const env = { TRAILPROOF_CHECKPOINT_KEY: formatCheckpointKey(HMAC_KEY) };
    const first = await runMain(archive.args(), nowAt(4), { env });
    expect(codesOf(first)).toEqual(['checkpoint-begun']);
    expect(verifyCheckpoint(readFileSync(archive.checkpoint), HMAC_KEY)).toHaveProperty('signer.keyId', HMAC_KEY.id);
    rmSync(archive.checkpoint);
    const bare = await runMain(archive.args(), nowAt(4), { env: {} });
    expect([bare.status, codesOf(bare)]).toEqual([0, ['checkpoint-begun', 'checkpoint-unauthenticated']]);
    const second = await runMain(archive.args(), nowAt(4), { env: {} });
    expect([second.status, codesOf(second)]).toEqual([0, ['checkpoint-unauthenticated']]);
  });

  it.each([
    ['is missing', (archive: Archive) => rmSync(archive.key)],
    [
      'is another',
      (archive: Archive) => writeFileSync(archive.key, `hmac-sha256:${Buffer.alloc(32, 9).toString('base64')}`),
    ],
    ['is none', (archive: Archive) => writeFileSync(archive.key, 'secret')],
  ])('refuses to run when the key %s, and leaves the checkpoint as it is', async (_, change) => {
    const archive = await new Archive().write();
    await archive.run();
    const before = readFileSync(archive.checkpoint);
    await archive.grow();
    change(archive);
    const { status, stdout, stderr } = await archive.run();
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toMatch(/^trailproof: .+\n/);
    expect(readFileSync(archive.checkpoint)).toEqual(before);
  });

  it('refuses a checkpoint inside the folder that is verified', async () => {
    const archive = await new Archive().write();
    const inside = path.join(archive.folder, 'copy', 'checkpoint');
    const { status, stdout } = await archive
      .run()
      .then(() => runMain([...archive.args().slice(0, -1), inside], nowAt(4)));
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(existsSync(inside)).toBe(false);
  });

  it.runIf(existsSync('/dev/full'))('remembers nothing where the report cannot be written', async () => {
    const archive = await new Archive().write();
    await archive.run();
    const before = readFileSync(archive.checkpoint);
    await archive.grow();
    const { status } = await launchFrom('exec "$@" >/dev/full', archive.args('--checkpoint-key', archive.key));
    expect(status).toBe(2);
    expect(readFileSync(archive.checkpoint)).toEqual(before);
  });

  it('says that the checkpoint cannot be written, and is not complete', async () => {
    const archive = await new Archive().write();
    const missing = path.join(archive.folder, 'none', 'checkpoint');
    const run = await runMain([...archive.args().slice(0, -1), missing, '--checkpoint-key', archive.key], nowAt(4));
    expect(run.stderr).toMatch(/^trailproof: /);
    expect(run.status).toBeGreaterThanOrEqual(2);
  });

  it('lets the run that is first to end have its way, and the other say so', async () => {
    const archive = await new Archive().write();
    await archive.run();
    await archive.grow();
    const runs = await Promise.all([archive.run(), archive.run()]);
    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    expect(runs.filter(({ stderr }) => stderr.includes('another run has written the checkpoint'))).toHaveLength(1);
    expect(digestsIn(await archive.run())).toBe(1);
  });

  it('loses nothing when it is killed, at whatever instant', async () => {
    const archive = await new Archive().write();
    // Judged by the clock of the machine, which is long after: an old newest digest is no failure without --to now.
    await launch(archive.args('--checkpoint-key', archive.key), { env: launchEnvironment() });
    const grown = await archive.grow(40);
    modifyLog(archive.world, logAt(grown, 20, 0).ref);
    await archive.write();
    for (const patience of [50, 150, 250, 350, 450]) {
      const before = readFileSync(archive.checkpoint);
      await killed(archive.args('--checkpoint-key', archive.key), patience);
      const after = readFileSync(archive.checkpoint);
      // It is whole: either as it was, or what the run has left.
      expect(verifyCheckpoint(after, HMAC_KEY)).not.toHaveProperty('problem');
      if (!after.equals(before)) writeFileSync(archive.checkpoint, before);
    }
    const last = await launch(archive.args('--checkpoint-key', archive.key), { env: launchEnvironment() });
    expect(last.status).toBe(1);
    expect(codesOf(last)).toEqual(['log-modified']);
    expect(digestsIn(last)).toBe(41);
  }, 60_000);
});

/** Runs the command and kills it after some time, in milliseconds. */
function killed(args: readonly string[], patience: number): Promise<void> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [LAUNCHER, ...args], { env: launchEnvironment() });
    setTimeout(() => child.kill('SIGKILL'), patience);
    child.on('exit', () => resolve());
  });
}

describe('verify --checkpoint s3://BUCKET/KEY', () => {
  const PLACE = 's3://state/trailproof.checkpoint';

  async function serve(options: ServerOptions = { writableBuckets: ['state'] }) {
    const archive = await new Archive().write();
    const { world } = archive;
    world.buckets.set('state', new Map());
    const server = await startServer(world, options);
    const run = (...flags: string[]) =>
      runMain(
        [
          'verify',
          's3://trails',
          '--format',
          'json',
          '--endpoint-url',
          server.url,
          '--checkpoint',
          PLACE,
          '--checkpoint-key',
          archive.key,
          ...flags,
        ],
        nowAt(archive.hours),
      );
    return { archive, world, server, run };
  }

  it('goes on from an object', async () => {
    const { archive, run } = await serve();
    const first = await run();
    expect([first.status, codesOf(first), digestsIn(first)]).toEqual([0, ['checkpoint-begun'], 4]);
    await archive.grow();
    const second = await run();
    expect([second.status, codesOf(second), digestsIn(second)]).toEqual([0, [], 2]);
    expect(digestsIn(await run())).toBe(1);
  });

  it('lets the first of two runs at once have its way', async () => {
    const { archive, run } = await serve();
    await run();
    await archive.grow();
    const runs = await Promise.all([run(), run()]);
    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    expect(runs.filter(({ stderr }) => stderr.includes('another run'))).toHaveLength(1);
  });

  it('is not complete where the object cannot be written', async () => {
    const { run } = await serve({});
    const { status, stdout, stderr } = await run();
    expect(status).toBe(2);
    expect((JSON.parse(stdout) as Report).outcome).toBe('verified');
    expect(stderr).toContain('the checkpoint could not be written');
  });

  it('refuses one in the bucket that is verified', async () => {
    const { run, server } = await serve({ writableBuckets: ['trails', 'state'] });
    expect(await run('--checkpoint', 's3://trails/checkpoint')).toMatchObject({ status: 64 });
    expect(server.requests.filter(({ operation }) => operation === 'PutObject')).toEqual([]);
  });
});

describe('what an attacker can do who may edit bucket and checkpoint, and not the key', () => {
  const OTHER = parseCheckpointKey(`hmac-sha256:${Buffer.alloc(32, 9).toString('base64')}`);

  interface Scene {
    readonly archive: Archive;
    readonly older: Uint8Array;
    readonly newer: Uint8Array;
  }

  /** Two runs and what each has left; the second over a chain with two more digests. */
  async function scene(): Promise<Scene> {
    const archive = await new Archive().write();
    await archive.run('--recheck', '10%');
    const older = readFileSync(archive.checkpoint);
    await archive.grow(2);
    await archive.run('--recheck', '10%');
    return { archive, older, newer: readFileSync(archive.checkpoint) };
  }

  const textOf = (document: Uint8Array): string => Buffer.from(document).toString();
  const replaced = (document: Uint8Array, pattern: RegExp, by: string): string => {
    const text = textOf(document);
    expect(text).toMatch(pattern);
    return text.replace(pattern, by);
  };
  const contentOf = (document: Uint8Array): Checkpoint => {
    const read = verifyCheckpoint(document, HMAC_KEY);
    if ('problem' in read) throw new Error(read.detail);
    return read.checkpoint;
  };

  const EDITS: readonly (readonly [string, (scene: Scene) => Uint8Array | string])[] = [
    ['the anchor moved forward', ({ newer }) => replaced(newer, /"end":"2026-03-01T06/, '"end":"2026-03-01T09')],
    ['the anchor moved back', ({ newer }) => replaced(newer, /"start":"2026-03-01T05/, '"start":"2026-03-01T03')],
    [
      'another hash of the anchor',
      ({ newer }) => replaced(newer, /"anchor":(.+?)"sha256":"[0-9a-f]{8}/, '"anchor":$1"sha256":"00000000'),
    ],
    ['a chain removed', ({ newer }) => replaced(newer, /"chains":\[.+\]\}/, '"chains":[]}')],
    [
      'a chain added',
      ({ newer }) =>
        replaced(
          newer,
          /"chains":\[/,
          '"chains":[{"chain":{"accountId":"111122223333","region":"eu-west-1","trailName":"main","homeRegion":"us-east-1","kind":"standard"}},',
        ),
    ],
    ['time that was verified left out', ({ newer }) => replaced(newer, /"verified":\[.+?\]/, '"verified":[]')],
    [
      'time that is open added',
      ({ newer }) =>
        replaced(newer, /"open":\[\]/, '"open":[{"start":"2026-03-01T00:29:23Z","end":"2026-03-01T01:29:23Z"}]'),
    ],
    [
      'time that failed added',
      ({ newer }) =>
        replaced(newer, /"failed":\[\]/, '"failed":[{"start":"2026-03-01T00:29:23Z","end":"2026-03-01T01:29:23Z"}]'),
    ],
    ['seen added', ({ newer }) => replaced(newer, /"failed":\[\]/, '"failed":[],"seen":["2026-03-01T01:29:23Z"]')],
    [
      'the last hour that was rechecked changed',
      ({ newer }) => replaced(newer, /"rechecked":"2026-03-01T0/, '"rechecked":"2026-03-01T1'),
    ],
    ['the algorithm changed', ({ newer }) => replaced(newer, /HMAC-SHA256/, 'Ed25519')],
    ['the signature stripped', ({ newer }) => replaced(newer, /,"signature":"[0-9a-f]+"\}\n/, '}\n')],
    ['written anew without a key', ({ newer }) => formatCheckpoint(contentOf(newer), undefined)],
    ['written anew with another key', ({ newer }) => formatCheckpoint(contentOf(newer), OTHER)],
    ['written anew without its chains', ({ newer }) => formatCheckpoint({ ...contentOf(newer), chains: [] }, OTHER)],
    ['truncated', ({ newer }) => newer.slice(0, -20)],
    ['emptied', () => ''],
    [
      'of another source, with the right key',
      ({ newer }) => formatCheckpoint({ ...contentOf(newer), sources: ['elsewhere'] }, HMAC_KEY),
    ],
  ];

  // Nothing is changed by a run that is refused: all begin from one scene.
  it(`is refused: ${EDITS.map(([name]) => name).join('; ')}`, async () => {
    const made = await scene();
    const { archive } = made;
    modifyLog(archive.world, logAt(archive.chain, 1, 0).ref);
    const grown = await archive.grow();
    modifyLog(archive.world, logAt(grown, 0, 0).ref);
    await archive.write();
    for (const [name, edit] of EDITS) {
      const edited = edit(made);
      writeFileSync(archive.checkpoint, edited);
      const { status, stdout, stderr } = await archive.run('--recheck', 'all');
      expect({ status, stdout }, name).toEqual({ status: 64, stdout: '' });
      expect(stderr, name).toMatch(/no checkpoint to go on from/);
      expect(readFileSync(archive.checkpoint), name).toEqual(Buffer.from(edited));
    }
  });

  const BUCKET_EDITS: readonly (readonly [string, (archive: Archive) => Promise<void>, FindingCode])[] = [
    [
      'a log changed that was verified',
      async ({ world, chain }) => modifyLog(world, logAt(chain, 1, 0).ref),
      'log-modified',
    ],
    [
      'a log changed before it was',
      async (archive) => modifyLog(archive.world, logAt(await archive.grow(), 0, 0).ref),
      'log-modified',
    ],
    [
      'the newest digests deleted',
      async ({ world }) => {
        const digests = [...(world.buckets.get('trails')?.keys() ?? [])]
          .filter((key) => key.includes('-Digest'))
          .sort();
        for (const key of digests.slice(-2)) world.buckets.get('trails')?.delete(key);
      },
      'digest-missing',
    ],
    [
      'the chain deleted',
      async ({ world }) => {
        for (const key of [...(world.buckets.get('trails')?.keys() ?? [])]) world.buckets.get('trails')?.delete(key);
        putObject(world, 'trails', 'other', { body: new Uint8Array(), metadata: {} });
      },
      'checkpoint-chain-missing',
    ],
  ];

  it.each(BUCKET_EDITS)(
    'is found by the checkpoint, and by an older one that was put back: %s',
    async (_, edit, code) => {
      const { archive, older, newer } = await scene();
      await edit(archive);
      await archive.write();
      for (const document of [newer, older]) {
        writeFileSync(archive.checkpoint, document);
        const found = await archive.run('--recheck', 'all');
        // From before the newest digests were there, an older checkpoint does not know of them.
        if (document === older && code === 'digest-missing') continue;
        expect(found.status).toBe(1);
        expect(codesOf(found)).toContain(code);
      }
    },
  );

  it('an older checkpoint put back over a sound bucket only has work done again', async () => {
    const { archive, older } = await scene();
    writeFileSync(archive.checkpoint, older);
    const run = await archive.run();
    expect([run.status, codesOf(run), digestsIn(run)]).toEqual([0, [], 3]);
  });

  it('says that the checkpoint is gone, and verifies everything', async () => {
    const { archive } = await scene();
    modifyLog(archive.world, logAt(archive.chain, 1, 0).ref);
    await archive.write();
    rmSync(archive.checkpoint);
    const run = await archive.run();
    expect(run.status).toBe(1);
    expect(codesOf(run)).toEqual(['checkpoint-begun', 'log-modified']);
  });
});

describe('verify({ checkpoint })', () => {
  it('goes on as the command does', async () => {
    const archive = await new Archive().write();
    const options = {
      source: path.join(archive.folder, 'copy'),
      keys: path.join(archive.folder, 'keys.json'),
      auditUnreferenced: false,
      checkpoint: { place: archive.checkpoint, key: formatCheckpointKey(HMAC_KEY) },
    };
    const first = await verify({ ...options, now: new Date(nowAt(4)) });
    expect(first.findings.map(({ code }) => code)).toEqual(['checkpoint-begun']);
    const second = await archive.run();
    expect([codesOf(second), digestsIn(second)]).toEqual([[], 1]);
    const everything = { ...options, checkpoint: { ...options.checkpoint, recheck: { share: 1 } } };
    const third = await verify({ ...everything, now: new Date(nowAt(4) + SECOND) });
    expect(third.totals.digests.verified).toBe(4);
  });

  it('still gives its report where the checkpoint cannot be written', async () => {
    const archive = await new Archive().write();
    const place = path.join(archive.folder, 'state', 'checkpoint');
    const run = verify({
      source: path.join(archive.folder, 'copy'),
      keys: path.join(archive.folder, 'keys.json'),
      checkpoint: { place },
      onEvent: () => rmSync(path.dirname(place), { recursive: true, force: true }),
    });
    const error = await run.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof CheckpointNotWrittenError)) throw error;
    expect(error.report.totals.digests.verified).toBe(4);
    expect(error.cause).toBeInstanceOf(CheckpointStoreError);
  });

  it('refuses what the command refuses', async () => {
    const archive = await new Archive().write();
    const options = { source: path.join(archive.folder, 'copy'), keys: path.join(archive.folder, 'keys.json') };
    for (const checkpoint of [
      { place: archive.checkpoint, key: 'secret' },
      { place: archive.checkpoint, recheck: { share: 0 } },
      { place: archive.checkpoint, recheck: { within: Number.NaN } },
      { place: path.join(archive.folder, 'copy', 'checkpoint') },
    ])
      await expect(verify({ ...options, checkpoint })).rejects.toBeInstanceOf(UsageError);
  });
});
