import { describe, expect, it } from 'vitest';
import { parseObjectName } from '../../../src/core/objects/cloudtrail-key.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { digestAt, type ForgedChain, forgeChain, logAt } from '../../support/forge/forge.js';
import { inflate, stableGzip } from '../../support/forge/stable-gzip.js';
import { scenario } from '../../support/run/scenario.js';
import {
  copyObject,
  deleteObject,
  modifyLog,
  objectAt,
  storePlain,
  stripMetadata,
} from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, putObject, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T20:29:23Z');
const HOURS = 6;
const NOW = START + (HOURS + 1) * HOUR;
const BUCKET = MAIN_TRAIL.bucket;

const APPLE_DOUBLE = Uint8Array.of(0, 5, 0x16, 7, 0, 2, 0, 0, ...Buffer.from('Mac OS X        '));
const DS_STORE = Uint8Array.of(0, 0, 0, 1, ...Buffer.from('Bud1'));
const THUMBS = Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0);
const ZONE = Buffer.from('[ZoneTransfer]\r\nZoneId=3\r\n');
const SHELL = Buffer.from('\ufeff[.ShellClassInfo]\r\n', 'utf16le');

interface Archive {
  readonly world: World;
  readonly chain: ForgedChain;
}

const verifyAfter = scenario(
  (): Archive => {
    const world = emptyWorld();
    return { world, chain: forgeChain(world, { ...MAIN_TRAIL, start: START, hours: HOURS, logsPerHour: 2 }) };
  },
  { auditUnreferenced: true, now: NOW },
);

/** Every digest and log that is there. */
const delivered = (world: World): ObjectRef[] =>
  [...(world.buckets.get(BUCKET)?.keys() ?? [])]
    .filter((key) => parseObjectName(key) !== undefined)
    .map((key) => ({ bucket: BUCKET, key }));

const put = (world: World, key: string, body: Uint8Array) => putObject(world, BUCKET, key, { body, metadata: {} });

/** A key in the same folder. */
const beside = ({ key }: ObjectRef, rename: (name: string) => string): string => {
  const start = key.lastIndexOf('/') + 1;
  return `${key.slice(0, start)}${rename(key.slice(start))}`;
};

/** Beside each object another one, with what is made of its content; its own unless something is said. */
function addBeside(world: World, rename: (name: string) => string, toBody = (body: Uint8Array) => body): void {
  for (const ref of delivered(world)) put(world, beside(ref, rename), toBody(objectAt(world, ref).body));
}

/** What `gunzip -r` does, and with `keep` what `gunzip -k` does. */
function unpack(world: World, refs = delivered(world), keep = false): void {
  for (const ref of refs) {
    const object = objectAt(world, ref);
    const key = ref.key.replace(/\.gz$/, '');
    putObject(world, BUCKET, key, { ...object, body: inflate(object.body) });
    if (!keep) deleteObject(world, ref);
  }
}

const LEFT = ['folder-leftovers', 'folder-leftovers'];

