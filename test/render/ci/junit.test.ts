import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { finding } from '../../../src/core/findings/finding.js';
import { CONTROLS } from '../../../src/core/report/controls.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { junitRenderer } from '../../../src/render/ci/junit.js';
import { CHAIN, chainReport, EXAMPLES, exampleOf, HEADER, type Run, render, runOf, START } from '../example-run.js';
import { everyCode, HOSTILE_NAMES, OTHER, poisoned, verifiedRun } from '../machine-runs.js';

const SCHEMA = readFileSync(new URL('../schemas/junit.xsd', import.meta.url), 'utf8');

const junitOf = (run: Run): string => render(junitRenderer({ ...HEADER, controls: CONTROLS }), run);

/** What xmllint has against documents. */
async function faultsOf(...documents: string[]): Promise<readonly string[]> {
  const xml = documents.map((contents, index) => ({ fileName: `${index}.xml`, contents }));
  return (await validateXML({ xml, schema: [SCHEMA] })).errors.map(({ rawMessage }) => rawMessage);
}

interface Case {
  readonly suite: string;
  readonly name: string;
  readonly verdict: 'failure' | 'error' | 'pass';
  readonly text: string;
}

/** The cases of a document whose names hold no markup. */
const casesOf = (xml: string): Case[] =>
  [...xml.matchAll(/<testsuite name="([^"]*)"[\s\S]*?<\/testsuite>/g)].flatMap(([suite, name = '']) =>
    [...suite.matchAll(/<testcase [^>]*? name="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map((match) => ({
      suite: name,
      name: match[1] ?? '',
      verdict: (/<(failure|error) /.exec(match[2] ?? '')?.[1] as Case['verdict']) ?? 'pass',
      text: match[2] ?? '',
    })),
  );

const countsOf = (xml: string) =>
  [...xml.matchAll(/<testsuite name="[^"]*" tests="(\d+)" failures="(\d+)" errors="(\d+)"/g)].map((match) =>
    match.slice(1).map(Number),
  );

const digest = (name: string, hours: number) =>
  ({
    type: 'digest',
    chain: CHAIN,
    ref: { bucket: 'trails', key: name },
    start: START + (hours - 1) * HOUR,
    end: START + hours * HOUR,
    outcome: 'verified',
    trusted: true,
    findings: [],
  }) as const;

const log = (name: string, code?: 'log-missing' | 'log-archived') => {
  const subject = { type: 'log', bucket: 'trails', key: name } as const;
  return {
    type: 'log',
    chain: CHAIN,
    ref: { bucket: 'trails', key: name },
    outcome: code === undefined ? 'verified' : code === 'log-missing' ? 'failed' : 'undetermined',
    size: 0,
    findings: code === undefined ? [] : [finding(code, subject, EXAMPLES[code])],
  } as const;
};

