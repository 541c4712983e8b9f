import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type ReportedFinding, type VerifyEvent, verify, verifyEvents } from '../src/index.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OPTIONS = {
  source: `${ROOT}/testdata/archive`,
  keys: `${ROOT}/testdata/keys.json`,
  now: new Date('2026-06-01T00:00:00Z'),
};

describe('verifyEvents', () => {
  it('gives each event of the run, and in the end the report that verify gives', async () => {
    const shown: VerifyEvent[] = [];
    const report = await verify({ ...OPTIONS, onEvent: (event) => shown.push(event) });
    const events = [];
    for await (const event of verifyEvents(OPTIONS)) events.push(event);
    expect(events).toEqual([...shown, { type: 'report', report }]);
    expect(new Set(shown.map(({ type }) => type))).toEqual(new Set(['digest', 'log', 'chain']));
  });

  it('ends the run when its reader stops', async () => {
    const run = verifyEvents(OPTIONS);
    for await (const event of run) if (event.type === 'digest') break;
    expect(await run.next()).toEqual({ done: true, value: undefined });
  });

  it('throws what verify throws: usage', async () => {
    await expect(verifyEvents({}).next()).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('onEvent of verify', () => {
  it('is waited for before the next event', async () => {
    let underWay = 0;
    let most = 0;
    let handled = 0;
    const { outcome } = await verify({
      ...OPTIONS,
      onEvent: async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await setTimeout(0);
        underWay -= 1;
        handled += 1;
      },
    });
    expect({ outcome, most, underWay }).toEqual({ outcome: 'verified', most: 1, underWay: 0 });
    expect(handled).toBeGreaterThan(10);
  });

  it('ends the run with its own error when it rejects', async () => {
    let shown = 0;
    const onEvent = async () => {
      shown += 1;
      throw new Error('the disk is full');
    };
    await expect(verify({ ...OPTIONS, onEvent })).rejects.toThrow('the disk is full');
    expect(shown).toBe(1);
  });
});

it('the code of a reported finding tells the types of its arguments', () => {
  const texts = (finding: ReportedFinding): readonly string[] => {
    switch (finding.code) {
      case 'log-modified':
        return [finding.args.expected, finding.args.actual];
      case 'chain-gap':
        return [finding.args.start, finding.args.end, finding.args.next.key];
      case 'digest-key-outside-validity':
        return [finding.args.signedAt, finding.args.validity.start];
      case 'log-day-absent':
        return [finding.args.verifyFrom ?? 'at any time'];
      default:
        return [];
    }
  };
  const subject = { type: 'log', bucket: 'logs', key: 'a' } as const;
  const args = { expected: 'aa', actual: 'bb' };
  expect(texts({ code: 'log-modified', kind: 'changed', effect: 'failed', subject, args })).toEqual(['aa', 'bb']);
});
