import type { ReportSummary } from '../../core/report/report.js';

/** Exit statuses of the native commands; 64 and 70 are those of sysexits.h. */
export const EXIT = { verified: 0, failed: 1, undetermined: 2, usage: 64, internal: 70 } as const;

/** A run that was stopped has not answered what it was asked, whatever it has found until then. */
export const exitStatusOf = ({ outcome, interrupted }: Pick<ReportSummary, 'outcome' | 'interrupted'>): number =>
  interrupted ? EXIT.undetermined : EXIT[outcome];
