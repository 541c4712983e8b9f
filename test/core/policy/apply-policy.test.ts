import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  effectOf,
  FINDING_CODES,
  FINDING_EFFECTS,
  type Finding,
  type FindingCode,
  finding,
  outcomeOfEffects,
  outcomeOfFindings,
  type Subject,
  standingOf,
} from '../../../src/core/findings/finding.js';
import { timeOf, whereaboutsOf } from '../../../src/core/findings/finding-scope.js';
import { toDigestKey, toLogKey } from '../../../src/core/objects/cloudtrail-key.js';
import { applyPolicy } from '../../../src/core/policy/apply-policy.js';
import {
  type ExceptionDefinition,
  type FindingPolicy,
  NEVER_ACCEPTED,
  type PolicyDefinition,
  parsePolicy,
  type RuleEffect,
} from '../../../src/core/policy/parse-policy.js';
import { DAY, HOUR, MINUTE } from '../../../src/core/time/instant.js';
import { CHAIN, exampleOf, START } from '../../render/example-run.js';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const LATER = '2026-12-31';
const at = (text: string) => Date.parse(text);
const iso = (time: number) => new Date(time).toISOString().replace('.000', '');

function policyOf(definition: PolicyDefinition): FindingPolicy {
  const parsed = parsePolicy(definition);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.policy;
}
const faultsOf = (definition: PolicyDefinition) => {
  const parsed = parsePolicy(definition);
  return 'faults' in parsed ? parsed.faults.map((fault) => fault.at.join('.')) : [];
};
const exception = (given: Partial<ExceptionDefinition>): ExceptionDefinition => ({
  codes: ['log-missing'],
  reason: 'known',
  until: LATER,
  ...given,
});
const under = (exceptions: readonly ExceptionDefinition[], found: Finding, now = NOW, within = {}) =>
  applyPolicy(policyOf({ exceptions }), found, now, within);
const isAccepted = (given: Partial<ExceptionDefinition>, found: Finding, within = {}) =>
  effectOf(under([exception({ codes: [found.code], ...given })], found, NOW, within).finding) === 'accepted';

const DIGEST_KEY = { prefix: 'p', ...CHAIN, endTime: at('2026-03-01T06:01:31Z'), backfill: false };
const DIGEST: Subject = { type: 'digest', bucket: 'trails', key: toDigestKey(DIGEST_KEY) };
const LOG: Subject = {
  type: 'log',
  bucket: 'trails',
  key: toLogKey({
    prefix: 'p',
    accountId: CHAIN.accountId,
    region: CHAIN.region,
    kind: 'CloudTrail',
    time: at('2026-03-01T06:05:00Z'),
    uniqueId: 'AbCdEfGhIjKlMnOp',
  }),
};
const MISSING = finding('log-missing', LOG, { expected: 'aa' });
const gap = (start: number, end: number) =>
  finding('chain-gap', { type: 'chain', chain: CHAIN }, { start, end, previous: refOf(DIGEST), next: refOf(DIGEST) });
const refOf = (subject: Subject) =>
  'key' in subject ? { bucket: subject.bucket, key: subject.key } : { bucket: '', key: '' };
const MORNING = { from: '2026-03-01T05:00Z', to: '2026-03-01T09:00Z' };

const anyFinding = fc.constantFrom(...FINDING_CODES).map((code): Finding => exampleOf(code));
const anyRule = fc.constantFrom<RuleEffect>('fail', 'undetermined', 'warn', 'accept');

