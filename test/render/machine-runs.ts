import {
  FINDING_CODES,
  FINDING_EFFECTS,
  type Finding,
  type FindingCode,
  outcomeOfFindings,
} from '../../src/core/findings/finding.js';
import type { VerifyEvent } from '../../src/core/report/verify-events.js';
import { HOUR } from '../../src/core/time/instant.js';
import { CHAIN, chainReport, exampleOf, queryResults, type Run, runOf, START } from './example-run.js';

/** An event for each finding, of the kind that would tell it. */
function eventOf(finding: Finding): VerifyEvent {
  const { subject } = finding;
  const outcome = outcomeOfFindings([finding]);
  switch (subject.type) {
    case 'digest':
      return {
        type: 'digest',
        chain: CHAIN,
        ref: { bucket: subject.bucket, key: subject.key },
        end: START + HOUR,
        outcome,
        trusted: false,
        findings: [finding],
      };
    case 'log':
      return {
        type: 'log',
        chain: CHAIN,
        ref: { bucket: subject.bucket, key: subject.key },
        outcome,
        size: 1,
        findings: [finding],
      };
    case 'query-sign-file':
    case 'query-file':
      return queryResults({ outcome, findings: [finding] });
    default:
      return { type: 'findings', findings: [finding] };
  }
}

const FAILED_CHAIN = chainReport({
  outcome: 'failed',
  digests: { verified: 3, failed: 2, undetermined: 1 },
  logs: { verified: 30, failed: 20, undetermined: 10 },
  logBytes: 123_456,
  asked: { start: START, end: START + 5 * HOUR },
  coverage: [
    { state: 'proven', start: START, end: START + HOUR },
    { state: 'gap', start: START + HOUR, end: START + 2 * HOUR },
    { state: 'lost', start: START + 2 * HOUR, end: START + 3 * HOUR },
    { state: 'undetermined', start: START + 3 * HOUR, end: START + 4 * HOUR },
    { state: 'pending', start: START + 4 * HOUR, end: START + 5 * HOUR },
  ],
});

/** A run with every finding code in it, or some, a chain that failed, and one of which nothing bad is said. */
export const everyCode = (
  change: (finding: Finding) => Finding = (finding) => finding,
  codes: readonly FindingCode[] = FINDING_CODES,
): Run =>
  runOf([
    ...codes.map((code) => eventOf(change(exampleOf(code)))),
    { type: 'gap', chain: CHAIN, from: START, to: START + HOUR },
    { type: 'chain', report: FAILED_CHAIN },
    {
      type: 'digest',
      chain: OTHER,
      ref: GOOD_DIGEST,
      start: START,
      end: START + HOUR,
      outcome: 'verified',
      trusted: true,
      findings: [],
    },
    { type: 'log', chain: OTHER, ref: GOOD_LOG, outcome: 'verified', size: 99, findings: [] },
    {
      type: 'chain',
      report: chainReport({ chain: OTHER, logs: { verified: 1, failed: 0, undetermined: 0 }, logBytes: 99 }),
    },
    queryResults(),
  ]);

export const OTHER = { ...CHAIN, accountId: '444455556666', region: 'eu-west-1', trailName: 'data_events' } as const;
const GOOD_DIGEST = { bucket: 'trails', key: 'AWSLogs/good-digest.json.gz' };
const GOOD_LOG = { bucket: 'trails', key: 'AWSLogs/good-log.json.gz' };

/** Nothing was found that speaks against anything. */
export const verifiedRun = (): Run =>
  runOf([
    {
      type: 'digest',
      chain: OTHER,
      ref: GOOD_DIGEST,
      start: START,
      end: START + HOUR,
      outcome: 'verified',
      trusted: true,
      findings: [],
    },
    { type: 'log', chain: OTHER, ref: GOOD_LOG, outcome: 'verified', size: 99, findings: [] },
    {
      type: 'chain',
      report: chainReport({ chain: OTHER, logs: { verified: 1, failed: 0, undetermined: 0 }, logBytes: 99 }),
    },
  ]);

/** Names that mean something in one medium or another, among them characters that no XML holds and a lone surrogate. */
export const HOSTILE_NAMES = [
  '<script>alert(1)</script>',
  ']]></system-out><x>&lt;&amp;"\'',
  "=cmd|'/C calc'!A0",
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r\n=1,"x"\n# HELP evil evil\nevil 1\n',
  '`</code>`|`x`',
  '[x](https://evil.example) ![x](https://evil.example/i.png) www.evil.example @team #1 <img src=x> ~~x~~ **x** _x_',
  '{0} {"a":1}',
  '\\"} 1\nevil{a="',
  '\u0000\u0008\u001b[2J\u007f\u0085',
  '\ufffe\uffff\ud800',
  '\u202egnp.exe\u2066\u200b\u2028',
  '../../etc/passwd//a:b?c#d%2e%zz',
  'é漢😀',
  'x'.repeat(1024),
] as const;

/** Names of arguments that come from a closed list of ours. */
const CLOSED = new Set(['part', 'measure', 'reason', 'option', 'problem']);

/** The finding with a hostile name wherever a text from outside stands. */
export const poisoned =
  (name: string) =>
  (finding: Finding): Finding =>
    ({ ...finding, subject: poisonedSubject(finding.subject, name), args: poison(finding.args, name) }) as Finding;

function poisonedSubject(subject: Finding['subject'], name: string): Finding['subject'] {
  if ('key' in subject) return { ...subject, key: name };
  if (subject.type === 'chain') return { ...subject, chain: { ...subject.chain, trailName: name } };
  return subject.type === 'public-key' ? { ...subject, fingerprint: name } : subject;
}

function poison(value: unknown, name: string): unknown {
  if (typeof value === 'string') return name;
  if (Array.isArray(value)) return value.map((item) => poison(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, CLOSED.has(key) ? item : poison(item, name)]),
  );
}

/** How many findings have each effect. */
export function countEffects(codes: readonly (keyof typeof FINDING_EFFECTS)[] = FINDING_CODES) {
  const counts = { failed: 0, undetermined: 0, warning: 0 };
  for (const code of codes) counts[FINDING_EFFECTS[code]] += 1;
  return counts;
}
