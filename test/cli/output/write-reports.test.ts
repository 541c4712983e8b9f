import { describe, expect, it } from 'vitest';
import type { SummaryEvent } from '../../../src/app/run/summarise-run.js';
import type { ReportOutput } from '../../../src/cli/output/report-file.js';
import { type Report, writeReports } from '../../../src/cli/output/write-reports.js';
import { RunAccount } from '../../../src/core/report/report.js';
import type { VerifyEvent } from '../../../src/core/report/verify-events.js';
import type { Renderer } from '../../../src/render/renderer.js';

const FULL = new Error('full');
const EVENT: VerifyEvent = { type: 'findings', findings: [] };
const SUMMARY: SummaryEvent = { type: 'summary', summary: new RunAccount().summarise([]) };
const renderer: Renderer = { begin: () => 'begin', event: () => 'event', end: () => 'end' };

/** A run without end, and whether somebody has ended it. */
function endless() {
  const told = { events: 0, isEnded: false };
  async function* run(): AsyncGenerator<VerifyEvent | SummaryEvent> {
    try {
      while (true) {
        told.events += 1;
        yield EVENT;
      }
    } finally {
      told.isEnded = true;
    }
  }
  return { run: run(), told };
}

/** A place that fills up, and what was done with it. */
function place(failing: (text: string) => boolean = () => false) {
  const done: string[] = [];
  const output: ReportOutput = {
    async write(text) {
      if (failing(text)) throw FULL;
      done.push(text);
    },
    finish: async () => {
      if (failing('finish')) throw FULL;
      done.push('finish');
    },
    abandon: async () => {
      done.push('abandon');
    },
  };
  const report: Report = { renderer, output };
  return { report, done };
}

describe('a report that cannot be written', () => {
  it('ends the run, and the other reports', async () => {
    const { run, told } = endless();
    const [sound, full] = [place(), place((text) => text === 'event')];
    await expect(writeReports(run, [sound.report, full.report])).rejects.toBe(FULL);
    expect(told).toEqual({ events: 1, isEnded: true });
    expect(sound.done).toEqual(['begin', 'event', 'abandon']);
    expect(full.done).toEqual(['begin', 'abandon']);
  });

  it('ends a run that has not begun', async () => {
    const { run, told } = endless();
    const full = place(() => true);
    await expect(writeReports(run, [full.report])).rejects.toBe(FULL);
    expect(told.events).toBe(0);
    expect(await run.next()).toEqual({ done: true, value: undefined });
  });

  it('leaves those that have their names already', async () => {
    async function* run(): AsyncGenerator<VerifyEvent | SummaryEvent> {
      yield EVENT;
      yield SUMMARY;
    }
    const [first, full] = [place(), place((text) => text === 'finish')];
    await expect(writeReports(run(), [first.report, full.report])).rejects.toBe(FULL);
    expect(first.done).toContain('finish');
    expect(full.done).toEqual(['begin', 'event', 'end', 'abandon']);
  });
});
