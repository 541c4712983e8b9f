import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../../src/core/report/report.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { verify as verifyFromProgram } from '../../../src/index.js';
import { digestAt, type ForgedChain, forgeChain, logAt } from '../../support/forge/forge.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { deleteObject } from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';
import { writeArchive, writeKeySnapshot } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T00:01:31Z');
const NOW = Date.parse('2026-11-20T12:00:00Z');
const PLACE = {
  ...MAIN_TRAIL,
};

const newFolder = temporaryFolders();
let folder: string;
beforeEach(() => {
  folder = newFolder();
});
const at = (name: string) => path.join(folder, name);

/** Four hours with a gap of three before four more. */
async function writeDown(tamper: (world: World, chain: ForgedChain) => void = () => {}): Promise<ForgedChain> {
  const world = emptyWorld();
  const chain = forgeChain(world, { ...PLACE, start: START, hours: 4, logsPerHour: 1 });
  tamper(world, chain);
  await writeArchive(world, at('archive'), { layout: 'flat', sidecars: true });
  await writeKeySnapshot(world, at('keys.json'));
  return chain;
}

const verify = (policy: string | undefined, flags: readonly string[] = [], now = NOW) => {
  const file = at('policy.yaml');
  if (policy !== undefined) writeFileSync(file, policy);
  const named = policy === undefined ? [] : ['--policy', file];
  return runMain(['verify', at('archive'), '--keys', at('keys.json'), ...named, ...flags], now);
};
const reportOf = async (...args: Parameters<typeof verify>): Promise<Report> =>
  JSON.parse((await verify(args[0], [...(args[1] ?? []), '--format', 'json'], args[2])).stdout) as Report;

const exception = (lines: string, until = '2026-12-31') =>
  `exceptions:\n  - codes: [log-missing, chain-gap]\n    reason: restored from tape\n    ticket: SEC-12\n    until: ${until}\n    ${lines}\n`;

describe('the exit status', () => {
  it('is 1 for a gap where the policy says so, and 0 where it is the gap that is known', async () => {
    await writeDown((world) => forgeChain(world, { ...PLACE, start: START + 7 * HOUR, hours: 4, logsPerHour: 1 }));
    expect((await verify(undefined)).status).toBe(2);
    const fail = 'rules:\n  chain-gap: fail\n';
    expect((await verify(fail)).status).toBe(1);
    const known = '{from: 2026-03-01T04:01:31Z, to: 2026-03-01T08:01:31Z}';
    const wanting = '{from: 2026-03-01T04:01:31Z, to: 2026-03-01T08:01:30Z}';
    const policyOf = (times: string) =>
      `${fail}exceptions:\n  - {codes: [chain-gap], account: 111122223333, reason: maintenance, until: 2026-12-31, ${times.slice(1)}\n`;
    expect((await verify(policyOf(known))).status).toBe(0);
    expect((await verify(policyOf(wanting))).status).toBe(1);
  });

  it('is 0 for a missing log that is accepted until a day, and 1 after it', async () => {
    const chain = await writeDown((world, forged) => deleteObject(world, logAt(forged, 1, 0).ref));
    const policy = exception(`key: ${logAt(chain, 1, 0).ref.key}`);
    const before = await verify(policy, [], Date.parse('2026-12-31T23:59:59Z'));
    expect([before.status, before.stderr]).toEqual([0, '']);
    expect(before.stdout).toMatch(/^VERIFIED, with 1 accepted finding \(log-missing\)/m);
    expect(before.stdout).toContain('Accepted until 2027-01-01T00:00:00Z (SEC-12): restored from tape');
    const after = await verify(policy, [], Date.parse('2027-01-01T00:00:00Z'));
    expect(after.status).toBe(1);
    expect(after.stdout).toContain('policy-exception-expired');
    expect((await verify(exception(`key: ${logAt(chain, 2, 0).ref.key}`))).status).toBe(1);
  });

  it('is 2 where nothing is proven, whatever is accepted', async () => {
    await writeDown((world, { digests }) => {
      for (const bucket of world.buckets.values())
        for (const key of bucket.keys()) if (key.includes('CloudTrail-Digest')) bucket.delete(key);
      expect(digests).toHaveLength(4);
    });
    expect(
      (await verify('rules: {folder-without-digests: accept, log-unreferenced: accept, log-unaccounted: accept}'))
        .status,
    ).toBe(2);
  });
});

