import { NOT_SIGNED } from '../../core/query-results/verify-sign-file.js';
import { type ReportHeader, toReportedChain, toReportHead } from '../../core/report/report.js';
import { toReportedFinding } from '../../core/report/reported-finding.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import { formatInstant } from '../../core/time/instant.js';
import type { Renderer } from '../renderer.js';
import { toSafeJson } from '../strings/escape-terminal.js';

/**
 * One JSON object to a line, told apart by `type`: first `run`; then a `digest` and a `log` for each that was judged, with
 * its findings, a `finding` for each about anything else, a `chain` at the end of each chain, a `query-results` for the saved results of
 * each query; last `summary`.
 */
export function ndjsonRenderer(header: ReportHeader): Renderer {
  return {
    begin: () => line({ type: 'run', ...toReportHead(header) }),
    event: (event) => toLines(event).map(line).join(''),
    end: (summary) => line({ type: 'summary', ...summary }),
  };
}

const line = (value: object): string => `${toSafeJson(value)}\n`;

function toLines(event: VerifyEvent): object[] {
  switch (event.type) {
    case 'digest': {
      const { start, end, unprovenLogs: _, findings, ...rest } = event;
      const times = { ...(start !== undefined && { start: formatInstant(start) }), end: formatInstant(end) };
      return [{ ...rest, ...times, findings: findings.map(toReportedFinding) }];
    }
    case 'log':
      return [{ ...event, findings: event.findings.map(toReportedFinding) }];
    case 'query-results': {
      const { completedAt, findings, ...rest } = event;
      const time = completedAt === undefined ? {} : { completedAt: formatInstant(completedAt) };
      return [{ ...rest, ...time, notSigned: NOT_SIGNED, findings: findings.map(toReportedFinding) }];
    }
    case 'findings':
      return event.findings.map((finding) => ({ type: 'finding', ...toReportedFinding(finding) }));
    case 'chain':
      return [{ type: 'chain', ...toReportedChain(event.report) }];
    case 'gap':
      // The finding `chain-gap` says it with the coverage of the chain.
      return [];
  }
}
