import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Extent } from '../../../src/app/progress-listener.js';
import { collectReport, withReport } from '../../../src/app/run/collect-report.js';
import { checkDocument, plainDocument, readSchema } from '../../../src/compose/config-document.js';
import { UsageError } from '../../../src/compose/errors/usage-error.js';
import type { RunOptions } from '../../../src/compose/run/open-run.js';
import { openRuns } from '../../../src/compose/run/open-sources.js';
import type { Report, ReportHeader } from '../../../src/core/report/report.js';
import type { VerifyEvent } from '../../../src/core/report/verify-events.js';
import { formatInstant, HOUR, MINUTE, SECOND } from '../../../src/core/time/instant.js';
import type { KeySource } from '../../../src/ports/key-source.js';
import { htmlRenderer } from '../../../src/render/html/html.js';
import { prometheusRenderer } from '../../../src/render/metrics/prometheus.js';
import { textRenderer } from '../../../src/render/text/text.js';
import { loopbackServers } from '../../support/aws/loopback-servers.js';
import type { LoopbackServer, ServerOptions } from '../../support/aws/server.js';
import { addTrail, type ForgedChain, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { worldKeys } from '../../support/run/verify-world.js';
import { modifyLog } from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';
import { writeArchive, writeKeySnapshot } from '../../support/worlds/write-world.js';

const TRAIL: ForgeOptions = {
  bucket: 'logs-a',
  accountId: '111122223333',
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'main',
  start: Date.parse('2026-03-01T00:29:23Z'),
  hours: 3,
  logsPerHour: 2,
};
const NOW = TRAIL.start + 3 * HOUR + 45 * MINUTE;
const ROLE_B = 'arn:aws:iam::444455556666:role/audit';

const temporaryFolder = temporaryFolders();
const startServer = loopbackServers();
let world: World;
let chains: { readonly a: ForgedChain; readonly b: ForgedChain };
beforeEach(() => {
  world = emptyWorld();
  addTrail(world, TRAIL);
  const b = { ...TRAIL, bucket: 'logs-b', accountId: '444455556666' };
  chains = { a: forgeChain(world, TRAIL), b: forgeChain(world, b) };
  world.buckets.set('logs-empty', new Map());
  world.roles.set(ROLE_B, { accessKeyId: 'ASIAOFB' });
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function serve(options: ServerOptions = {}): Promise<LoopbackServer> {
  return startServer(world, options);
}

interface Told {
  readonly report: Report;
  readonly header: ReportHeader;
  readonly events: readonly VerifyEvent[];
}

async function verify(
  sources: readonly RunOptions[],
  { server, extent }: { server?: LoopbackServer; extent?: Extent } = {},
): Promise<Told> {
  const { url } = server ?? (await serve());
  const run = await openRuns(
    sources.map(({ aws, ...options }) => ({ ...options, aws: { endpointUrl: url, ...aws } })),
    NOW,
  );
  const events: VerifyEvent[] = [];
  try {
    const report = await collectReport(withReport(run.header, run.start(extent)), (event) => events.push(event));
    await checkDocument(plainDocument('the report', report), await readSchema('report'));
    return { report, header: run.header, events };
  } finally {
    await run.close();
  }
}

const accountsOf = ({ chains: reported }: Report): string[] => reported.map(({ chain }) => chain.accountId);
const A: RunOptions = { source: 's3://logs-a' };
const B: RunOptions = { source: 's3://logs-b', aws: { role: { arn: ROLE_B } } };

describe('several sources in one report', () => {
  it('are verified one after the other, each with its own credentials', async () => {
    const server = await serve();
    const { report } = await verify([B, A], { server });
    const endpoint = server.url;
    expect(report.request).toEqual({ sources: ['s3://logs-b', 's3://logs-a'], auditUnreferenced: false, endpoint });
    expect(accountsOf(report)).toEqual(['444455556666', '111122223333']);
    expect(report.chains.map(({ source }) => source)).toEqual(['s3://logs-b', 's3://logs-a']);
    expect(report.findings).toEqual([]);
    expect(report.outcome).toBe('verified');
    expect(report.totals.logs.verified).toBe(12);
    expect(report.keySource).toBe(`list-public-keys at ${endpoint}`);
    expect(report.keysUsed).toHaveLength(1);
    const callers = (bucket: string) =>
      new Set(server.requests.filter((request) => request.bucket === bucket).map(({ accessKeyId }) => accessKeyId));
    expect([callers('logs-a'), callers('logs-b')]).toEqual([new Set(['AKIDEXAMPLE']), new Set(['ASIAOFB'])]);
  });

  it('are not named with a chain where there is one', async () => {
    const [chain] = (await verify([A])).report.chains;
    expect(chain).toBeDefined();
    expect(chain).not.toHaveProperty('source');
  });

  it('fail when one of them does', async () => {
    modifyLog(world, logAt(chains.b, 1, 0).ref);
    const { report } = await verify([A, B]);
    expect(report.findings.map(({ code }) => code)).toEqual(['log-modified']);
    expect(report.chains.map(({ outcome }) => outcome)).toEqual(['verified', 'failed']);
    expect(report.outcome).toBe('failed');
  });

  it('say of which of them nothing was found', async () => {
    const { report } = await verify([A, { source: 's3://logs-empty' }, { ...B, accounts: ['999900001111'] }]);
    expect(report.findings).toEqual([
      {
        code: 'nothing-found',
        kind: 'missing',
        effect: 'undetermined',
        subject: { type: 'run', source: 's3://logs-empty' },
        args: {},
      },
      {
        code: 'selection-not-found',
        kind: 'missing',
        effect: 'undetermined',
        subject: { type: 'run', source: 's3://logs-b' },
        args: { option: 'account', value: '999900001111' },
      },
    ]);
    expect(report.outcome).toBe('undetermined');
  });

  it('say what was asked of each where that differs', async () => {
    const times = { from: TRAIL.start, to: TRAIL.start + 3 * HOUR };
    const server = await serve();
    const { report, header, events } = await verify(
      [
        { ...A, ...times, accounts: ['111122223333'], maxAge: HOUR },
        { ...B, ...times, regions: ['us-east-1'], maxAge: HOUR, auditUnreferenced: true },
      ],
      { server },
    );
    expect(report.request).toEqual({
      sources: ['s3://logs-a', 's3://logs-b'],
      from: formatInstant(times.from),
      to: formatInstant(times.to),
      maxAge: HOUR,
      endpoint: server.url,
      bySource: [
        { source: 's3://logs-a', accounts: ['111122223333'], auditUnreferenced: false },
        { source: 's3://logs-b', regions: ['us-east-1'], auditUnreferenced: true },
      ],
    });
    const text = textRenderer({ verbose: false, quiet: false, color: false, width: 100, ascii: false, header })
      .begin()
      .replaceAll('\n', ' ');
    expect(text).toContain(
      `s3://logs-a, s3://logs-b (endpoint ${server.url}) (s3://logs-a: account 111122223333; s3://logs-b: region us-east-1)`,
    );
    const html = htmlRenderer(header);
    const page = [html.begin(), ...events.map((event) => html.event(event)), html.end(report)].join('');
    expect(page).toContain('Accounts in s3://logs-a other than those selected.');
    expect(page).toContain('Regions in s3://logs-b other than those selected.');
    expect(page).toContain('Objects that no digest lists in s3://logs-a: they were not looked for.');
  });

  it('go on when one of them cannot be reached, and are not verified', async () => {
    world.roles.clear();
    const { report } = await verify([B, A, { source: 's3://logs-missing' }]);
    expect(report.findings).toMatchObject([
      {
        code: 'source-unavailable',
        subject: { type: 'run', source: 's3://logs-b' },
        args: { errorCode: 'AccessDenied', message: expect.stringContaining(`the role ${ROLE_B} cannot be assumed`) },
      },
      {
        code: 'source-unavailable',
        subject: { type: 'run', source: 's3://logs-missing' },
        args: { errorCode: 'NoSuchBucket' },
      },
    ]);
    expect(accountsOf(report)).toEqual(['111122223333']);
    expect(report.outcome).toBe('undetermined');
  });

  it('go on when one breaks off, and keep what it has told', async () => {
    let logs = 0;
    const fault: ServerOptions['fault'] = ({ operation, bucket, key }) =>
      operation === 'GetObject' && bucket === 'logs-a' && key?.includes('/CloudTrail/') && ++logs > 2
        ? { status: 400, errorCode: 'ExpiredToken', message: 'The provided token has expired.' }
        : undefined;
    const { report } = await verify([A, B], { server: await serve({ fault }) });
    expect(report.findings).toMatchObject([
      { code: 'source-unavailable', subject: { source: 's3://logs-a' }, args: { errorCode: 'ExpiredToken' } },
    ]);
    expect(accountsOf(report)).toEqual(['444455556666']);
    expect(report.outcome).toBe('undetermined');
  });

  it('go on when a trail cannot be asked about', async () => {
    world.roles.clear();
    const arn = `arn:aws:cloudtrail:us-east-1:444455556666:trail/main`;
    const { report } = await verify([{ trailArn: arn, aws: { role: { arn: ROLE_B } } }, A]);
    expect(report.request.sources).toEqual([arn, 's3://logs-a']);
    expect(report.findings).toMatchObject([{ code: 'source-unavailable', subject: { type: 'run', source: arn } }]);
    expect(report.chains).toHaveLength(1);
  });

  it('may hold copies of the same chain, each of which counts', async () => {
    const folder = path.join(temporaryFolder(), 'archive');
    const keys = path.join(folder, '..', 'keys.json');
    const copy = { ...world, buckets: new Map([...world.buckets].filter(([bucket]) => bucket === 'logs-a')) };
    await writeArchive(copy, folder, { layout: 'flat', sidecars: true });
    await writeKeySnapshot(world, keys);
    const server = await serve();
    const { report, header, events } = await verify([A, { source: folder, keys: [keys] }], { server });
    expect(accountsOf(report)).toEqual(['111122223333', '111122223333']);
    expect(report.keySource).toBe(`list-public-keys at ${server.url}, ${keys}`);
    const metrics = prometheusRenderer(header);
    for (const event of events) metrics.event(event);
    const samples = metrics
      .end(report)
      .split('\n')
      .map((line) => line.replace(/ \S+$/, ''));
    const labelled = samples.filter((line) => line.includes('{'));
    expect(new Set(labelled).size).toBe(labelled.length);
    expect(labelled.filter((line) => line.includes('copy="2"'))).toHaveLength(
      labelled.filter((line) => /trail=/.test(line)).length / 2,
    );
  });

  it('end together once they are told to stop, whatever hangs', async () => {
    const stop = new AbortController();
    let reached = () => {};
    const hanging = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const fault: ServerOptions['fault'] = ({ operation }) => {
      if (operation !== 'ListObjectsV2') return undefined;
      reached();
      return 'stall';
    };
    const patience: (() => void)[] = [];
    const setTimer = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((callback: () => void, delay?: number, ...args: []) => {
      if (delay !== 6 * SECOND) return setTimer(callback, delay, ...args);
      patience.push(callback);
      return setTimer(() => {}, 0);
    }) as typeof setTimeout);
    const sources = [A, { ...B, aws: {} }].map((source) => ({ ...source, signal: stop.signal }));
    const told = verify(sources, { server: await serve({ fault }) });
    await hanging;
    stop.abort();
    for (const runOut of patience.splice(0)) runOut();
    const { report } = await told;
    expect(report.findings.map(({ code, subject }) => [code, subject])).toEqual([
      ['run-interrupted', { type: 'run', source: 's3://logs-a' }],
      ['run-interrupted', { type: 'run', source: 's3://logs-b' }],
    ]);
    expect(report).toMatchObject({ outcome: 'undetermined', interrupted: true });
  });

  it('tell how much there is to do in all once the last is known', async () => {
    const told: (number | string)[] = [];
    const extent: Extent = {
      foldersFound: (count) => told.push(count),
      folderListed: (chainCount) => told.push(`${chainCount} chain`),
    };
    await verify([A, B], { extent });
    expect(told).toEqual([2, '1 chain', 2, '1 chain']);
  });

  it.each<[string, RunOptions[], RegExp]>([
    ['named twice', [A, B, { ...A, accounts: ['111122223333'] }], /s3:\/\/logs-a is named as a source more than once/],
    [
      'with one checkpoint',
      [A, B].map((each) => ({ ...each, checkpoint: { place: 'state.json' } })),
      /checkpoint of its own/,
    ],
    [
      'with the checkpoint of one in another',
      [{ ...A, checkpoint: { place: 's3://logs-b/state.json' } }, B],
      /its bucket is the one that is verified/,
    ],
    ['of different times', [A, { ...B, from: NOW - HOUR }], /the same time/],
    ['of which one is nothing', [A, {}], /name what to verify/],
    ['of which one is no trail', [A, { trailArn: 'main' }], /not the ARN of a trail/],
  ])('are refused when %s', async (_, sources, message) => {
    await expect(verify(sources)).rejects.toThrow(UsageError);
    await expect(verify(sources)).rejects.toThrow(message);
  });
});

it('of several sources, the one under way is ended before it is closed when nobody listens any more', async () => {
  forgeChain(world, { ...TRAIL, region: 'us-west-2', homeRegion: 'us-west-2' });
  const found = worldKeys(world);
  let release = () => {};
  const held = new Promise<void>((go) => {
    release = go;
  });
  const keys: KeySource = {
    ...found,
    async keysFor(region, during) {
      if (region === 'us-west-2') await held;
      return found.keysFor(region, during);
    },
  };
  const aws = { endpointUrl: (await serve()).url };
  const run = await openRuns(
    [A, B].map((each) => ({ ...each, keys, aws })),
    NOW,
  );
  const events = run.start();
  expect(await events.next()).toMatchObject({ done: false });
  const over = vi.fn();
  const returned = events.return(undefined).then(over);
  for (let turn = 0; turn < 1_000; turn += 1) await setImmediate();
  expect(over).not.toHaveBeenCalled();
  release();
  await returned;
  await run.close();
});

it('a single source ends the run when it cannot be reached', async () => {
  await expect(verify([{ source: 's3://logs-missing' }])).rejects.toMatchObject({ name: 'ListingError' });
});

it.each<[Partial<RunOptions>, number?]>([
  [{ maxAge: Number.NaN }],
  [{ maxAge: Number.POSITIVE_INFINITY }],
  [{ maxAge: 0 }],
  [{ from: Number.NaN }],
  [{ to: Number.NaN }],
  [{ from: Date.parse('0000-01-01T00:00:00Z') - 1 }],
  [{ to: Date.parse('9999-12-31T23:59:59.999Z') + 1 }],
  [{ from: NOW, to: NOW }],
  [{}, Number.NaN],
])('a run of times that are none is refused: %o', async (times, now = NOW) => {
  await expect(openRuns([{ source: temporaryFolder(), keys: ['none.json'], ...times }], now)).rejects.toThrow(
    UsageError,
  );
});
