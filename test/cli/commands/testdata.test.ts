import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runMain } from '../../support/run/run-main.js';
import { TAMPERED, verifyTampered } from '../../support/tamper/tampered-archives.js';

const STATUS: Partial<Record<string, number>> = { 'metadata-lost': 2 };

describe('the tampered archives of testdata', () => {
  it.each(TAMPERED)('gives the expected report of %s', async (name) => {
    const { report, status } = await verifyTampered(name);
    expect(report).toBe(readFileSync(`testdata/tampered/${name}/expected.json`, 'utf8'));
    expect(status).toBe(STATUS[name] ?? 1);
  });
});

it('the saved query results of testdata are verified, by either command', async () => {
  const keys = ['--keys', 'testdata/query-results/keys.json'];
  const folder = 'testdata/query-results/export';
  expect(await runMain(['verify-query-results', '--local-export-path', folder, ...keys])).toMatchObject({ status: 0 });
  expect(await runMain(['verify', folder, ...keys])).toMatchObject({ status: 0 });
});
