import { describe, expect, it } from 'vitest';
import { FINDING_CODES, type Finding, type FindingCode, finding } from '../../../src/core/findings/finding.js';
import { identityOf, identityOfChain } from '../../../src/core/findings/finding-identity.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { CHAIN, EXAMPLES, exampleOf, START } from '../../render/example-run.js';

const LOG = { type: 'log', bucket: 'trails', key: 'AWSLogs/a.json.gz' } as const;
const SUBJECT = { type: 'chain', chain: CHAIN } as const;

describe('the identity of a finding', () => {
  it('is the same for equal findings, whatever the order of their properties', () => {
    for (const code of FINDING_CODES) {
      const { subject, args } = exampleOf(code);
      const turned = { args: reversed(args), subject: reversed(subject), code } as Finding;
      expect(identityOf(turned)).toBe(identityOf(exampleOf(code)));
    }
  });

  it('is never that of another code or of another thing', () => {
    const identities = [
      ...FINDING_CODES.map((code) => identityOf(exampleOf(code))),
      ...FINDING_CODES.map((code) => identityOf({ ...exampleOf(code), subject: LOG } as Finding)),
      ...['key', 'bucket'].map((part) =>
        identityOf(finding('log-missing', { ...LOG, [part]: 'other' }, { expected: '' })),
      ),
      ...Object.keys(CHAIN).map((part) =>
        identityOf(
          finding(
            'chain-begins-late',
            { ...SUBJECT, chain: { ...CHAIN, [part]: 'other' } },
            EXAMPLES['chain-begins-late'],
          ),
        ),
      ),
      identityOfChain(CHAIN),
      identityOfChain({ ...CHAIN, kind: 'backfill' }),
    ];
    expect(new Set(identities).size).toBe(identities.length);
    for (const identity of identities) expect(identity).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is what it was in the release before', () => {
    expect(identityOf(finding('log-missing', LOG, { expected: 'aa' }))).toBe(
      'be9b4822607b77b130446b4a13490c93e84537f9e19b90dc537dd77fb1f5a54e',
    );
    expect(identityOf(finding('chain-ends-early', SUBJECT, EXAMPLES['chain-ends-early']))).toBe(
      'c416264f4b1e6456e8f5e682cb2301ba12fb40e10eb094afe8977db3c9551f7d',
    );
    expect(identityOfChain(CHAIN)).toBe('5c5902e22be4895f292d4a450ae052adef19fbf65d15507a0f517b530f64ce43');
  });

  it.each<[FindingCode, object]>([
    ['log-access-denied', { errorCode: 'AccessDenied', message: 'request 1' }],
    ['log-access-denied', { errorCode: 'Throttled', message: 'request 2' }],
    ['log-modified', { expected: 'aa', actual: 'cc' }],
    ['chain-ends-early', { ...EXAMPLES['chain-ends-early'], end: START + 90 * HOUR }],
    ['chain-begins-late', { ...EXAMPLES['chain-begins-late'], start: START - HOUR }],
    ['digest-logs-unverifiable', { count: 7 }],
  ])('of %s stays when only %o changes', (code, args) => {
    expect(identityOf({ ...exampleOf(code), args } as Finding)).toBe(identityOf(exampleOf(code)));
  });

  it.each<[FindingCode, object]>([
    ['digest-field-missing', { field: 'other' }],
    ['digest-link-mismatch', { ...EXAMPLES['digest-link-mismatch'], part: 'hash' }],
    ['chain-gap', { ...EXAMPLES['chain-gap'], next: { bucket: 'trails', key: 'other' } }],
    ['chain-gap', { ...EXAMPLES['chain-gap'], previous: { bucket: 'other', key: 'AWSLogs/before.json.gz' } }],
    ['selection-not-found', { option: 'account', value: 'other' }],
    ['selection-not-found', { option: 'trail', value: '444455556666' }],
    ['objects-relocated', { relocation: 'trails=archive/other' }],
    ['relocation-unused', { relocation: 'trails=archive/other' }],
    ['relocation-unconfirmed', { relocation: 'trails=archive/other' }],
  ])('of %s tells apart %o', (code, args) => {
    expect(identityOf({ ...exampleOf(code), args } as Finding)).not.toBe(identityOf(exampleOf(code)));
  });

  it('does not run parts into each other', () => {
    const log = (bucket: string, key: string) =>
      identityOf(finding('log-missing', { type: 'log', bucket, key }, { expected: '' }));
    expect(log('a', 'b/c')).not.toBe(log('a/b', 'c'));
    expect(log('a","b', 'c')).not.toBe(log('a', 'b","c'));
  });
});

const reversed = (value: object): object => Object.fromEntries(Object.entries(value).reverse());
