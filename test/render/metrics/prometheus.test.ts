import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { HOUR, SECOND } from '../../../src/core/time/instant.js';
import { lastSuccessIn, prometheusRenderer } from '../../../src/render/metrics/prometheus.js';
import { readExposition } from '../../support/reports/exposition.js';
import { CHAIN, chainReport, HEADER, type Run, render, runOf, START } from '../example-run.js';
import { countEffects, everyCode, HOSTILE_NAMES, OTHER, poisoned, verifiedRun } from '../machine-runs.js';

const metricsOf = (run: Run, previous?: number): string => render(prometheusRenderer(HEADER, previous), run);

const sampleOf = (text: string, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
  readExposition(text).find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value;

/** What `promtool check metrics` has against a text; nothing where it is not installed (CI installs it). */
function promtoolFaults(text: string): string {
  const { error, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  if (error && 'code' in error && error.code === 'ENOENT') return '';
  if (error) throw error;
  return stdout + stderr;
}

const hostileChains = runOf(
  HOSTILE_NAMES.map((trailName) => ({ type: 'chain', report: chainReport({ chain: { ...CHAIN, trailName } }) })),
);

describe('the metrics', () => {
  it.each([
    ['every finding code', everyCode()],
    ['nothing bad', verifiedRun()],
    ['nothing at all', runOf([])],
    ['hostile names', hostileChains],
    ...HOSTILE_NAMES.map((name): [string, Run] => [JSON.stringify(name).slice(0, 20), everyCode(poisoned(name))]),
  ])('are read by a strict reader and by promtool, with %s', (_, run) => {
    const text = metricsOf(run);
    expect(readExposition(text).length).toBeGreaterThan(5);
    expect(promtoolFaults(text)).toBe('');
  });

  it('are not read when they are broken', () => {
    const text = metricsOf(verifiedRun());
    for (const broken of [
      text.slice(0, -1),
      text + text,
      text.replace('# TYPE', '# TYPO'),
      `${text}trailproof_run_timestamp_seconds 1\n`,
      text.replace('account="', 'account=""'),
    ])
      expect(() => readExposition(broken)).toThrow();
  });

  it('keep names as they are, controls made visible', () => {
    const trails = readExposition(metricsOf(hostileChains))
      .filter(({ name, labels }) => name === 'trailproof_chain_outcome' && labels.outcome === 'verified')
      .map(({ labels }) => labels.trail);
    expect(trails).toHaveLength(HOSTILE_NAMES.length);
    expect(trails).toContain('\\"} 1\\u{a}evil{a="');
    expect(trails).toContain('<script>alert(1)</script>');
  });

  it('say what the run and each chain came to', () => {
    const text = metricsOf(everyCode());
    expect(sampleOf(text, 'trailproof_run_timestamp_seconds')).toBe(HEADER.checkedAt / SECOND);
    expect(sampleOf(text, 'trailproof_run_outcome', { outcome: 'failed' })).toBe(1);
    expect(sampleOf(text, 'trailproof_run_outcome', { outcome: 'verified' })).toBe(0);
    for (const [effect, count] of Object.entries(countEffects()))
      expect(sampleOf(text, 'trailproof_run_findings', { effect })).toBe(count);
    expect(sampleOf(text, 'trailproof_chain_digests', { account: CHAIN.accountId, outcome: 'failed' })).toBe(2);
    expect(sampleOf(text, 'trailproof_chain_logs', { account: CHAIN.accountId, outcome: 'undetermined' })).toBe(10);
    expect(sampleOf(text, 'trailproof_chain_time_seconds', { account: CHAIN.accountId, state: 'lost' })).toBe(3600);
    expect(sampleOf(text, 'trailproof_chain_newest_digest_age_seconds', { account: OTHER.accountId })).toBe(23 * 3600);
    expect(sampleOf(text, 'trailproof_chain_newest_digest_timestamp_seconds', { account: OTHER.accountId })).toBe(
      (START + HOUR) / SECOND,
    );
  });

  it('keep the time of the last success until there is another', () => {
    const before = START - 9 * HOUR;
    expect(lastSuccessIn(metricsOf(verifiedRun()))).toBe(HEADER.checkedAt);
    expect(lastSuccessIn(metricsOf(verifiedRun(), before))).toBe(HEADER.checkedAt);
    expect(lastSuccessIn(metricsOf(everyCode(), before))).toBe(before);
    expect(sampleOf(metricsOf(everyCode()), 'trailproof_last_success_timestamp_seconds')).toBe(0);
    expect(lastSuccessIn(metricsOf(everyCode()))).toBeUndefined();
  });

  it.each([
    '',
    'nonsense',
    'trailproof_last_success_timestamp_seconds x\n',
    'trailproof_last_success_timestamp_seconds -1\n',
  ])('find no success in %j', (text) => {
    expect(lastSuccessIn(text)).toBeUndefined();
  });
});
