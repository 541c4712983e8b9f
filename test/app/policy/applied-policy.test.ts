import { describe, expect, it } from 'vitest';
import { FINDING_CODES, type FindingCode } from '../../../src/core/findings/finding.js';
import { NEVER_ACCEPTED, type PolicyDefinition, parsePolicy } from '../../../src/core/policy/parse-policy.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { FORGE, START } from '../../render/example-run.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { forgeQueryResults } from '../../support/forge/forge-query-results.js';
import { ScheduledJob } from '../../support/run/run-incrementally.js';
import { type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { appendToObject, deleteObject, digestRefs, modifyLog, stripMetadata } from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const iso = (time: number) => new Date(time).toISOString().replace('.000', '');

function policyOf(definition: PolicyDefinition) {
  const parsed = parsePolicy(definition);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.policy;
}
const verify = (world: World, policy: PolicyDefinition, options: RunOptions = {}) =>
  verifyWorld(world, { now: NOW, ...options, policy: policyOf(policy) });
const forEvery = (rule: 'accept' | 'warn'): PolicyDefinition => ({
  rules: Object.fromEntries(FINDING_CODES.filter((code) => !NEVER_ACCEPTED.has(code)).map((code) => [code, rule])),
});
const KNOWN = { reason: 'known', until: '2026-12-31' } as const;

function forged() {
  const world = emptyWorld();
  return { world, chain: forgeChain(world, FORGE) };
}
const said = (run: { readonly findings: readonly { readonly code: string; readonly effect?: string }[] }) =>
  run.findings.map(({ code, effect }) => [code, effect]);

describe('a rule', () => {
  it('makes a gap fail', async () => {
    const { world } = forged();
    forgeChain(world, { ...FORGE, start: START + 7 * HOUR });
    expect((await verify(world, {})).outcome).toBe('undetermined');
    const run = await verify(world, { rules: { 'chain-gap': 'fail' } });
    expect([run.outcome, run.summary.totals.chains.failed, said(run)]).toEqual([
      'failed',
      1,
      [['chain-gap', 'failed']],
    ]);
  });

  it('makes a missing log a warning, and the log stays failed', async () => {
    const { world, chain } = forged();
    deleteObject(world, logAt(chain, 1, 0).ref);
    const { outcome, summary } = await verify(world, { rules: { 'log-missing': 'warn' } });
    expect(outcome).toBe('verified');
    expect(summary).toMatchObject({
      warnings: 1,
      totals: { logs: { verified: 7, failed: 1 }, chains: { verified: 1 } },
    });
    expect(summary).not.toHaveProperty('accepted');
  });
});

describe('an exception', () => {
  it('accepts one log and no other', async () => {
    const { world, chain } = forged();
    const { key } = logAt(chain, 1, 0).ref;
    modifyLog(world, logAt(chain, 1, 0).ref);
    const policy = { exceptions: [{ codes: ['log-modified' as const], key, ticket: 'SEC-12', ...KNOWN }] };
    const { outcome, summary, events, findings } = await verify(world, policy);
    expect(outcome).toBe('verified');
    expect(summary).toMatchObject({
      accepted: 1,
      warnings: 0,
      totals: { logs: { verified: 7, failed: 1, undetermined: 0 } },
    });
    expect(findings).toMatchObject([{ code: 'log-modified', effect: 'accepted', accepted: { ticket: 'SEC-12' } }]);
    // What is known of the log does not change.
    expect(events.find((event) => event.type === 'log' && event.ref.key === key)).toMatchObject({ outcome: 'failed' });
    expect(events.find((event) => event.type === 'chain')).toMatchObject({
      report: { outcome: 'verified', accepted: 1 },
    });
    modifyLog(world, logAt(chain, 2, 0).ref);
    const more = await verify(world, policy);
    expect([more.outcome, more.summary.accepted]).toEqual(['failed', 1]);
  });

  it('accepts lost hours with the digests of them, and the time stays lost', async () => {
    const { world, chain } = forged();
    deleteObject(world, digestAt(chain, 1).ref);
    const codes: FindingCode[] = ['digest-missing', 'chain-interval-lost'];
    const hours = (from: number, to: number) => ({
      exceptions: [{ codes, from: iso(START + from * HOUR), to: iso(START + to * HOUR), ...KNOWN }],
    });
    const range = { from: START, to: START + 4 * HOUR };
    const { outcome, summary, events } = await verify(world, hours(1, 2), range);
    expect([outcome, summary.accepted, summary.totals.digests.failed]).toEqual(['verified', 2, 1]);
    const report = events.flatMap((event) => (event.type === 'chain' ? [event.report] : []))[0];
    expect(report?.coverage.map(({ state }) => state)).toEqual(['gap', 'lost', 'proven']);
    expect((await verify(world, hours(0, 2), range)).outcome).toBe('verified');
    deleteObject(world, digestAt(chain, 2).ref);
    const wider = await verify(world, hours(1, 2), range);
    expect(wider.outcome).toBe('failed');
    expect(wider.findings.find(({ code }) => code === 'chain-interval-lost')).not.toHaveProperty('effect');
  });

  it('counts again when it has expired, and that is said once, at the end', async () => {
    const { world, chain } = forged();
    for (const hour of [0, 1, 2]) deleteObject(world, logAt(chain, hour, 0).ref);
    const old = { codes: ['log-missing' as const], account: FORGE.accountId, reason: 'old', until: '2026-05-31' };
    const policy = { exceptions: [{ ...old, account: '999999999999' }, { ...old, region: FORGE.region }, old] };
    const { outcome, findings } = await verify(world, policy);
    expect(outcome).toBe('failed');
    expect(findings.slice(3)).toEqual(
      ['exceptions[1]', 'exceptions[2]'].map((exception) => ({
        code: 'policy-exception-expired',
        subject: { type: 'run' },
        args: { exception, reason: 'old', until: NOW },
      })),
    );
    expect((await verify(world, policy, { now: NOW - 1 })).outcome).toBe('verified');
    expect(said(await verify(world, { ...policy, rules: { 'policy-exception-expired': 'fail' } })).slice(3)).toEqual([
      ['policy-exception-expired', 'failed'],
      ['policy-exception-expired', 'failed'],
    ]);
  });

  it('applies to objects that no digest lists, and to folders', async () => {
    const { world, chain } = forged();
    const { bucket, key } = logAt(chain, 1, 0).ref;
    const planted = { bucket, key: key.replace(/_[A-Za-z0-9]{16}\.json/, '_0000000000000000.json') };
    world.buckets.get(bucket)?.set(planted.key, { body: new Uint8Array(3), metadata: {} });
    const policy = { exceptions: [{ codes: ['log-unreferenced' as const], key: planted.key, ...KNOWN }] };
    const audited = { auditUnreferenced: true };
    expect((await verifyWorld(world, { now: NOW, ...audited })).outcome).toBe('failed');
    const run = await verify(world, policy, audited);
    expect([run.outcome, said(run)]).toEqual(['verified', [['log-unreferenced', 'accepted']]]);
  });
});

describe('saved query results', () => {
  it('are verified but for a file that is accepted, not when none is left', async () => {
    const { world } = forged();
    const results = forgeQueryResults(world, { bucket: 'lake', files: 2 });
    deleteObject(world, results.files[0] ?? results.signFile);
    const policy = {
      exceptions: [{ codes: ['query-file-missing' as const], bucket: results.signFile.bucket, ...KNOWN }],
    };
    const run = await verify(world, policy);
    expect(run.outcome).toBe('verified');
    expect(run.summary.totals.queryResults).toMatchObject({
      exports: { verified: 1 },
      files: { verified: 1, failed: 1 },
    });
    deleteObject(world, results.files[1] ?? results.signFile);
    expect((await verify(world, policy)).outcome).toBe('undetermined');
  });
});

describe('runs that go on from a checkpoint', () => {
  it('do not forget what is accepted: it is not come upon again, and the exception expires', async () => {
    const { world, chain } = forged();
    deleteObject(world, logAt(chain, 1, 0).ref);
    const policy = policyOf({ rules: { 'log-missing': 'accept' } });
    const job = new ScheduledJob(world);
    const first = await job.run(NOW, { policy });
    expect([first.outcome, first.summary.accepted]).toEqual(['verified', 1]);
    expect(first.events.find(({ type }) => type === 'chain')).toMatchObject({ report: { accepted: 1 } });
    const next = await job.run(NOW + HOUR, {});
    expect(next.findings).toMatchObject([{ code: 'checkpoint-earlier-failures', args: { count: 1, since: NOW } }]);
    expect(
      said(await job.run(NOW + 2 * HOUR, { policy: policyOf({ rules: { 'checkpoint-earlier-failures': 'accept' } }) })),
    ).toEqual([['checkpoint-earlier-failures', 'accepted']]);
  });
});

describe('no policy', () => {
  const worlds: [string, (world: World) => void, RunOptions?][] = [
    ['there is nothing', (world) => world.buckets.set('trails', new Map())],
    [
      'every digest is gone',
      (world) => {
        for (const ref of digestRefs(world)) deleteObject(world, ref);
      },
    ],
    [
      'no digest is signed',
      (world) => {
        for (const ref of digestRefs(world)) appendToObject(world, ref, new Uint8Array(1));
        stripMetadata(world);
      },
    ],
    [
      'no key is known',
      () => {},
      { keys: { description: 'none', keysFor: async () => ({ status: 'found', keys: [] }) } },
    ],
    ['what was asked for is not there', () => {}, { accounts: [FORGE.accountId, '999999999999'] }],
    ['nothing of the time asked for is there', () => {}, { from: START + 90 * HOUR, to: START + 99 * HOUR }],
  ];

  it.each(worlds)('makes a run verified in which %s', async (_, tamper, options) => {
    for (const rule of ['accept', 'warn'] as const) {
      const { world } = forged();
      tamper(world);
      const run = await verify(world, forEvery(rule), options);
      expect(run.outcome).toBe('undetermined');
    }
  });

  it('changes anything where it says nothing', async () => {
    const { world, chain } = forged();
    modifyLog(world, logAt(chain, 1, 0).ref);
    deleteObject(world, digestAt(chain, 2).ref);
    expect(await verify(world, {})).toEqual(await verifyWorld(world, { now: NOW }));
  });
});
