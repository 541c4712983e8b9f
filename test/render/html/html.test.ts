import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { finding } from '../../../src/core/findings/finding.js';
import type { ReportHeader } from '../../../src/core/report/report.js';
import { htmlRenderer } from '../../../src/render/html/html.js';
import { escapeStrings } from '../../../src/render/strings/escape-strings.js';
import { attribute, named, one, parsePage } from '../../support/reports/page-tree.js';
import { CHAIN, chainReport, exampleOf, HEADER, queryResults, type Run, render, runOf } from '../example-run.js';
import { everyCode, HOSTILE_NAMES, poisoned, verifiedRun } from '../machine-runs.js';

const toHtml = (run: Run, header: ReportHeader = HEADER): string => render(htmlRenderer(header), run);
const pageOf = (run: Run, header?: ReportHeader) => parsePage(toHtml(run, header));
const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing found, nothing checked. */
const EMPTY = runOf([{ type: 'findings', findings: [finding('nothing-found', { type: 'run' }, {})] }]);
describe.each([
  ['a verified run', verifiedRun()],
  ['a run with every finding', everyCode()],
  ['an empty run', EMPTY],
])('the page of %s', (_, run) => {
  const text = toHtml(run);
  const { elements, errors } = parsePage(text);

  it('is HTML without a fault', () => {
    expect(errors).toEqual([]);
    expect(text.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
  });

  it('allows by its policy the style and the script in it, by their hashes, and nothing else', () => {
    const [policy] = elements
      .filter(({ attributes }) => attributes.get('http-equiv') === 'Content-Security-Policy')
      .map(({ attributes }) => attributes.get('content'));
    expect(policy?.split('; ')).toEqual([
      "default-src 'none'",
      `style-src ${sha256(one(elements, 'style').text)}`,
      `script-src ${sha256(one(elements, 'script').text)}`,
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    const before = text.slice(0, text.indexOf('Content-Security-Policy'));
    expect(before).not.toMatch(/<style|<script/);
  });

  it('refers to nothing outside itself', () => {
    for (const name of ['src', 'srcset', 'action', 'formaction', 'data', 'poster', 'background', 'style', 'ping'])
      expect(attribute(elements, name)).toEqual([]);
    for (const name of ['link', 'img', 'image', 'use', 'iframe', 'object', 'embed', 'base', 'audio', 'video'])
      expect(named(elements, name)).toEqual([]);
    expect(attribute(elements, 'href').filter((href) => !href.startsWith('#'))).toEqual([]);
    expect(one(elements, 'style').text).not.toMatch(/url\((?!#)|@import|@font-face|\/\//);
    expect(one(elements, 'script').text).not.toMatch(/https?:|fetch|import|innerHTML|eval/);
  });

  it('has headings in order, ids once, and links that lead somewhere', () => {
    const levels = elements.flatMap(({ name }) => (/^h[1-6]$/.test(name) ? Number(name.slice(1)) : []));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    const ids = attribute(elements, 'id');
    expect(new Set(ids).size).toBe(ids.length);
    const wanted = ['href', 'aria-labelledby', 'aria-describedby', 'for'].flatMap((name) => attribute(elements, name));
    expect(ids).toEqual(expect.arrayContaining(wanted.map((id) => id.replace('#', ''))));
  });

  it('shows everything but its search without a script', () => {
    const hidden = elements.filter(({ attributes }) => attributes.has('hidden'));
    expect(hidden.map(({ attributes }) => attributes.get('id'))).toEqual(['filter']);
  });
});

describe('names and answers from outside', () => {
  const EVERYWHERE = (name: string): ReportHeader => ({
    ...HEADER,
    request: {
      sources: [name],
      accounts: [name],
      regions: [name],
      trails: [name],
      trailArn: name,
      relocated: [name],
      expectAccounts: [name],
      expectRegions: [name],
      checkpoint: name,
    },
    keySource: name,
  });
  const hostileRun = (name: string): Run => {
    const { events } = everyCode(poisoned(name));
    const chain = { ...CHAIN, trailName: name };
    const report = chainReport({ chain, source: name, places: [{ bucket: name, prefix: name }] });
    const results = queryResults({ ref: { bucket: name, key: name }, region: name });
    return runOf([...events, { type: 'chain', report }, results], [{ fingerprint: name, region: name }]);
  };
  // Text between backticks is set as code, which is harmless and depends on the name.
  const skeletonOf = ({ elements }: ReturnType<typeof parsePage>): string[] =>
    elements
      .filter((element) => element.name !== 'code')
      .map((element) => [element.name, ...element.attributes.keys()].join(' '));
  const names = [
    ...HOSTILE_NAMES,
    '</script><script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onclick='x",
  ];

  const plain = pageOf(hostileRun('plain'), EVERYWHERE('plain'));

  it.each(names)('make no markup, and are shown as they are but for what cannot be seen: %j', (name) => {
    const text = toHtml(hostileRun(name), EVERYWHERE(name));
    const page = parsePage(text);
    expect(skeletonOf(page)).toEqual(skeletonOf(plain));
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    const shown = named(page.elements, 'span').filter(({ attributes }) => attributes.get('class') === 'name');
    expect(shown.map((element) => element.text)).toContain(escapeStrings(name));
  });

  it('keep the order in which they are stored', () => {
    const style = one(pageOf(EMPTY).elements, 'style').text;
    expect(style).toMatch(/\.name \{[^}]*unicode-bidi: isolate-override/);
  });
});

describe('the outcome', () => {
  const topOf = (run: Run) => one(pageOf(run).elements, 'header').text;

  it('stands at the top in words', () => {
    expect(topOf(verifiedRun())).toMatch(
      /^\s*CloudTrail log file integrity of s3:\/\/trails, as of .*\s+Verified\s+Everything/,
    );
    expect(topOf(everyCode())).toMatch(/Failed\s+Something is missing, damaged or changed\./);
    expect(topOf(EMPTY)).toMatch(/Undetermined\s+Nothing was checked\. Nothing is proven\./);
  });

  it('names warnings beside a verified outcome', () => {
    const unlinked = exampleOf('digest-unlinked');
    const run = runOf([
      { type: 'findings', findings: [unlinked] },
      { type: 'chain', report: chainReport() },
    ]);
    expect(topOf(run)).toContain('Everything that was checked is as it should be, with 1 warning to read.');
    expect(topOf(verifiedRun())).not.toContain('warning');
  });

  it('is not verified where only a part could be checked', () => {
    const run = runOf([{ type: 'chain', report: chainReport({ outcome: 'undetermined' }) }]);
    expect(topOf(run)).toMatch(/Undetermined\s+Nothing failed, but not everything could be checked\./);
  });
});

it('nothing is written before the outcome is known', () => {
  const renderer = htmlRenderer(HEADER);
  expect(renderer.begin()).toBe('');
  for (const event of everyCode().events) expect(renderer.event(event)).toBe('');
});
