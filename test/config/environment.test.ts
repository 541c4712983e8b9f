import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/compose/errors/usage-error.js';
import { settingsOfEnvironment, variableOf } from '../../src/config/environment.js';
import { SETTING_NAMES } from '../../src/config/settings.js';

describe('variables', () => {
  it('are named after the flags, no two alike', () => {
    expect(variableOf('expectAccounts')).toBe('TRAILPROOF_EXPECT_ACCOUNT');
    expect(variableOf('source')).toBe('TRAILPROOF_SOURCE');
    expect(new Set(SETTING_NAMES.map(variableOf)).size).toBe(SETTING_NAMES.length);
  });

  it.each([
    [{ TRAILPROOF_ACCOUNT: '111122223333, 000000000001' }, { accounts: ['111122223333', '000000000001'] }],
    [{ TRAILPROOF_REPORT: 'html=a,json=b=c' }, { reports: ['html=a', 'json=b=c'] }],
    [
      { TRAILPROOF_QUIET: 'true', TRAILPROOF_VERBOSE: '0' },
      { quiet: true, verbose: false },
    ],
    [
      { TRAILPROOF_AUDIT_UNREFERENCED: 'false', TRAILPROOF_CONTROLS: '1' },
      { auditUnreferenced: false, controls: true },
    ],
    [{ TRAILPROOF_THREADS: '3' }, { threads: 3 }],
    [{ TRAILPROOF_FROM: '-24h', TRAILPROOF_CONFIG: 'x.yaml', OTHER: 'y', TRAILPROOFING: 'z' }, { from: '-24h' }],
    [{ TRAILPROOF_FROM: undefined }, {}],
  ])('%j say %j', (environment, settings) => {
    expect(settingsOfEnvironment(environment)).toEqual(settings);
  });

  it.each([
    [{ TRAILPROOF_ACCOUNTS: '1' }, /^TRAILPROOF_ACCOUNTS is no setting\nThere are TRAILPROOF_ACCOUNT \(--account\)/],
    [{ TRAILPROOF_ROLE: 'x' }, /There is TRAILPROOF_ROLE_ARN \(--role-arn\)\.$/],
    [{ TRAILPROOF_RESTORELIST: 'x' }, /There is TRAILPROOF_RESTORE_LIST/],
    [{ TRAILPROOF_: 'x' }, /TRAILPROOF_SOURCE .+ TRAILPROOF_RATE/],
    [{ TRAILPROOF_QZX: 'x' }, /TRAILPROOF_SOURCE .+ TRAILPROOF_RATE/],
    [{ TRAILPROOF_TO: '' }, /^TRAILPROOF_TO is empty/],
    [{ TRAILPROOF_CONFIG: '' }, /^TRAILPROOF_CONFIG is empty/],
    [{ TRAILPROOF_QUIET: 'yes' }, /^TRAILPROOF_QUIET yes: write true or false/],
  ])('%j are refused', (environment, message) => {
    expect(() => settingsOfEnvironment(environment)).toThrow(UsageError);
    expect(() => settingsOfEnvironment(environment)).toThrow(message);
  });

  it('that begin like ours and are none are always refused', () => {
    const known = new Set(['TRAILPROOF_CONFIG', ...SETTING_NAMES.map(variableOf)]);
    fc.assert(
      fc.property(
        fc
          .string()
          .map((rest) => `TRAILPROOF_${rest}`)
          .filter((name) => !known.has(name)),
        (name) => {
          expect(() => settingsOfEnvironment({ [name]: 'x' })).toThrow(UsageError);
        },
      ),
    );
  });
});