describe('the document', () => {
  it('is what xmllint and the schema accept, with every finding code in it', async () => {
    const xml = junitOf(everyCode());
    expect(await faultsOf(xml, junitOf(verifiedRun()), junitOf(runOf([])))).toEqual([]);
    expect(await faultsOf(xml.replace('<testcase ', '<testcase x="1" '))).not.toEqual([]);
  });

  it('is well-formed with hostile names in it, which stay text', async () => {
    const documents = HOSTILE_NAMES.map((name) => junitOf(everyCode(poisoned(name))));
    expect(await faultsOf(...documents)).toEqual([]);
    for (const xml of documents) {
      const names = new Set([...xml.matchAll(/<\/?([A-Za-z-]+)/g)].map(([, name]) => name));
      expect([...names].sort()).toEqual(
        ['error', 'failure', 'properties', 'property', 'system-out', 'testcase', 'testsuite', 'testsuites'].sort(),
      );
      expect(xml.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\ufffe\uffff]/u);
    }
  });

  it.each(['s3://logs-b', ...HOSTILE_NAMES])(
    'has the source %j of a chain among the properties of its suite',
    async (source) => {
      const report = chainReport({ source });
      const xml = junitOf(
        runOf([
          { type: 'chain', report },
          { type: 'chain', report: chainReport({ chain: OTHER }) },
        ]),
      );
      expect(await faultsOf(xml)).toEqual([]);
      expect(xml.match(/<property name="source"/g)).toHaveLength(1);
      if (source === 's3://logs-b') expect(xml).toContain('<property name="source" value="s3://logs-b"/>');
    },
  );

  it('has a suite for each chain and a case for each digest, which speaks for its logs', () => {
    const xml = junitOf(
      runOf([
        digest('d3', 3),
        log('a'),
        log('b', 'log-missing'),
        log('c', 'log-archived'),
        digest('d2', 2),
        log('d', 'log-archived'),
        digest('d1', 1),
        log('e'),
        { type: 'chain', report: chainReport({ outcome: 'failed' }) },
      ]),
    );
    expect(casesOf(xml).map(({ name, verdict }) => [name, verdict])).toEqual([
      ['digest s3://trails/d3', 'failure'],
      ['digest s3://trails/d2', 'error'],
      ['digest s3://trails/d1', 'pass'],
      ['chain', 'pass'],
    ]);
    const [first] = casesOf(xml);
    expect(first?.text).toContain('log-missing');
    expect(first?.text).toContain('s3://trails/b');
    expect(first?.text).toContain('1 log verified');
    expect(countsOf(xml)).toEqual([[4, 1, 1]]);
  });

  it('names only the first ten logs of a digest, and counts them all', () => {
    const logs = Array.from({ length: 50 }, (_, index) => log(`log-number-${index}.`, 'log-missing'));
    const xml = junitOf(runOf([digest('d', 1), ...logs]));
    expect(xml).toContain('log-number-9.');
    expect(xml).not.toContain('log-number-10.');
    expect(xml).toContain('50 logs failed');
  });

  it('tells of each log what is known of it, and once what that means', () => {
    const recovered = (name: string, versionId: string) => ({
      ...log(name),
      outcome: 'failed' as const,
      findings: [
        finding('log-missing', { type: 'log', bucket: 'trails', key: name }, { expected: versionId.repeat(64) }),
        finding(
          'log-recovered',
          { type: 'log', bucket: 'trails', key: name },
          { versionId: `version-${versionId}`, act: 'deleted', replacedAt: START },
        ),
      ],
    });
    const xml = junitOf(runOf([digest('d', 1), recovered('one', '1'), recovered('two', '2')]));
    for (const known of ['1'.repeat(64), '2'.repeat(64), 'version-1', 'version-2'])
      expect(xml.split(known)).toHaveLength(2);
    expect(xml.split('the log as CloudTrail delivered it')).toHaveLength(2);
  });

  it('keeps the cases of a suite in few pieces, and tells every one', () => {
    const encode = vi.spyOn(TextEncoder.prototype, 'encode');
    const names = Array.from({ length: 2_000 }, (_, index) => `digest-${index}`);
    const xml = junitOf(runOf([...names.map((name) => digest(name, 1)), { type: 'chain', report: chainReport() }]));
    const pieces = encode.mock.calls.length;
    encode.mockRestore();
    expect(casesOf(xml).map(({ name }) => name)).toEqual([
      ...names.map((name) => `digest s3://trails/${name}`),
      'chain',
    ]);
    expect(pieces).toBeGreaterThan(1);
    expect(pieces).toBeLessThan(50);
  });

  it('names no more logs once a suite is large, and still fails their digests', () => {
    const digests = Array.from({ length: 6_000 }, (_, index) => [
      digest(`d${index}`, 1),
      ...Array.from({ length: 10 }, () => log('l'.repeat(100), 'log-missing')),
    ]);
    const xml = junitOf(runOf(digests.flat()));
    expect(countsOf(xml)).toEqual([[6_001, 6_000, 0]]);
    expect(xml.length).toBeLessThan(12_000_000);
    expect(casesOf(xml).at(-2)).toMatchObject({ verdict: 'failure', text: expect.stringContaining('10 logs failed') });
  });

  it('passes a case with a warning, and shows the warning', () => {
    const xml = junitOf(
      runOf([
        digest('d', 1),
        { type: 'findings', findings: [exampleOf('chain-end-late')] },
        { type: 'chain', report: chainReport() },
      ]),
    );
    expect(countsOf(xml)).toEqual([[2, 0, 0]]);
    expect(casesOf(xml).find(({ name }) => name === 'chain')?.text).toContain('WARNING chain-end-late');
  });

  it.each([
    ['failed', 'failure'],
    ['undetermined', 'error'],
  ] as const)('never passes what is %s, even where no finding says why', (outcome, verdict) => {
    const chain = casesOf(junitOf(runOf([{ type: 'chain', report: chainReport({ outcome }) }])));
    expect(chain.map((item) => item.verdict)).toEqual([verdict]);
    const whole = { ...runOf([]), summary: { ...runOf([]).summary, outcome } };
    expect(casesOf(junitOf(whole)).map((item) => item.verdict)).toEqual([verdict]);
  });

  it('says in words what a chain came to', () => {
    const report = chainReport({ digests: { verified: 4, failed: 1, undetermined: 0 } });
    const [chain] = casesOf(junitOf(runOf([{ type: 'chain', report }])));
    expect(chain?.text).toContain('digests: 4 verified, 1 failed; logs: none');
  });

  it('has a suite for what belongs to no chain', () => {
    const findings = [
      exampleOf('folder-access-denied'),
      exampleOf('nothing-found'),
      exampleOf('public-key-unreadable'),
    ];
    const cases = casesOf(junitOf(runOf([{ type: 'findings', findings }])));
    expect(cases.map(({ suite, verdict }) => [suite, verdict])).toEqual([
      ['trailproof: the run', 'error'],
      ['trailproof: the run', 'error'],
      ['trailproof: the run', 'pass'],
    ]);
  });

  it('keeps chains apart that are told in turns', () => {
    const xml = junitOf(
      runOf([
        digest('d1', 1),
        { ...digest('d2', 1), chain: OTHER },
        { type: 'chain', report: chainReport() },
        { type: 'chain', report: chainReport({ chain: OTHER }) },
      ]),
    );
    expect(casesOf(xml).map(({ suite, name }) => [suite.includes('data_events'), name])).toEqual([
      [false, 'digest s3://trails/d1'],
      [false, 'chain'],
      [true, 'digest s3://trails/d2'],
      [true, 'chain'],
    ]);
  });

  it('tells a chain that never ended', () => {
    expect(casesOf(junitOf(runOf([digest('d1', 1)]))).map(({ name }) => name)).toContain('digest s3://trails/d1');
  });
});
