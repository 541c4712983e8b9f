import { expect, it } from 'vitest';
import { finding } from '../../../src/core/findings/finding.js';
import { factsOf } from '../../../src/render/lines/finding-facts.js';

const SUBJECT = { type: 'query-sign-file', bucket: 'exports', key: 'result_sign.json' } as const;
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `result_${index}.csv.gz`);
const told = names(20).join(', ');

it.each([
  [{ missing: names(2) }, 'result_0.csv.gz, result_1.csv.gz'],
  [{ missing: names(2), more: 8 }, 'result_0.csv.gz, result_1.csv.gz and 8 more'],
  [{ missing: names(20) }, told],
  [{ missing: names(32), more: 1_000 }, `${told} and 1,012 more`],
])('names twenty of a list, and counts the others whether the finding names them or not', (args, value) => {
  expect(factsOf(finding('query-list-truncated', SUBJECT, args))).toEqual([['missing', value]]);
});
