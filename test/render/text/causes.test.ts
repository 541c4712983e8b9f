import { describe, expect, it } from 'vitest';
import { finding } from '../../../src/core/findings/finding.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { shortNames } from '../../../src/render/text/matrix.js';
import { textRenderer } from '../../../src/render/text/text.js';
import { digestAt, type ForgedChain, forgeChain, logAt } from '../../support/forge/forge.js';
import { verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject, modifyLog, stripMetadata } from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';
import { CHAIN, chainReport, FORGE, HEADER, type Run, render, runOf, START } from '../example-run.js';

const REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1', 'ap-southeast-2'];
const HOURS = 6;
const COPY = { ...HEADER, request: { sources: ['/copy'] } };

const toText = (
  run: Run,
  options: { quiet?: boolean; ascii?: boolean; width?: number; bucket?: boolean } = {},
): string =>
  render(
    textRenderer({
      verbose: false,
      quiet: options.quiet ?? false,
      color: false,
      width: options.width ?? 80,
      ascii: options.ascii ?? false,
      header: options.bucket ? HEADER : COPY,
    }),
    run,
  );

/** Three accounts in four regions, without metadata unless it is kept. */
function estate(keepsMetadata = false): { world: World; chains: readonly ForgedChain[] } {
  const world = emptyWorld();
  const chains = ['111111111111', '222222222222', '333333333333'].flatMap((accountId) =>
    REGIONS.map((region) => forgeChain(world, { ...FORGE, accountId, region, hours: HOURS, logsPerHour: 1 })),
  );
  if (!keepsMetadata) for (const { digests } of chains) for (const { ref } of digests) stripMetadata(world, ref);
  return { world, chains };
}

const nth = (chains: readonly ForgedChain[], index: number): ForgedChain => {
  const chain = chains[index];
  if (!chain) throw new Error('there is no such chain');
  return chain;
};

const lastOf = (key: string): string => key.slice(key.lastIndexOf('_') + 1);

describe('many chains', () => {
  it('that are verified take a line, and no sum of time', async () => {
    const text = toText(await verifyWorld(estate(true).world, { auditUnreferenced: true }));
    expect(text.split('\n').length).toBeLessThanOrEqual(9);
    expect(text).toContain('\n\n3 accounts x 4 regions, 12 chains: all proven\n\nVERIFIED: 72 digests and 72 logs ');
    expect(text).not.toContain('not proven');
  });

  it('of a copy without metadata have one cause, and the time that leaves it out settles it', async () => {
    const { world } = estate();
    const text = toText(await verifyWorld(world, { auditUnreferenced: true }));
    expect(text.split('\n').length).toBeLessThanOrEqual(19);
    expect(text.match(/^(?:FAILED|UNDETERMINED|WARNING) .*/gm)).toEqual([
      'UNDETERMINED  digest-signature-missing  no signature to check it with, 12 times',
    ]);
    const [, to = ''] = /`--to (\S+)`/.exec(text) ?? [];
    const { outcome } = await verifyWorld(world, { to: Date.parse(to), auditUnreferenced: true });
    expect([to, outcome]).toEqual(['2026-03-01T05:01:31Z', 'verified']);
  });

  it('say nothing of that in a bucket, which keeps metadata', async () => {
    const text = toText(await verifyWorld(estate().world), { bucket: true });
    expect(text).not.toContain('Nothing in this speaks of tampering');
    expect(text).toContain('111111111111  ap-southeast-2  2026-03-01 05:01  …20260301T060131Z.json.gz');
  });

  it('name each incident with account, region, time and name', async () => {
    const { world, chains } = estate();
    const logs = [logAt(nth(chains, 0), 1, 0).ref, logAt(nth(chains, 5), 2, 0).ref];
    const digests = [digestAt(nth(chains, 2), 2).ref, digestAt(nth(chains, 9), 3).ref];
    const damaged = [logAt(nth(chains, 7), 3, 0).ref, logAt(nth(chains, 11), 0, 0).ref];
    for (const ref of [...logs, ...digests]) deleteObject(world, ref);
    for (const ref of damaged) modifyLog(world, ref);
    const text = toText(await verifyWorld(world, { auditUnreferenced: true }));
    const lines = text.split('\n');
    for (const { key } of [...logs, ...digests, ...damaged]) {
      const [, account = '', region = ''] = /AWSLogs\/(\d+)\/[\w-]+\/([a-z0-9-]+)\//.exec(key) ?? [];
      const told = lines.filter((line) => line.includes(`…${lastOf(key)}`) && line.includes(account));
      expect(told.some((line) => line.includes(region) && line.includes('2026-03-01 0'))).toBe(true);
    }
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(text).toMatch(/^111111111111 {2}\? 1h {4,}/m);
    expect(text).toMatch(/^FAILED: .*(?:\n.*)*2 digest-missing/m);
    expect(text).toContain('use1');
    const wide = lines.filter((line) => line.length > 80 && !/^ +aws /.test(line));
    expect(wide).toEqual([]);
  });

  it('are split into tables no wider than the terminal', async () => {
    const { world, chains } = estate(true);
    deleteObject(world, logAt(nth(chains, 0), 1, 0).ref);
    const lines = toText(await verifyWorld(world), { width: 40 }).split('\n');
    const table = lines.filter((line) => /^(?:\d{12}| {12}) /.test(line));
    expect(table.length).toBeGreaterThan(4);
    expect(table.filter((line) => line.length > 40)).toEqual([]);
  });
});

it('what a command is filled in with cannot end the command', () => {
  const key = "AWSLogs/'; rm -rf ~; `x`.json.gz";
  const missing = finding('log-missing', { type: 'log', bucket: 'trails', key }, { expected: 'ab' });
  const text = toText(runOf([{ type: 'findings', findings: [missing] }]));
  expect(text).toContain(
    "      aws s3api list-object-versions --bucket trails --prefix 'AWSLogs/'\\''; rm -rf ~; `x`.json.gz'\n",
  );
});

it('ASCII is all there is where the terminal shows no more', () => {
  const lost = { state: 'lost', start: START, end: START + HOUR } as const;
  const outside = finding('log-missing', { type: 'log', bucket: 'trails', key: 'é.json.gz' }, { expected: 'ab' });
  const run = runOf([
    { type: 'findings', findings: [outside] },
    { type: 'chain', report: chainReport({ outcome: 'failed', coverage: [lost] }) },
  ]);
  expect(toText(run)).toMatch(/[^\p{ASCII}]/u);
  expect(toText(run, { ascii: true })).toMatch(/^\p{ASCII}*$/u);
  expect(toText(run, { ascii: true })).toContain('\\u{e9}.json.gz');
});

it('a verdict names what only saved query results have, too', () => {
  const at = { type: 'query-file', bucket: 'lake', key: 'r.csv.gz' } as const;
  const missing = finding('query-file-missing', at, { expected: 'ab' });
  const lost = finding('chain-interval-lost', { type: 'chain', chain: CHAIN }, { start: START, end: START + HOUR });
  const text = toText(
    runOf([
      { type: 'findings', findings: [missing, lost] },
      { type: 'chain', report: chainReport() },
    ]),
  );
  expect(text).toMatch(/FAILED: query-file-missing, chain-interval-lost in/);
});

it('regions have the short names of availability zones, unless two would be the same', () => {
  expect(shortNames(['us-east-1', 'ap-southeast-2', 'us-gov-west-1'])).toEqual(['use1', 'apse2', 'us-gov-west-1']);
  expect(shortNames(['eu-south-1', 'eu-south-1'])).toEqual(['eu-south-1', 'eu-south-1']);
});
