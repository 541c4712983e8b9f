import { describe, expect, it } from 'vitest';
import { FailureLog } from '../../../src/app/incremental/failure-log.js';
import type { Failures } from '../../../src/core/checkpoint/checkpoint.js';
import { type Finding, finding } from '../../../src/core/findings/finding.js';
import { identityOf } from '../../../src/core/findings/finding-identity.js';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const failed = (key: string): Finding =>
  finding('log-missing', { type: 'log', bucket: 'trails', key }, { expected: 'ab' });
const idOf = (found: Finding) => identityOf(found).slice(0, 16);

/** A run after another: what it tells of earlier ones, and what the next one gets. */
function run(before: Failures | undefined, found: readonly Finding[], now = NOW) {
  const log = new FailureLog(before);
  for (const each of found) log.add(each);
  return { earlier: log.earlier(), next: log.next(now) };
}

describe('the failures of runs', () => {
  it('are nothing where nothing failed', () => {
    expect(run(undefined, [])).toEqual({ earlier: undefined, next: undefined });
  });

  it('are remembered once each, and told by the next run that does not find them itself', () => {
    const [a, b] = [failed('a'), failed('b')];
    const first = run(undefined, [b, a, b]);
    expect(first).toEqual({ earlier: undefined, next: { since: NOW, findings: [idOf(a), idOf(b)].sort() } });
    expect(run(first.next, [a, b], NOW + 1)).toEqual({ earlier: undefined, next: first.next });
    expect(run(first.next, [a], NOW + 1)).toEqual({ earlier: { count: 1, since: NOW }, next: first.next });
    expect(run(first.next, [], NOW + 1)).toEqual({ earlier: { count: 2, since: NOW }, next: first.next });
    const third = run(first.next, [failed('c')], NOW + 1);
    expect(third.earlier).toEqual({ count: 2, since: NOW });
    expect(third.next?.findings).toHaveLength(3);
  });

  it('are only counted beyond a hundred, and as many run after run', () => {
    const many = Array.from({ length: 130 }, (_, index) => failed(`${index}`));
    const first = run(undefined, many);
    expect([first.next?.findings.length, first.next?.more]).toEqual([100, 30]);
    expect(run(first.next, many)).toEqual({ earlier: undefined, next: first.next });
    expect(run(first.next, [])).toEqual({ earlier: { count: 130, since: NOW }, next: first.next });
    // Of those that are left, nobody knows which they are.
    expect(run(first.next, many.slice(0, 110))).toEqual({ earlier: { count: 20, since: NOW }, next: first.next });
  });
});
