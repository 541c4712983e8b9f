import { expect, it } from 'vitest';
import { awsCliPolicy } from '../../../src/core/aws-cli/aws-cli-verifier.js';
import type { FindKey } from '../../../src/core/chain/digest-verifier.js';
import type { GzipFault, LogFacts } from '../../../src/core/content/object-content.js';

const noKeys: FindKey = async () => ({ status: 'unknown' });
const REFUSAL = { errorCode: 'AccessDenied', message: 'no' };
const EXPECTED = 'ab'.repeat(32);
const ACTUAL = 'cd'.repeat(32);
const REFERENCE = { bucket: 'logs', key: 'a/log.json.gz', sha256: EXPECTED };
const read = (changes: object): LogFacts => ({ status: 'read', form: 'gzip', storedSize: 9, size: 9, ...changes });
const modified = ['log-modified', { expected: EXPECTED, actual: ACTUAL }] as const;
const named: GzipFault[] = ['header-invalid', 'data-invalid', 'checksum-mismatch', 'length-mismatch', 'trailing-data'];

it.each<[LogFacts, readonly [string, object] | undefined]>([
  [read({ sha256: EXPECTED }), undefined],
  [read({ sha256: ACTUAL }), modified],
  ...named.map((fault): [LogFacts, [string, object]] => [
    read({ fault, sha256: EXPECTED }),
    [`log-gzip-${fault}`, { expected: EXPECTED, actual: EXPECTED }],
  ]),
  // An end too early goes unnoticed: what came out is compared.
  [read({ fault: 'truncated', sha256: EXPECTED }), undefined],
  [read({ fault: 'truncated', sha256: ACTUAL }), modified],
  [read({ fault: 'truncated' }), ['log-modified', { expected: EXPECTED, actual: '' }]],
  [read({ form: 'plain', sha256: EXPECTED }), ['log-gzip-header-invalid', { expected: EXPECTED, actual: EXPECTED }]],
  [read({ form: 'plain', sha256: ACTUAL, storedSize: 2 }), ['log-gzip-header-invalid', modified[1]]],
  // Too short to be told from gzip.
  [read({ form: 'plain', sha256: ACTUAL, storedSize: 1 }), modified],
  [read({ form: 'plain', sha256: EXPECTED, storedSize: 0 }), undefined],
  [{ status: 'not-found' }, ['log-missing', { expected: EXPECTED }]],
  [{ status: 'denied', refusal: REFUSAL }, ['log-access-denied', REFUSAL]],
  [{ status: 'archived', storageClass: 'GLACIER', refusal: REFUSAL }, ['log-archived', { storageClass: 'GLACIER' }]],
  [{ status: 'too-large', measure: 'stored', limit: 7 }, ['log-too-large', { measure: 'stored', limit: 7 }]],
  [{ status: 'unavailable', refusal: REFUSAL }, ['log-unavailable', REFUSAL]],
])('a log is judged by what Python makes of it: %j', (facts, fault) => {
  const subject = { type: 'log', bucket: 'logs', key: 'a/log.json.gz' };
  const findings = awsCliPolicy(noKeys).judgeLog(REFERENCE, facts);
  expect(findings).toEqual(fault ? [{ code: fault[0], subject, args: fault[1] }] : []);
});