describe('the report', () => {
  it('says which policy, and what it accepted', async () => {
    const chain = await writeDown((world, forged) => deleteObject(world, logAt(forged, 1, 0).ref));
    const { key } = logAt(chain, 1, 0).ref;
    const report = await reportOf(exception(`key: ${key}`));
    expect(report).toMatchObject({
      outcome: 'verified',
      accepted: 1,
      totals: { logs: { failed: 1 } },
      request: { policy: { rules: {}, exceptions: 1 } },
    });
    const json = JSON.stringify({
      exceptions: [
        {
          codes: ['log-missing', 'chain-gap'],
          reason: 'restored from tape',
          ticket: 'SEC-12',
          until: '2026-12-31',
          key,
        },
      ],
    });
    expect(await reportOf(json)).toEqual(report);
    const fromProgram = await verifyFromProgram({
      source: at('archive'),
      keys: at('keys.json'),
      now: new Date(NOW),
      policy: JSON.parse(json),
    });
    expect(fromProgram).toEqual(report);
    expect(
      await verifyFromProgram({
        source: at('archive'),
        keys: at('keys.json'),
        now: new Date(NOW),
        policy: at('policy.yaml'),
      }),
    ).toEqual(report);
  });

  it.each(['html', 'markdown', 'junit', 'sarif', 'ocsf', 'asff', 'emf', 'prometheus', 'csv', 'json', 'ndjson'])(
    'as %s is the same from the run and from its detail file',
    async (format) => {
      await writeDown((world, forged) => {
        deleteObject(world, logAt(forged, 1, 0).ref);
        deleteObject(world, digestAt(forged, 2).ref);
      });
      const policy = `rules: {chain-gap: fail, digest-missing: accept, policy-exception-expired: fail}\n${exception('region: us-east-1')}`;
      await verify(policy, ['--report', `ndjson=${at('run.ndjson')}`, '--report', `${format}=${at('direct')}`]);
      await runMain(['report', 'convert', at('run.ndjson'), '--format', format, '--output', at('converted')], NOW);
      expect(readFileSync(at('converted'), 'utf8')).toBe(readFileSync(at('direct'), 'utf8'));
      expect(readFileSync(at('direct'), 'utf8')).toMatch(/accepted/i);
    },
  );

  it.each(['json', 'markdown'])('as %s is made of a JSON report too', async (format) => {
    await writeDown((world, forged) => deleteObject(world, logAt(forged, 1, 0).ref));
    const direct = ['--report', `${format}=${at('direct')}`];
    await verify(exception('region: us-east-1'), ['--output', at('run.json'), '--format', 'json', ...direct]);
    const { status, stdout } = await runMain(['report', 'convert', at('run.json'), '--format', format], NOW);
    expect(status).toBe(0);
    expect(stdout).toBe(readFileSync(at('direct'), 'utf8'));
    expect(stdout).toContain('SEC-12');
  });

  it('is refused when what it accepts does not add up', async () => {
    await writeDown((world, forged) => deleteObject(world, logAt(forged, 1, 0).ref));
    await verify(exception('region: us-east-1'), ['--output', at('run.json'), '--format', 'json']);
    const text = readFileSync(at('run.json'), 'utf8');
    writeFileSync(at('run.json'), text.replace('"effect":"accepted"', '"effect":"failed"'));
    expect((await runMain(['report', 'convert', at('run.json'), '--format', 'json'], NOW)).status).toBe(64);
  });
});

describe('a wrong policy', () => {
  const RULES = 'rules:\n  chain-gap: fail\n';
  it.each<[string, string, number, string]>([
    ['names no code that there is', 'rules:\n  chain-gap: fail\n  log-mising: warn\n', 3, 'rules.log-mising'],
    ['has another effect', 'rules:\n  chain-gap: ignore\n', 2, 'rules.chain-gap'],
    ['accepts that nothing was found', `${RULES}  nothing-found: accept\n`, 3, 'rules.nothing-found'],
    ['has an unknown field', `${RULES}exeptions: []\n`, 3, 'exeptions'],
    ['has an exception for everything', exception('region: null').replace(/ {4}region.*\n/, ''), 2, 'exceptions[0]'],
    [
      'has an exception without a reason',
      exception('region: us-east-1').replace(/.*reason.*\n/, ''),
      2,
      'exceptions[0]',
    ],
    ['has an exception without an end', exception('region: us-east-1').replace(/.*until.*\n/, ''), 2, 'exceptions[0]'],
    ['has an end that is no time', exception('region: us-east-1', 'soon'), 5, 'exceptions[0].until'],
    ['has an end that no calendar has', exception('region: us-east-1', '2026-02-30'), 5, 'exceptions[0].until'],
    ['has half an interval', exception('from: 2026-03-01T05:00Z'), 2, 'exceptions[0]'],
    [
      'has an interval that ends before it begins',
      exception('from: 2026-03-01T05:00Z\n    to: 2026-03-01T04:00Z'),
      7,
      'exceptions[0].to',
    ],
    ['names an account that is none', exception('account: 1111'), 6, 'exceptions[0].account'],
    [
      'names an unknown code in an exception',
      exception('region: us-east-1').replace('chain-gap', 'gap'),
      2,
      'exceptions[0].codes[1]',
    ],
    [
      'accepts a selection that was not found',
      exception('region: us-east-1').replace('chain-gap', 'selection-not-found'),
      2,
      'exceptions[0].codes',
    ],
    ['has an empty key', exception('key: ""'), 6, 'exceptions[0].key'],
  ])('that %s is refused by file, line and field', async (_, policy, line, field) => {
    await writeDown();
    const { status, stdout, stderr } = await verify(policy);
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr.startsWith(`trailproof: ${at('policy.yaml')}, line ${line}: ${field}: `)).toBe(true);
    expect(stderr.split('\n').length).toBeLessThanOrEqual(3);
  });

  it('is refused where it is no file, no YAML, or empty', async () => {
    await writeDown();
    const missing = await runMain(['verify', at('archive'), '--policy', at('none.yaml')], NOW);
    expect([missing.status, missing.stderr.includes('none.yaml')]).toEqual([64, true]);
    for (const text of ['rules: [', '', 'a: 1\na: 2\n', '\u0000']) expect((await verify(text)).status).toBe(64);
    expect((await verify('{}')).status).toBe(0);
  });

  it('is refused from a program by field', async () => {
    await writeDown();
    const options = { source: at('archive'), keys: at('keys.json'), now: new Date(NOW) };
    const wrong = { exceptions: [{ codes: ['chain-gap'], reason: 'x', until: '2026-12-31' }] } as const;
    await expect(verifyFromProgram({ ...options, policy: wrong })).rejects.toThrow(/^policy: exceptions\[0\]: /);
  });
});
