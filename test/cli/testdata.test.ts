import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TAMPERED, verifyTampered } from '../support/tampered-archives.js';

const STATUS: Partial<Record<string, number>> = { 'metadata-lost': 2 };

describe('the tampered archives of testdata', () => {
  it.each(TAMPERED)('gives the expected report of %s', async (name) => {
    const { report, status } = await verifyTampered(name);
    expect(report).toBe(readFileSync(`testdata/tampered/${name}/expected.json`, 'utf8'));
    expect(status).toBe(STATUS[name] ?? 1);
  });
});