describe('rules', () => {
  it.each<[RuleEffect, string]>([
    ['fail', 'failed'],
    ['undetermined', 'undetermined'],
    ['warn', 'warning'],
    ['accept', 'accepted'],
  ])('%s makes a finding %s', (rule, effect) => {
    for (const code of FINDING_CODES.filter((each) => !NEVER_ACCEPTED.has(each))) {
      const found = exampleOf(code);
      expect(effectOf(applyPolicy(policyOf({ rules: { [code]: rule } }), found, NOW).finding)).toBe(effect);
    }
  });

  it('leave a finding as it is where they say what it does anyway, and where they say nothing', () => {
    fc.assert(
      fc.property(anyFinding, (found) => {
        expect(applyPolicy(policyOf({}), found, NOW)).toEqual({ finding: found, expired: [] });
        const same = { failed: 'fail', undetermined: 'undetermined', warning: 'warn' } as const;
        if (NEVER_ACCEPTED.has(found.code)) return;
        const rules = { [found.code]: same[FINDING_EFFECTS[found.code]] };
        expect(applyPolicy(policyOf({ rules }), found, NOW).finding).toBe(found);
      }),
    );
  });

  it('never make better that nothing was looked at, whatever made the policy', () => {
    for (const code of NEVER_ACCEPTED) {
      expect(faultsOf({ rules: { [code]: 'accept' } })).toEqual([`rules.${code}`]);
      expect(faultsOf({ rules: { [code]: 'warn' } })).toEqual([`rules.${code}`]);
      expect(faultsOf({ exceptions: [exception({ codes: [code], bucket: 'b' })] })).toEqual(['exceptions.0.codes']);
      const { summary, exceptions } = policyOf({});
      for (const effect of ['accepted', 'warning'] as const) {
        const forced = { rules: new Map([[code, effect]]), exceptions, summary };
        expect(effectOf(applyPolicy(forced, exampleOf(code), NOW).finding)).toBe('undetermined');
      }
      expect(effectOf(applyPolicy(policyOf({ rules: { [code]: 'fail' } }), exampleOf(code), NOW).finding)).toBe(
        'failed',
      );
    }
    expect([...NEVER_ACCEPTED].sort()).toEqual([
      'folder-search-incomplete',
      'nothing-found',
      'run-interrupted',
      'selection-not-found',
      'source-unavailable',
    ]);
  });

  it('yield to an exception', () => {
    const policy = policyOf({
      rules: { 'log-missing': 'fail' },
      exceptions: [exception({ account: CHAIN.accountId })],
    });
    expect(effectOf(applyPolicy(policy, MISSING, NOW).finding)).toBe('accepted');
  });
});

describe('an exception', () => {
  it('accepts a finding and says why', () => {
    const given = exception({ region: CHAIN.region, reason: ' restored\n  from tape \n', ticket: 'SEC-12' });
    expect(under([given], MISSING).finding).toEqual({
      ...MISSING,
      effect: 'accepted',
      accepted: { reason: 'restored from tape', ticket: 'SEC-12', until: at('2027-01-01T00:00:00Z') },
    });
  });

  it('applies to the codes that it names alone', () => {
    fc.assert(
      fc.property(anyFinding, fc.subarray([...FINDING_CODES], { minLength: 1 }), (found, some) => {
        const codes = some.filter((code) => !NEVER_ACCEPTED.has(code));
        if (codes.length === 0) return;
        const { finding: ruled } = under([exception({ codes, account: CHAIN.accountId })], found, NOW, CHAIN);
        if (!codes.includes(found.code)) expect(ruled).toBe(found);
      }),
    );
  });

  const { key } = refOf(LOG);
  it.each<[string, boolean, Partial<ExceptionDefinition>]>([
    ['its account', true, { account: CHAIN.accountId }],
    ['another account', false, { account: '999999999999' }],
    ['its region', true, { region: CHAIN.region }],
    ['another region', false, { region: 'eu-west-1' }],
    ['its bucket', true, { bucket: 'trails' }],
    ['another bucket', false, { bucket: 'trail' }],
    ['its key', true, { key }],
    ['the beginning of its key as the key', false, { key: key.slice(0, -1) }],
    ['the beginning of its key', true, { prefix: 'p/AWSLogs/' }],
    ['what its key holds further on', false, { prefix: 'AWSLogs/' }],
    ['its account and another region', false, { account: CHAIN.accountId, region: 'eu-west-1' }],
    [
      'its account, region, bucket and key',
      true,
      { account: CHAIN.accountId, region: CHAIN.region, bucket: 'trails', key },
    ],
    ['a trail, which a log alone does not tell', false, { trail: CHAIN.trailName }],
  ])('that names %s applies to a log: %s', (_, applies, given) => {
    expect(isAccepted(given, MISSING)).toBe(applies);
  });

  it('takes the trail of a log from the chain that it belongs to, and must agree with all that is known', () => {
    expect(isAccepted({ trail: CHAIN.trailName }, MISSING, CHAIN)).toBe(true);
    expect(isAccepted({ trail: 'other' }, MISSING, CHAIN)).toBe(false);
    expect(isAccepted({ account: CHAIN.accountId }, MISSING, { ...CHAIN, accountId: '999999999999' })).toBe(false);
  });

  it.each<[string, Finding]>([
    ['a chain', gap(START, START + HOUR)],
    ['a digest', finding('digest-missing', DIGEST, {})],
    [
      'a folder',
      finding(
        'folder-without-digests',
        { type: 'folder', bucket: 'b', key: `AWSLogs/${CHAIN.accountId}/CloudTrail-Digest/${CHAIN.region}/` },
        {},
      ),
    ],
    [
      'what was expected',
      finding('expected-digests-missing', { type: 'run' }, { accountId: CHAIN.accountId, region: CHAIN.region }),
    ],
  ])('finds account and region of %s', (_, found) => {
    expect(isAccepted({ account: CHAIN.accountId, region: CHAIN.region }, found)).toBe(true);
    expect(isAccepted({ account: '999999999999' }, found)).toBe(false);
    expect(whereaboutsOf(found)).toMatchObject({ accountId: CHAIN.accountId, region: CHAIN.region });
  });

  it('that names a key does not apply to what has none', () => {
    expect(isAccepted({ key: 'x' }, gap(START, START + HOUR))).toBe(false);
    expect(isAccepted({ prefix: 'x' }, gap(START, START + HOUR))).toBe(false);
    expect(isAccepted({ bucket: '' }, gap(START, START + HOUR))).toBe(false);
  });
});