const COPIES: Readonly<Record<string, [act: (world: World) => void, codes: readonly string[]]>> = {
  'AppleDouble files beside all': [
    (world) =>
      addBeside(
        world,
        (name) => `._${name}`,
        () => APPLE_DOUBLE,
      ),
    LEFT,
  ],
  '.DS_Store in each folder': [
    (world) =>
      addBeside(
        world,
        () => '.DS_Store',
        () => DS_STORE,
      ),
    LEFT,
  ],
  'Thumbs.db in each folder': [
    (world) =>
      addBeside(
        world,
        () => 'Thumbs.db',
        () => THUMBS,
      ),
    LEFT,
  ],
  'desktop.ini in each folder': [
    (world) =>
      addBeside(
        world,
        () => 'desktop.ini',
        () => SHELL,
      ),
    LEFT,
  ],
  'Zone.Identifier beside all': [
    (world) =>
      addBeside(
        world,
        (name) => `${name}:Zone.Identifier`,
        () => ZONE,
      ),
    LEFT,
  ],
  'X (1).json.gz': [(world) => addBeside(world, (name) => name.replace('.json', ' (1).json')), LEFT],
  'X.json (1).gz': [(world) => addBeside(world, (name) => name.replace('.gz', ' (1).gz')), LEFT],
  'X(1).json.gz': [(world) => addBeside(world, (name) => name.replace('.json', '(1).json')), LEFT],
  'X copy 2.json.gz': [(world) => addBeside(world, (name) => name.replace('.json', ' copy 2.json')), LEFT],
  'X - Copy (2).json.gz': [(world) => addBeside(world, (name) => name.replace('.json', ' - Copy (2).json')), LEFT],
  'X-1.json.gz': [(world) => addBeside(world, (name) => name.replace('.json', '-1.json')), LEFT],
  'Copy of X.json.gz': [(world) => addBeside(world, (name) => `Copy of ${name}`), LEFT],
  'X (1).json, inflated': [(world) => addBeside(world, (name) => name.replace('.json.gz', ' (1).json'), inflate), LEFT],
  'duplicates that broke off': [
    (world) =>
      addBeside(
        world,
        (name) => name.replace('.json', ' (1).json'),
        (body) => body.slice(0, 100),
      ),
    LEFT,
  ],
  'duplicates without content': [
    (world) =>
      addBeside(
        world,
        (name) => name.replace('.json', ' (1).json'),
        () => new Uint8Array(),
      ),
    LEFT,
  ],
  'downloads that broke off': [
    (world) =>
      addBeside(
        world,
        (name) => `${name}.6eF3dDc1`,
        (body) => body.slice(0, 100),
      ),
    LEFT,
  ],
  'downloads that broke off, of inflated content': [
    (world) =>
      addBeside(
        world,
        (name) => `${name}.partial`,
        (body) => inflate(body).slice(0, 100),
      ),
    LEFT,
  ],
  'X.json beside X.json.gz': [(world) => unpack(world, delivered(world), true), LEFT],
  'X.json for X.json.gz': [unpack, ['objects-unpacked']],
  'X.json for every other X.json.gz': [
    (world) =>
      unpack(
        world,
        delivered(world).filter((_, index) => index % 2 === 0),
      ),
    ['objects-unpacked'],
  ],
  'X (1).json beside X.json for X.json.gz': [
    (world) => {
      addBeside(world, (name) => name.replace('.json.gz', ' (1).json'), inflate);
      unpack(world);
    },
    [...LEFT, 'objects-unpacked'],
  ],
  'content inflated under the names that it had': [
    (world) => {
      for (const ref of delivered(world)) storePlain(world, ref);
    },
    [],
  ],
};

describe.each(Object.entries(COPIES))('an intact copy with %s', (_, [act, codes]) => {
  it('is verified, and what is left over is told as one for each folder', async () => {
    const run = await verifyAfter(({ world }) => act(world));
    expect(run.codes).toEqual(codes);
    expect([run.outcome, run.summary.totals]).toMatchObject([
      'verified',
      { digests: { verified: HOURS }, logs: { verified: 2 * HOURS } },
    ]);
  });

  it('is undetermined at most without metadata, and in a part of its time', async () => {
    for (const options of [{}, { from: START + 2 * HOUR, to: START + 4 * HOUR }]) {
      const { outcome } = await verifyAfter(({ world }) => {
        stripMetadata(world);
        act(world);
      }, options);
      expect(outcome).not.toBe('failed');
    }
  });

  it.each([
    ['deleted', 'log-missing', deleteObject],
    ['changed', 'log-modified', modifyLog],
  ] as const)('fails where a log was %s before (%s)', async (__, code, tamper) => {
    const run = await verifyAfter(({ world, chain }) => {
      tamper(world, logAt(chain, 3, 0).ref);
      act(world);
    });
    expect([...run.codes].sort()).toEqual([code, ...codes].sort());
    expect([run.outcome, run.findings.find((found) => found.code === code)?.subject]).toEqual([
      'failed',
      { type: 'log', ...logAt(run.chain, 3, 0).ref },
    ]);
  });

  it('fails where a log was planted before (log-unreferenced)', async () => {
    const run = await verifyAfter(({ world, chain }) => {
      const { ref } = logAt(chain, 3, 0);
      copyObject(world, ref, { ...ref, key: ref.key.replace(/_\w{16}\.json/, '_Planted0Planted0.json') });
      act(world);
    });
    expect(run.codes.filter((code) => !codes.includes(code))).toEqual(['log-unreferenced']);
    expect(run.outcome).toBe('failed');
  });
});

