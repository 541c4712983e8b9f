import { marked } from 'marked';
import { describe, expect, it } from 'vitest';
import { FINDING_CODES, finding } from '../../../src/core/findings/finding.js';
import { CONTROLS } from '../../../src/core/report/controls.js';
import type { ChainReport } from '../../../src/core/report/verify-events.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { markdownRenderer } from '../../../src/render/ci/markdown.js';
import { CHAIN, chainReport, exampleOf, HEADER, type Run, render, runOf } from '../example-run.js';
import { everyCode, HOSTILE_NAMES, poisoned, verifiedRun } from '../machine-runs.js';

const markdownOf = (run: Run, header = HEADER): string => render(markdownRenderer(header), run);

/** As GitHub-flavoured Markdown is shown. */
const htmlOf = (markdown: string): string => marked.parse(markdown, { async: false, gfm: true });

const tagsIn = (html: string): string[] => [...new Set([...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag))].sort();

const missing = (key: string) => finding('log-missing', { type: 'log', bucket: 'b', key }, { expected: '' });

describe('the summary', () => {
  it('begins with the outcome in words', () => {
    expect(markdownOf(verifiedRun())).toMatch(
      /^## CloudTrail log integrity: verified\n\nVERIFIED: 1 digest and 1 log /,
    );
    expect(markdownOf(everyCode())).toMatch(/^## CloudTrail log integrity: failed\n\nFAILED: /);
    expect(markdownOf(runOf([]))).toMatch(/^## CloudTrail log integrity: undetermined\n/);
  });

  it('has a heading for each code, under what it does to the outcome', () => {
    const html = htmlOf(markdownOf(everyCode()));
    for (const code of FINDING_CODES) expect(html).toContain(`<h4>${code} (1)</h4>`);
    const order = [
      'Failed</h3>',
      'log-modified (1)',
      'Undetermined</h3>',
      'log-archived (1)',
      'Warnings</h3>',
      'chain-end-late (1)',
    ];
    const places = order.map((text) => html.indexOf(text));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it('says how much was looked at again', () => {
    const start = Date.parse('2026-02-26T00:01:31Z');
    const rechecked = [0, 72].map((hours) => ({ start: start + hours * HOUR, end: start + (hours + 24) * HOUR }));
    const markdown = markdownOf(runOf([{ type: 'chain', report: chainReport({ rechecked }) }]));
    expect(markdown).toContain('; 48 h rechecked');
    expect(markdownOf(verifiedRun())).not.toContain('rechecked');
  });

  it('lists ten of each code and two hundred chains, those that are not verified first, and counts the rest', () => {
    const findings = Array.from({ length: 1234 }, (_, index) => missing(`log-${index}.`));
    const chains = Array.from({ length: 300 }, (_, index) => ({
      type: 'chain' as const,
      report: chainReport({
        chain: { ...CHAIN, trailName: `trail-${index}.` },
        outcome: index === 299 ? 'failed' : 'verified',
      }),
    }));
    const markdown = markdownOf(runOf([{ type: 'findings', findings }, ...chains]));
    expect(markdown).toContain('`s3://b/log-9.`');
    expect(markdown).not.toContain('`s3://b/log-10.`');
    expect(markdown).toContain('and 1,224 more');
    expect(markdown).toContain('and 100 more chains');
    expect(markdown.indexOf('trail-299.')).toBeLessThan(markdown.indexOf('trail-0.'));
    expect(markdown).not.toContain('trail-298.');
  });

  it('tells with each finding what is known of it, and what it means once for all of which that is true', () => {
    const recovered = (versionId: string) =>
      finding(
        'log-recovered',
        { type: 'log', bucket: 'b', key: versionId },
        { versionId, act: 'deleted', replacedAt: 0 },
      );
    const markdown = markdownOf(runOf([{ type: 'findings', findings: [recovered('one'), recovered('two')] }]));
    expect(markdown).toMatch(/`s3:\/\/b\/one`.*; version `one`\n.*`s3:\/\/b\/two`.*; version `two`\n/);
    expect(markdown.split('the log as CloudTrail delivered it')).toHaveLength(2);
    const longer = (actual: string) =>
      finding('log-gzip-trailing-data', { type: 'log', bucket: 'b', key: actual }, { expected: 'one', actual });
    const html = htmlOf(markdownOf(runOf([{ type: 'findings', findings: [longer('one'), longer('two')] }])));
    expect(html.split('<h4>log-gzip-trailing-data (1)</h4>')).toHaveLength(3);
  });

  it('stays within what GitHub shows, whatever the names', () => {
    const findings = FINDING_CODES.flatMap((code) =>
      Array.from({ length: 20 }, () => poisoned('\u202e'.repeat(1024))(exampleOf(code))),
    );
    const chains = Array.from({ length: 400 }, () => ({
      type: 'chain' as const,
      report: chainReport({ chain: { ...CHAIN, trailName: '|'.repeat(128) } }),
    }));
    const markdown = markdownOf(runOf([{ type: 'findings', findings }, ...chains]));
    expect(Buffer.byteLength(markdown)).toBeLessThan(1024 * 1024);
  });

  it('names the source of a chain where the run has several', () => {
    const rowOf = (report: Partial<ChainReport>) =>
      markdownOf(runOf([{ type: 'chain', report: chainReport(report) }]))
        .split('\n')
        .find((line) => line.startsWith('| verified | '));
    expect(rowOf({ source: 's3://logs-b' })).toContain('` in `s3://logs-b` |');
    expect(rowOf({})).not.toContain('` in `');
  });

  it('names the controls only when asked', () => {
    const html = htmlOf(markdownOf(verifiedRun(), { ...HEADER, controls: CONTROLS }));
    expect(html).toContain('<td>PCI DSS 4.0</td>\n<td>10.3.4</td>');
    expect(html).toContain('<td>A.8.15</td>');
    expect(markdownOf(verifiedRun())).not.toContain('PCI');
  });

  it.each(HOSTILE_NAMES)('shows %j as text: no element, link, mention or cell comes of it', (name) => {
    const plain = everyCode();
    const hostile = everyCode(poisoned(name));
    const report = chainReport({ chain: { ...CHAIN, trailName: name }, source: name });
    const chain = { type: 'chain', report } as const;
    const header = { ...HEADER, keySource: name, request: { sources: [name] } };
    const html = htmlOf(markdownOf(runOf([...hostile.events, chain]), header));
    const calm = htmlOf(markdownOf(runOf([...plain.events, { type: 'chain', report: chainReport() }])));
    expect(tagsIn(html)).toEqual(tagsIn(calm));
    expect(html.match(/<t[dr]>/g)).toHaveLength(calm.match(/<t[dr]>/g)?.length ?? 0);
    expect(html.match(/<li>/g)).toHaveLength(calm.match(/<li>/g)?.length ?? 0);
    const outside = html.replace(/<code>.*?<\/code>/g, '');
    expect(outside).not.toContain('@');
  });
});
