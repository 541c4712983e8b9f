import { describe, expect, it } from 'vitest';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { HOUR, MINUTE } from '../../../src/core/time/instant.js';
import { digestAt, type ForgedChain, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { forgeQueryResults } from '../../support/forge/forge-query-results.js';
import { type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { copyObject, deleteObject, modifyLog, stripMetadata } from '../../support/tamper/tamper.js';
import { type CopyTo, copyWorld, intoBucket, intoFolder } from '../../support/worlds/copied-world.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const HOURS = 5;
const NOW = START + (HOURS + 1) * HOUR;
const { bucket: BUCKET, accountId: ACCOUNT } = MAIN_TRAIL;
const TRAIL: ForgeOptions = { ...MAIN_TRAIL, start: START, hours: HOURS, logsPerHour: 2 };
const EUROPE = { region: 'eu-west-1', start: START + 7 * MINUTE, seed: 'eu' };

const OTHER = { trailName: 'other', seed: 'other' };

/** What was delivered, where each object was copied to, and what the one finding says of that. */
interface Copy {
  readonly trails?: readonly Partial<ForgeOptions>[];
  readonly copyTo: CopyTo;
  readonly relocations: readonly string[];
  /** All of the folder, or of the only bucket, where nothing is said. */
  readonly source?: { readonly bucket: string; readonly prefix: string };
}

const below = (key: string, folder: string) => key.slice(key.indexOf(folder) + folder.length);
const account = (key: string) => below(key, `AWSLogs/${ACCOUNT}/`);
const isDigest = (key: string) => key.includes('/CloudTrail-Digest/');
const nameOf = (key: string) => key.slice(key.lastIndexOf('/') + 1);
const dated = (key: string) => key.replace(/^.*\/(?=\d{4}\/\d{2}\/\d{2}\/)/, '');

const COPIES: Readonly<Record<string, Copy>> = {
  'by its keys alone, on disk': { copyTo: intoFolder((key) => key), relocations: [] },
  'in a folder of its name, on disk': { copyTo: intoFolder((key, bucket) => `${bucket}/${key}`), relocations: [] },
  'below a case folder': {
    copyTo: intoFolder((key) => `evidence/${key}`),
    relocations: ['acme-trails=evidence'],
  },
  'below folders of a case': {
    copyTo: intoFolder((key) => `case-17/my-copy/${key}`),
    relocations: ['acme-trails=case-17/my-copy'],
  },
  'in a folder of its name, below a case folder': {
    copyTo: intoFolder((key, bucket) => `case-17/${bucket}/${key}`),
    relocations: ['acme-trails=case-17/acme-trails'],
  },
  'below another prefix': {
    trails: [{ prefix: 'p/q' }],
    copyTo: intoFolder((key) => key.replace(/^p\/q\//, 'old/')),
    relocations: ['acme-trails/p/q=old'],
  },
  'without its prefix': {
    trails: [{ prefix: 'p/q' }],
    copyTo: intoFolder((key) => below(key, 'p/q/')),
    relocations: ['acme-trails/p/q=.'],
  },
  'with its prefix in NFD': {
    trails: [{ prefix: 'Prüfung' }],
    copyTo: intoFolder((key) => key.normalize('NFD')),
    relocations: [`acme-trails/Prüfung=${'Prüfung'.normalize('NFD')}`],
  },
  'of the folder AWSLogs': {
    copyTo: intoFolder((key) => `logs/${below(key, 'AWSLogs/')}`),
    relocations: ['acme-trails/AWSLogs=logs'],
  },
  'of what is in the folder AWSLogs': {
    trails: [{}, { accountId: '999999999999' }],
    copyTo: intoFolder((key) => below(key, 'AWSLogs/')),
    relocations: ['acme-trails/AWSLogs=.'],
  },
  'of what is in the folder AWSLogs, of an organization': {
    trails: [{ organizationId: 'o-exampleorgid' }],
    copyTo: intoFolder((key) => below(key, 'AWSLogs/')),
    relocations: ['acme-trails/AWSLogs=.'],
  },
  'of an account of an organization': {
    trails: [{ organizationId: 'o-exampleorgid' }],
    copyTo: intoFolder((key) => `AWSLogs/${below(key, 'AWSLogs/o-exampleorgid/')}`),
    relocations: ['acme-trails/AWSLogs/o-exampleorgid=AWSLogs'],
  },
  'of what is in the folder of an account': {
    copyTo: intoFolder(account),
    relocations: [`acme-trails/AWSLogs/${ACCOUNT}=.`],
  },
  'of a region, digests and logs in folders of their own': {
    copyTo: intoFolder((key) => `${isDigest(key) ? 'digests' : 'logs'}/us-east-1/${dated(key)}`),
    relocations: [
      `acme-trails/AWSLogs/${ACCOUNT}/CloudTrail-Digest=digests`,
      `acme-trails/AWSLogs/${ACCOUNT}/CloudTrail=logs`,
    ],
  },
  'of a region, digests and logs in one folder': {
    copyTo: intoFolder(dated),
    relocations: [
      `acme-trails/AWSLogs/${ACCOUNT}/CloudTrail-Digest/us-east-1=.`,
      `acme-trails/AWSLogs/${ACCOUNT}/CloudTrail/us-east-1=.`,
    ],
  },
  'of a year, digests and logs in folders of their own': {
    copyTo: intoFolder((key) => `${isDigest(key) ? 'd' : 'l'}/${dated(key).replace(/^2026\//, '')}`),
    relocations: [
      `acme-trails/AWSLogs/${ACCOUNT}/CloudTrail-Digest/us-east-1/2026=d`,
      `acme-trails/AWSLogs/${ACCOUNT}/CloudTrail/us-east-1/2026=l`,
    ],
  },
  'region by region': {
    trails: [{}, EUROPE],
    copyTo: intoFolder((key) => `${key.includes('eu-west-1') ? 'europe' : 'america'}/${key}`),
    relocations: ['acme-trails=america', 'acme-trails=europe'],
  },
  'of digests beside one of logs': {
    copyTo: intoFolder((key) => `${isDigest(key) ? 'digests' : 'logs'}/${key}`),
    relocations: ['acme-trails=digests', 'acme-trails=logs'],
  },
  'of one region by keys, of another in a folder': {
    trails: [{}, EUROPE],
    copyTo: intoFolder((key) => (key.includes('eu-west-1') ? `more/${key}` : key)),
    relocations: ['acme-trails=more'],
  },
  'of two buckets, each in a folder of another name': {
    trails: [{}, { ...EUROPE, bucket: 'acme-other', trailName: 'other' }],
    copyTo: intoFolder((key, bucket) => `${bucket === BUCKET ? 'one' : 'two'}/${key}`),
    relocations: ['acme-trails=one', 'acme-other=two'],
  },
  'of two buckets with trails of one region, each in a folder of another name': {
    trails: [{}, { bucket: 'acme-other', trailName: 'other', seed: 'other' }],
    copyTo: intoFolder((key, bucket) => `${bucket === BUCKET ? 'one' : 'two'}/${key}`),
    relocations: ['acme-trails=one', 'acme-other=two'],
  },
  'of digests and logs that were delivered to two buckets, in folders of other names': {
    trails: [{ logBucket: 'acme-logs' }],
    copyTo: intoFolder((key, bucket) => `${bucket === BUCKET ? 'x' : 'y'}/${key}`),
    relocations: ['acme-trails=x', 'acme-logs=y'],
  },
  'of digests and logs that were delivered to two buckets, in one folder': {
    trails: [{ logBucket: 'acme-logs' }],
    copyTo: intoFolder((key) => `x/${key}`),
    relocations: ['acme-trails=x'],
  },
  'of digests and logs that were delivered to two buckets, in folders of their names in another': {
    trails: [{ logBucket: 'acme-logs' }],
    copyTo: intoFolder((key, bucket) => `x/${bucket}/${key}`),
    relocations: ['acme-trails=x/acme-trails', 'acme-logs=x/acme-logs'],
  },
  'of a trail below a prefix and one below none, put together': {
    trails: [{}, { ...OTHER, prefix: 'audit' }],
    copyTo: intoFolder((key) => `AWSLogs/${below(key, 'AWSLogs/')}`),
    relocations: ['acme-trails/audit=.'],
  },
  'of a trail that moved from prefix to prefix, put together': {
    trails: [{ prefix: 'old' }, { prefix: 'new', start: START + HOURS * HOUR, seed: 'new' }],
    copyTo: intoFolder((key) => `x/AWSLogs/${below(key, 'AWSLogs/')}`),
    relocations: ['acme-trails/new=x', 'acme-trails/old=x'],
  },
  'of an organization and an account of its own, put together': {
    trails: [{}, { ...OTHER, organizationId: 'o-exampleorgid' }],
    copyTo: intoFolder((key) => key.replace('o-exampleorgid/', '')),
    relocations: ['acme-trails/AWSLogs/o-exampleorgid=AWSLogs'],
  },
  'of what is in the folders of an account below two prefixes, put together': {
    trails: [{}, { ...OTHER, prefix: 'audit' }],
    copyTo: intoFolder(account),
    relocations: [`acme-trails/AWSLogs/${ACCOUNT}=.`, `acme-trails/audit/AWSLogs/${ACCOUNT}=.`],
  },
  'of what is in the folders of two accounts, put together': {
    trails: [{}, { ...OTHER, accountId: '999999999999' }],
    copyTo: intoFolder((key) => key.replace(/^AWSLogs\/\d+\//, '')),
    relocations: ['acme-trails/AWSLogs=.'],
  },
  'of what is in the folders of two regions, put together': {
    trails: [{}, EUROPE],
    copyTo: intoFolder((key) => `x/${dated(key)}`),
    relocations: ['acme-trails/AWSLogs=x'],
  },
  'of an account below a prefix beside an organization below none, without these': {
    trails: [{ prefix: 'audit' }, { ...OTHER, organizationId: 'o-exampleorgid' }],
    copyTo: intoFolder((key) => `x/${below(key, 'AWSLogs/')}`),
    relocations: ['acme-trails/AWSLogs=x', 'acme-trails/audit/AWSLogs=x'],
  },
  'of all files in one folder': {
    trails: [{}, EUROPE, { ...OTHER, accountId: '999999999999' }],
    copyTo: intoFolder((key) => `downloads/${nameOf(key)}`),
    relocations: ['acme-trails/AWSLogs=downloads'],
  },
  'of all files in one folder, which is the source': {
    trails: [{}, { ...OTHER, prefix: 'audit' }],
    copyTo: intoFolder(nameOf),
    relocations: ['acme-trails/AWSLogs=.', 'acme-trails/audit/AWSLogs=.'],
  },
  'of the files of all months in folders for days': {
    trails: [{}, { start: START + 40 * 24 * HOUR, ...OTHER }],
    copyTo: intoFolder((key) => key.split('/').slice(-2).join('/')),
    relocations: ['acme-trails/AWSLogs=.'],
  },
  'of two prefixes put together, in a bucket': {
    trails: [{}, { ...OTHER, prefix: 'audit' }],
    copyTo: intoBucket('copy', (key) => `AWSLogs/${below(key, 'AWSLogs/')}`),
    relocations: ['acme-trails=copy', 'acme-trails/audit=copy'],
  },
  'in a bucket of another name': { copyTo: intoBucket('copy', (key) => key), relocations: ['acme-trails=copy'] },
  'below a prefix of another bucket': {
    copyTo: intoBucket('copy', (key) => `from/there/${key}`),
    relocations: ['acme-trails=copy/from/there'],
  },
  'below a prefix of another bucket, asked for by it': {
    copyTo: intoBucket('copy', (key) => `from/there/${key}`),
    relocations: ['acme-trails=copy/from/there'],
    source: { bucket: 'copy', prefix: 'from' },
  },
  'below a prefix of another bucket, asked for by its AWSLogs': {
    copyTo: intoBucket('copy', (key) => `from/${key}`),
    relocations: ['acme-trails=copy/from'],
    source: { bucket: 'copy', prefix: `from/AWSLogs/${ACCOUNT}/` },
  },
  'below another prefix of its own bucket': {
    copyTo: intoBucket(BUCKET, (key) => `archive/${key}`),
    relocations: ['acme-trails=acme-trails/archive'],
  },
  'of the folder AWSLogs, in another bucket': {
    copyTo: intoBucket('copy', (key) => `logs/${below(key, 'AWSLogs/')}`),
    relocations: ['acme-trails/AWSLogs=copy/logs'],
  },
  'of two buckets in one, each below its name': {
    trails: [{ logBucket: 'acme-logs' }],
    copyTo: intoBucket('copy', (key, bucket) => `${bucket}/${key}`),
    relocations: ['acme-trails=copy/acme-trails', 'acme-logs=copy/acme-logs'],
  },
  'of a trail that moved from bucket to bucket, in one': {
    trails: [{ bucket: 'acme-old' }, { start: START + HOURS * HOUR, seed: 'new' }],
    copyTo: intoBucket('copy', (key) => key),
    relocations: ['acme-old=copy', 'acme-trails=copy'],
  },
  'of a trail that moved from bucket to bucket, in one folder': {
    trails: [{ bucket: 'acme-old' }, { start: START + HOURS * HOUR, seed: 'new' }],
    copyTo: intoFolder((key) => `x/${key}`),
    relocations: ['acme-old=x', 'acme-trails=x'],
  },
};

/** What was delivered: a second part of the same chain goes on where the first ends. */
function deliver(trails: readonly Partial<ForgeOptions>[] = [{}]): { world: World; chains: ForgedChain[] } {
  const world = emptyWorld();
  const chains: ForgedChain[] = [];
  for (const trail of trails) {
    const [first] = chains;
    const previous = trail.seed === 'new' && first ? { previous: digestAt(first, -1) } : {};
    chains.push(forgeChain(world, { ...TRAIL, ...trail, ...previous }));
  }
  return { world, chains };
}

function verify(world: World, copy: Copy, options: RunOptions = {}) {
  const [bucket = ''] = world.buckets.keys();
  const sources = [copy.source ?? { bucket, prefix: '' }];
  return verifyWorld(world, { auditUnreferenced: true, now: NOW + HOURS * HOUR, sources, ...options });
}

const told = ({ findings }: Awaited<ReturnType<typeof verify>>) =>
  findings.map(({ code, args }) => ('relocation' in args ? [code, args.relocation] : [code]));

describe.each(Object.entries(COPIES))('a copy %s', (_, copy) => {
  const { trails = [{}], relocations } = copy;
  const isInBucket = !copyWorld(deliver(trails).world, copy.copyTo).buckets.has('');
  const moved = relocations.map((relocation) => ['objects-relocated', relocation]);
  const unconfirmed = relocations.map((relocation) => ['relocation-unconfirmed', relocation]);
  /** Without being told of it: a folder on disk is a copy in any case. In a bucket, that is for the user to say. */
  const found = isInBucket ? unconfirmed : moved;

  /** A copy of what was tampered with before. */
  function copyAfter(tamper: (world: World, log: ObjectRef, digest: ObjectRef) => void) {
    const { world, chains } = deliver(trails);
    const [chain = expect.fail()] = chains;
    const [log, digest] = [logAt(chain, 2, 0).ref, digestAt(chain, 2).ref];
    tamper(world, log, digest);
    return { copied: copyWorld(world, copy.copyTo), log, digest };
  }

  const TOTALS = {
    digests: { verified: HOURS * trails.length },
    logs: { verified: 2 * HOURS * trails.length },
  };

  it('is verified, and each way in which it was moved is said once', async () => {
    const { copied } = copyAfter(() => {});
    const run = await verify(copied, copy);
    expect(told(run).sort()).toEqual([...found].sort());
    expect([run.outcome, run.summary.totals]).toMatchObject([isInBucket ? 'undetermined' : 'verified', TOTALS]);
  });

  it('is verified by the relocations that findings name', async () => {
    const { copied } = copyAfter(() => {});
    const run = await verify(copied, copy, { relocated: relocations });
    expect(told(run).sort()).toEqual([...moved].sort());
    expect([run.outcome, run.summary.totals]).toMatchObject(['verified', TOTALS]);
  });

  it('never fails without metadata, nor in a part of its time', async () => {
    const { copied } = copyAfter((world) => stripMetadata(world));
    expect((await verify(copied, copy)).outcome).toBe('undetermined');
    const range = { from: START + HOUR, to: START + 3 * HOUR };
    for (const part of [range, { ...range, regions: ['us-east-1'] }]) {
      expect((await verify(copied, copy, part)).outcome).toBe(isInBucket ? 'undetermined' : 'verified');
      expect((await verify(copied, copy, { ...part, relocated: relocations })).outcome).toBe('verified');
    }
  });

  it('fails where a log was deleted (log-missing)', async () => {
    const { copied, log } = copyAfter((world, ref) => deleteObject(world, ref));
    const run = await verify(copied, copy);
    expect(told(run).sort()).toEqual([['log-missing'], ...found].sort());
    expect([run.outcome, run.findings.find(({ code }) => code === 'log-missing')?.subject]).toEqual([
      'failed',
      { type: 'log', ...log },
    ]);
  });

  it('fails where a log was changed (log-modified)', async () => {
    const { copied, log } = copyAfter((world, ref) => modifyLog(world, ref));
    const run = await verify(copied, copy);
    expect(told(run).sort()).toEqual([['log-modified'], ...found].sort());
    expect([run.outcome, run.findings.find(({ code }) => code === 'log-modified')?.subject]).toEqual([
      'failed',
      { type: 'log', ...log },
    ]);
  });

  it('fails where a digest was deleted (digest-missing)', async () => {
    const { copied, digest } = copyAfter((world, __, ref) => deleteObject(world, ref));
    const run = await verify(copied, copy);
    expect(run.outcome).toBe('failed');
    expect(run.findings.find(({ code }) => code === 'digest-missing')?.subject).toEqual({ type: 'digest', ...digest });
  });

  it('fails too where it is said how it was moved', async () => {
    const { copied } = copyAfter((world, ref) => deleteObject(world, ref));
    const run = await verify(copied, copy, { relocated: relocations });
    expect([run.outcome, told(run).sort()]).toEqual(['failed', [['log-missing'], ...moved].sort()]);
  });

  // What lies in a bucket of logs alone is in no folder that digests have.
  const hasLogs = trails[0]?.logBucket === undefined;
  if (hasLogs)
    it('fails where a log was planted (log-unreferenced)', async () => {
      const { copied } = copyAfter((world, ref) => {
        copyObject(world, ref, { ...ref, key: ref.key.replace(/_\w{16}\.json/, '_Planted0Planted0.json') });
      });
      const run = await verify(copied, copy);
      expect(told(run).sort()).toEqual([['log-unreferenced'], ...found].sort());
      expect(run.outcome).toBe('failed');
    });
});

describe('a second copy', () => {
  const SECOND = 'folder-second-copy';
  const whole = { copyTo: intoFolder((key) => key), relocations: [] };

  /** A world with a copy of all that is in its bucket below a prefix of it, made before it was tampered with. */
  function withBackup(
    tamper: (world: World, log: ObjectRef, digests: readonly ObjectRef[]) => void,
    prefix = 'backup/',
  ) {
    const { world, chains } = deliver();
    const [chain = expect.fail()] = chains;
    for (const [key, object] of [...(world.buckets.get(BUCKET) ?? [])])
      putObject(world, BUCKET, `${prefix}${key}`, object);
    tamper(
      world,
      logAt(chain, 2, 0).ref,
      chain.digests.map(({ ref }) => ref),
    );
    return world;
  }

  const TAMPERINGS = {
    'a log was changed': [(world, log) => modifyLog(world, log), 'log-modified'],
    'a log was deleted': [(world, log) => deleteObject(world, log), 'log-missing'],
    'a digest was deleted': [(world, _, [, ref = expect.fail()]) => deleteObject(world, ref), 'digest-missing'],
  } as const satisfies Record<string, readonly [Parameters<typeof withBackup>[0], string]>;

  it.each(Object.entries(TAMPERINGS))('in a bucket hides nothing of the first, of which %s', async (_, [act, code]) => {
    for (const auditUnreferenced of [true, false]) {
      const run = await verify(withBackup(act), whole, { auditUnreferenced, trails: ['main'] });
      expect(run.findings.map((found) => found.code)).toEqual(expect.arrayContaining([SECOND, code]));
      expect(run.outcome).toBe('failed');
    }
  });

  it.each(Object.entries(TAMPERINGS))('in a folder hides nothing of the first, of which %s', async (_, [act, code]) => {
    for (const toPath of [
      (key: string) => key,
      (key: string) => `evidence/${key}`,
      (key: string) => `${BUCKET}/${key}`,
    ]) {
      for (const prefix of ['backup/', `${BUCKET}/`, '!/', 'evidence/']) {
        const copied = copyWorld(withBackup(act, prefix), intoFolder(toPath));
        const run = await verify(copied, whole, { auditUnreferenced: false });
        expect(run.findings.map((found) => found.code)).toEqual(expect.arrayContaining([SECOND, code]));
        expect(run.outcome).toBe('failed');
      }
    }
  });

  it('in a bucket stands for nothing where the digests of the first were deleted and its logs changed', async () => {
    const world = withBackup((tampered, log, digests) => {
      for (const ref of digests) deleteObject(tampered, ref);
      modifyLog(tampered, log);
    });
    for (const copyTo of [
      intoBucket(BUCKET, (key) => key),
      intoFolder((key) => key),
      intoFolder((key) => `x/${key}`),
    ]) {
      const copied = copyWorld(world, copyTo);
      for (const options of [{}, { trails: ['main'] }, { auditUnreferenced: false }]) {
        const run = await verify(copied, whole, options);
        expect(run.outcome).not.toBe('verified');
        expect(run.findings.map(({ code }) => code)).toContain(SECOND);
      }
    }
  });

  it('stands for nothing where planted digests say that the first was delivered elsewhere', async () => {
    const { world: elsewhere } = deliver([{ bucket: 'elsewhere', trailName: 'fake', seed: 'fake' }]);
    const world = withBackup((tampered, log, digests) => {
      for (const ref of digests) deleteObject(tampered, ref);
      modifyLog(tampered, log);
      for (const [key, object] of elsewhere.buckets.get('elsewhere') ?? [])
        if (isDigest(key)) putObject(tampered, BUCKET, key, { ...object, metadata: {} });
    });
    for (const options of [{}, { trails: ['main'] }, { auditUnreferenced: false, trails: ['main'] }])
      expect((await verify(world, whole, options)).outcome).not.toBe('verified');
  });

  it('beside another one makes a run undetermined at best, whichever was tampered with', async () => {
    const { world, chains } = deliver();
    const [chain = expect.fail()] = chains;
    const log = logAt(chain, 2, 0).ref;
    const twice = (one: World, two: World) => {
      const both = copyWorld(
        one,
        intoFolder((key) => `copy-1/${key}`),
      );
      for (const [key, object] of two.buckets.get(BUCKET) ?? []) putObject(both, '', `copy-2/${key}`, object);
      return both;
    };
    const changed = deliver().world;
    modifyLog(changed, log);
    const outcomes = [
      (await verify(twice(world, world), whole)).outcome,
      (await verify(twice(changed, world), whole)).outcome,
      (await verify(twice(world, changed), whole)).outcome,
    ];
    expect(outcomes).toEqual(['undetermined', 'failed', 'undetermined']);
    const run = await verify(twice(world, changed), whole);
    expect(told(run)).toEqual([[SECOND], ['objects-relocated', 'acme-trails=copy-1']]);
    expect(run.findings[0]?.subject).toEqual({ type: 'folder', bucket: '', key: 'copy-2/' });
  });

  it('of a log alone is no log of the trail', async () => {
    const world = withBackup((tampered, log) => deleteObject(tampered, log));
    for (const key of [...(world.buckets.get(BUCKET)?.keys() ?? [])])
      if (key.startsWith('backup/') && isDigest(key)) deleteObject(world, { bucket: BUCKET, key });
    for (const copyTo of [
      intoBucket(BUCKET, (key) => key),
      intoFolder((key) => key),
      intoFolder((key) => `x/${key}`),
    ]) {
      const run = await verify(copyWorld(world, copyTo), whole);
      expect(run.findings.map(({ code }) => code)).toContain('log-missing');
    }
  });
});

it('a copy of saved query results leaves them where they are, though a trail of the account lies below a prefix', async () => {
  const { world } = deliver([{ prefix: 'audit' }]);
  forgeQueryResults(world, { bucket: BUCKET, accountId: ACCOUNT, completedAt: NOW, files: 1 });
  for (const toPath of [(key: string, bucket: string) => `${bucket}/${key}`, (key: string) => `x/${key}`]) {
    const run = await verify(copyWorld(world, intoFolder(toPath)), { copyTo: intoFolder(toPath), relocations: [] });
    expect(run.outcome).toBe('verified');
    expect(run.events.filter(({ type }) => type === 'query-results')).toMatchObject([{ outcome: 'verified' }]);
    expect(run.summary.totals.digests.verified).toBe(HOURS);
  }
});