it('leftovers are counted by folder, with their kinds and the first of them', async () => {
  const folderOf = ({ key }: ObjectRef) => ({
    type: 'folder',
    bucket: BUCKET,
    key: key.replace(/\d{4}\/\d{2}\/.*/, ''),
  });
  const { findings, chain } = await verifyAfter(({ world, chain }) => {
    const [digest, log] = [digestAt(chain, 0).ref, logAt(chain, 0, 0).ref];
    put(
      world,
      beside(digest, (name) => `._${name}`),
      APPLE_DOUBLE,
    );
    put(
      world,
      beside(log, (name) => `${name}.part`),
      objectAt(world, log).body.slice(0, 9),
    );
    put(
      world,
      beside(log, (name) => name.replace('.json', ' (1).json')),
      objectAt(world, log).body,
    );
    put(
      world,
      beside(log, () => '.DS_Store'),
      DS_STORE,
    );
  });
  const [digest, log] = [digestAt(chain, 0).ref, logAt(chain, 0, 0).ref];
  expect(findings).toMatchObject([
    {
      code: 'folder-leftovers',
      subject: folderOf(digest),
      args: { kinds: ['system-file'], count: 1, example: { key: beside(digest, (name) => `._${name}`) } },
    },
    {
      code: 'folder-leftovers',
      subject: folderOf(log),
      args: {
        kinds: ['duplicate', 'partial-download', 'system-file'],
        count: 3,
        example: { key: beside(log, () => '.DS_Store') },
      },
    },
  ]);
});

describe('the name of a leftover is no hiding place', () => {
  const other = stableGzip(Buffer.from('{"Records":[]}'));
  const NAMES: readonly [name: string, code: string, rename: (name: string) => string][] = [
    ['._X.json.gz', 'log-unreferenced', (name) => `._${name}`],
    ['X (1).json.gz', 'log-unreferenced', (name) => name.replace('.json', ' (1).json')],
    ['Copy of X.json.gz', 'log-unreferenced', (name) => `Copy of ${name}`],
    ['X.json', 'log-unreferenced', (name) => name.replace('.gz', '')],
    ['X.json.gz.6eF3dDc1', 'log-key-unrecognised', (name) => `${name}.6eF3dDc1`],
    ['.DS_Store', 'log-key-unrecognised', () => '.DS_Store'],
    ['Thumbs.db', 'log-key-unrecognised', () => 'Thumbs.db'],
    ['X.json.gz:Zone.Identifier', 'log-key-unrecognised', (name) => `${name}:Zone.Identifier`],
  ];

  it.each(NAMES)('for another log: %s is %s', async (_, code, rename) => {
    for (const body of [other, inflate(other)]) {
      const { said, chain } = await verifyAfter(({ world, chain }) =>
        put(world, beside(logAt(chain, 2, 0).ref, rename), body),
      );
      expect(said).toEqual([[code, beside(logAt(chain, 2, 0).ref, rename)]]);
    }
  });

  it('for a log that goes on where the original ends, or differs in a byte', async () => {
    for (const change of [
      (body: Uint8Array) => Buffer.concat([body, body]),
      (body: Uint8Array) => Uint8Array.from(body, (byte, index) => (index === 50 ? byte ^ 1 : byte)),
    ]) {
      const { codes } = await verifyAfter(({ world, chain }) => {
        const log = logAt(chain, 2, 0).ref;
        const key = beside(log, (name) => name.replace('.json', ' (1).json'));
        put(world, key, change(objectAt(world, log).body));
      });
      expect(codes).toEqual(['log-unreferenced']);
    }
  });

  it('for a duplicate whose original is not there', async () => {
    const { codes } = await verifyAfter(({ world, chain }) => {
      const log = logAt(chain, 2, 0).ref;
      const key = beside(log, (name) => name.replace('.json', ' (1).json'));
      put(world, key, objectAt(world, log).body);
      deleteObject(world, log);
    });
    expect(codes).toEqual(['log-missing', 'log-unreferenced']);
  });

  it('for a log that was changed: the unpacked content that it had stands for nothing', async () => {
    const { findings, chain } = await verifyAfter(({ world, chain }) => {
      const log = logAt(chain, 2, 0).ref;
      unpack(world, [log], true);
      modifyLog(world, log);
    });
    const log = logAt(chain, 2, 0).ref;
    expect(findings.map(({ code, subject }) => [code, subject])).toEqual([
      ['log-modified', { type: 'log', ...log }],
      ['log-unreferenced', { type: 'log', bucket: BUCKET, key: log.key.replace(/\.gz$/, '') }],
    ]);
  });

  it('for a digest that was changed: the unpacked content that it had stands for nothing', async () => {
    const { outcome, codes } = await verifyAfter(({ world, chain }) => {
      const { ref } = digestAt(chain, 2);
      unpack(world, [ref], true);
      put(world, ref.key, stableGzip(Buffer.from('{}')));
    });
    expect(outcome).toBe('failed');
    expect(new Set(codes)).toEqual(
      new Set([
        'digest-key-unrecognised',
        'digest-field-missing',
        'digest-link-mismatch',
        'chain-interval-lost',
        'log-unaccounted',
      ]),
    );
  });
});
