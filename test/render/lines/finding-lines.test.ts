import { expect, it } from 'vitest';
import type { Subject } from '../../../src/core/findings/finding.js';
import { subjectBeside, subjectOf } from '../../../src/render/lines/finding-lines.js';
import { CHAIN } from '../example-run.js';

const CHAIN_NAME = 'Trail events, account 111122223333, us-east-1';

it.each<[Subject, string, string, string]>([
  [{ type: 'run' }, 'the run', '', ''],
  [{ type: 'run', source: 's3://a' }, 's3://a', 's3://a', 's3://a'],
  [{ type: 'chain', chain: CHAIN }, CHAIN_NAME, CHAIN_NAME, ''],
  [{ type: 'log', bucket: 'b', key: 'k' }, 's3://b/k', 's3://b/k', 's3://b/k'],
  [{ type: 'folder', bucket: '', key: 'AWSLogs/' }, 'AWSLogs/', 'AWSLogs/', 'AWSLogs/'],
])('the subject %j is named, and left out only where it is clear', (subject, name, beside, withinChain) => {
  expect([subjectOf(subject), subjectBeside(subject), subjectBeside(subject, 'chain')]).toEqual([
    name,
    beside,
    withinChain,
  ]);
});
