import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { finding } from '../../src/core/findings/finding.js';
import detail from '../../src/core/schemas/detail.schema.json' with { type: 'json' };
import { jsonRenderer } from '../../src/render/data/json.js';
import { ndjsonRenderer } from '../../src/render/data/ndjson.js';
import { textRenderer } from '../../src/render/text/text.js';
import { REPORT_SCHEMA } from '../support/reports/report-schema.js';
import { chainReport, HEADER, queryResults, render, runOf } from './example-run.js';

const REF = { bucket: 'lake', key: 'results/result_2.csv.gz' };
const troubled = queryResults({
  outcome: 'failed',
  files: [...queryResults().files, { ref: REF, outcome: 'failed', size: 0 }],
  findings: [finding('query-file-missing', { type: 'query-file', ...REF }, { expected: 'a1'.repeat(32) })],
});
const text = (options: { verbose?: boolean; quiet?: boolean } = {}) =>
  textRenderer({ verbose: false, quiet: false, color: false, width: 100, ascii: false, header: HEADER, ...options });

describe('as text, saved query results', () => {
  it('have a section of their own, which says what is not signed', () => {
    expect(
      render(text(), runOf([queryResults()]))
        .split('\n')
        .slice(1),
    ).toEqual([
      '',
      'Query results s3://lake/results/result_sign.json, account 111122223333',
      '  verified      files: 1 verified; 1.2 MB hashed',
      '                by its own word of a query that ended 2026-03-01T00:01:31Z in us-east-1',
      '                not signed: the names of the files, which name belongs to which hash, the region,',
      '                the time of the query, the query itself',
      '',
      'VERIFIED: 1 result file of 1 saved query: the contents are as CloudTrail signed them. Not signed:',
      'the names of the files, which name belongs to which hash, the region, the time of the query, the',
      'query itself.',
      '',
    ]);
  });

  it('name what failed, and what is verified if asked for', () => {
    const said = render(text({ verbose: true }), runOf([troubled])).split('\n');
    expect(said).toContain('  verified      query file  s3://lake/results/result_1.csv.gz');
    expect(said).toContain('  FAILED        query-file-missing  not found  s3://lake/results/result_2.csv.gz');
    expect(said).toContain('  FAILED        files: 1 verified, 1 failed; 1.2 MB hashed');
    expect(said.join(' ')).toContain('FAILED: query-file-missing');
  });

  it('stand beside trails', () => {
    const said = render(text(), runOf([{ type: 'chain', report: chainReport() }, queryResults()])).replaceAll(
      '\n',
      ' ',
    );
    expect(said).toContain('1 digest and 0 logs in 1 chain are as CloudTrail signed them');
    expect(said).toContain('1 result file of 1 saved query: the contents are as CloudTrail signed them');
  });

  it('are kept quiet about where nothing is wrong', () => {
    expect(render(text({ quiet: true }), runOf([queryResults()]))).toBe('');
    expect(render(text({ quiet: true }), runOf([troubled]))).toMatch(/^FAILED +query-file-missing/);
  });

  it('of which nothing could be checked are not called nothing', () => {
    const denied = queryResults({
      outcome: 'undetermined',
      trusted: false,
      files: [],
      findings: [finding('query-sign-file-missing', { type: 'query-sign-file', ...REF }, {})],
    });
    expect(render(text(), runOf([denied]))).toContain('UNDETERMINED: nothing failed, but not everything could be');
  });
});

describe('for machines, saved query results', () => {
  it('are a part of the report, as its schema says', () => {
    const validate = new Ajv2020({ strictTypes: false }).compile(REPORT_SCHEMA);
    const written: unknown = JSON.parse(render(jsonRenderer(HEADER), runOf([troubled, queryResults()])));
    expect(validate(written), JSON.stringify(validate.errors)).toBe(true);
    expect(written).toMatchObject({
      queryResults: [{ outcome: 'failed', fileBytes: 1_234_567 }, { outcome: 'verified' }],
    });
  });

  it('are a line with every file, as its schema says', () => {
    const validate = new Ajv2020({ strictTypes: false, schemas: [REPORT_SCHEMA] }).compile(detail);
    const lines = render(ndjsonRenderer(HEADER), runOf([troubled]))
      .trim()
      .split('\n');
    const written = lines.map((line): unknown => JSON.parse(line));
    for (const line of written) expect(validate(line), JSON.stringify(validate.errors)).toBe(true);
    expect(written).toContainEqual(
      expect.objectContaining({ type: 'query-results', completedAt: '2026-03-01T00:01:31Z', trusted: true }),
    );
  });
});