describe('the interval of an exception', () => {
  it('is never exceeded by what it accepts', () => {
    const time = fc.integer({ min: 0, max: 20 }).map((hours) => START + hours * HOUR);
    fc.assert(
      fc.property(time, time, time, time, (a, b, from, length) => {
        const to = from + Math.max(HOUR, length - START);
        const accepted = isAccepted({ from: iso(from), to: iso(to) }, gap(a, b));
        expect(accepted).toBe(Math.min(a, b) >= from && Math.max(a, b) <= to);
      }),
    );
  });

  it.each<[boolean, string, string]>([
    [true, '2026-03-01T05:00:00Z', '2026-03-01T09:00:00Z'],
    [false, '2026-03-01T04:59:59Z', '2026-03-01T09:00:00Z'],
    [false, '2026-03-01T05:00:00Z', '2026-03-01T09:00:01Z'],
    [false, '2026-03-01T04:00:00Z', '2026-03-01T10:00:00Z'],
  ])('accepts (%s) a gap from %s to %s', (accepted, from, to) => {
    expect(isAccepted(MORNING, gap(at(from), at(to)))).toBe(accepted);
  });

  it('takes for the time of a digest the hour that it ends, and of a log the five minutes before its name', () => {
    expect(timeOf(finding('digest-missing', DIGEST, {}))).toEqual({
      start: DIGEST_KEY.endTime - HOUR,
      end: DIGEST_KEY.endTime,
    });
    expect(timeOf(MISSING)).toEqual({ start: at('2026-03-01T06:00:00Z'), end: at('2026-03-01T06:05:00Z') });
    expect(isAccepted({ from: '2026-03-01T06:00Z', to: '2026-03-01T06:05Z' }, MISSING)).toBe(true);
    expect(isAccepted({ from: '2026-03-01T06:01Z', to: '2026-03-01T09:00Z' }, MISSING)).toBe(false);
    expect(
      isAccepted({ from: '2026-03-01T05:30Z', to: '2026-03-01T09:00Z' }, finding('digest-missing', DIGEST, {})),
    ).toBe(false);
  });

  it('does not apply to what has no time, nor by a time that a digest only claims', () => {
    for (const code of FINDING_CODES) {
      if (NEVER_ACCEPTED.has(code)) continue;
      const found = exampleOf(code);
      const wide = { from: '2000-01-01T00:00Z', to: '2099-01-01T00:00Z' };
      expect([code, isAccepted(wide, found)]).toEqual([code, timeOf(found) !== undefined]);
    }
    const named = { type: 'digest', bucket: 'b', key: 'x' } as const;
    expect(timeOf(finding('digest-interval-invalid', named, { start: START, end: START - HOUR }))).toBeUndefined();
    expect(timeOf(exampleOf('folder-without-digests'))).toBeUndefined();
    expect(timeOf(exampleOf('chain-gap'))).toEqual({ start: START, end: START + HOUR });
  });

  it('honours offsets', () => {
    const shifted = { from: '2026-03-01T07:00+02:00', to: '2026-03-01T04:00:00-05:00' };
    expect(isAccepted(shifted, gap(at('2026-03-01T05:00Z'), at('2026-03-01T09:00Z')))).toBe(true);
    expect(isAccepted(shifted, gap(at('2026-03-01T05:00Z') - MINUTE, at('2026-03-01T09:00Z')))).toBe(false);
  });
});

describe('the end of an exception', () => {
  const given = exception({ account: CHAIN.accountId, until: '2026-12-31T09:00Z' });

  it('is the first instant at which it does not apply', () => {
    const end = at('2026-12-31T09:00Z');
    fc.assert(
      fc.property(fc.integer({ min: -3, max: 3 }), (offset) => {
        const { finding: ruled, expired } = under([given], MISSING, end + offset);
        expect(effectOf(ruled)).toBe(offset < 0 ? 'accepted' : 'failed');
        expect(expired.map(({ index }) => index)).toEqual(offset < 0 ? [] : [0]);
      }),
    );
  });

  it('is the end of the day where only a day is named', () => {
    const day = exception({ account: CHAIN.accountId, until: '2026-12-31' });
    expect(effectOf(under([day], MISSING, at('2026-12-31T23:59:59Z')).finding)).toBe('accepted');
    expect(effectOf(under([day], MISSING, at('2027-01-01T00:00:00Z')).finding)).toBe('failed');
  });

  it('is not said where another exception applies, nor of one that would not have', () => {
    const other = exception({ region: CHAIN.region });
    const elsewhere = exception({ account: '999999999999', until: '2026-01-01' });
    const after = at('2026-12-31T10:00Z');
    expect(under([given, other, elsewhere], MISSING, after)).toMatchObject({
      finding: { effect: 'accepted', accepted: { until: at('2027-01-01T00:00Z') } },
      expired: [],
    });
    expect(under([elsewhere, given], MISSING, after).expired.map(({ index }) => index)).toEqual([1]);
  });
});

