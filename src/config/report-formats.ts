/** What a report can be written as, besides text for people at a terminal. */
export const REPORT_FORMATS = [
  'json',
  'ndjson',
  'html',
  'markdown',
  'junit',
  'sarif',
  'ocsf',
  'asff',
  'emf',
  'prometheus',
  'csv',
] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** What the main report can be. */
export const MAIN_FORMATS = ['text', ...REPORT_FORMATS] as const;