describe('a policy that is wrong', () => {
  it.each<[string, Partial<ExceptionDefinition>, string[]]>([
    ['bounds nothing', {}, ['exceptions.0']],
    ['has half an interval', { from: MORNING.from }, ['exceptions.0']],
    ['has the other half', { to: MORNING.to, account: CHAIN.accountId }, ['exceptions.0']],
    ['ends before it begins', { from: MORNING.to, to: MORNING.from }, ['exceptions.0.to']],
    ['lasts no time', { from: MORNING.to, to: MORNING.to }, ['exceptions.0.to']],
    ['begins on February 30th', { ...MORNING, from: '2026-02-30T05:00Z' }, ['exceptions.0.from']],
    ['begins without a zone', { ...MORNING, from: '2026-02-03T05:00' }, ['exceptions.0.from']],
    ['begins on a day', { ...MORNING, from: '2026-02-03' }, ['exceptions.0.from']],
    ['has an offset that no clock shows', { ...MORNING, from: '2026-02-03T05:00+24:00' }, ['exceptions.0.from']],
    ['expires on no day', { account: '1', until: '2026-02-30' }, ['exceptions.0.until']],
    ['expires some time', { account: '1', until: 'soon' }, ['exceptions.0.until']],
    ['has no reason', { account: '1', reason: ' \n' }, ['exceptions.0.reason']],
    ['names no code', { account: '1', codes: [] }, ['exceptions.0.codes']],
  ])('because an exception %s is refused', (_, given, faults) => {
    expect(faultsOf({ exceptions: [exception(given)] })).toEqual(faults);
  });

  it('tells every fault', () => {
    expect(
      faultsOf({ rules: { 'nothing-found': 'warn' }, exceptions: [exception({}), exception({ key: 'k', until: '' })] }),
    ).toEqual(['rules.nothing-found', 'exceptions.0', 'exceptions.1.until']);
  });
});

describe('what a report says of a policy', () => {
  it('is the same for the same policy, in whatever order it is written', () => {
    const one = policyOf({
      rules: { 'chain-gap': 'fail', 'log-missing': 'warn' },
      exceptions: [exception({ key: 'k' })],
    });
    const { codes, ...rest } = exception({ key: 'k' });
    const two = policyOf({ exceptions: [{ ...rest, codes }], rules: { 'log-missing': 'warn', 'chain-gap': 'fail' } });
    expect(one.summary).toEqual(two.summary);
    expect(one.summary).toMatchObject({ rules: { 'chain-gap': 'fail', 'log-missing': 'warn' }, exceptions: 1 });
    const other = policyOf({
      rules: { 'chain-gap': 'fail', 'log-missing': 'warn' },
      exceptions: [exception({ key: 'j' })],
    });
    expect(other.summary.sha256).not.toBe(one.summary.sha256);
    expect(policyOf({}).summary.sha256).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });
});

describe('outcomes under a policy', () => {
  it('of things stay what they are; what counts is what is not accepted', () => {
    const ruled = applyPolicy(policyOf({ rules: { 'log-missing': 'accept' } }), MISSING, NOW).finding;
    expect(outcomeOfFindings([ruled])).toBe('failed');
    expect(outcomeOfEffects([ruled])).toBe('verified');
    expect(standingOf('failed', [ruled])).toBe('accepted');
    expect(standingOf('failed', [ruled, exampleOf('log-archived')])).toBe('undetermined');
    expect(standingOf('failed', [])).toBe('failed');
    expect(standingOf('verified', [])).toBe('verified');
  });

  it('never depend on a policy as far as single things go', () => {
    fc.assert(
      fc.property(fc.array(anyFinding), anyRule, (findings, rule) => {
        const rules = Object.fromEntries(
          FINDING_CODES.filter((code) => !NEVER_ACCEPTED.has(code)).map((code: FindingCode) => [code, rule]),
        );
        const policy = policyOf({ rules });
        const ruled = findings.map((found) => applyPolicy(policy, found, NOW + DAY).finding);
        expect(outcomeOfFindings(ruled)).toBe(outcomeOfFindings(findings));
      }),
    );
  });
});
