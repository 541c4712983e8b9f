import {
  type ReportedChain,
  type ReportedQueryResults,
  type ReportHeader,
  toReportedChain,
  toReportedQueryResults,
  toReportHead,
} from '../../core/report/report.js';
import { toReportedFinding } from '../../core/report/reported-finding.js';
import type { Renderer } from '../renderer.js';
import { toSafeJson } from '../strings/escape-terminal.js';

/** One JSON document, a {@link Report}: findings are written as they come, one to a line, so that two reports can be compared by lines. */
export function jsonRenderer(header: ReportHeader): Renderer {
  const chains: ReportedChain[] = [];
  const queryResults: ReportedQueryResults[] = [];
  let separator = '\n';
  return {
    begin: () => `{\n${fields(toReportHead(header))}  "findings": [`,
    event(event) {
      if (event.type === 'chain') chains.push(toReportedChain(event.report));
      if (event.type === 'query-results') queryResults.push(toReportedQueryResults(event));
      if (event.type === 'chain' || event.type === 'gap') return '';
      let text = '';
      for (const finding of event.findings) {
        text += `${separator}    ${toSafeJson(toReportedFinding(finding))}`;
        separator = ',\n';
      }
      return text;
    },
    end({ outcome, keysUsed, ...summary }) {
      const closeFindings = separator === '\n' ? ']' : '\n  ]';
      const rest = `${fields(summary)}  "outcome": ${toSafeJson(outcome)}\n}\n`;
      const results = queryResults.length === 0 ? '' : list('queryResults', queryResults);
      return `${closeFindings},\n${list('chains', chains)}${results}${list('keysUsed', keysUsed)}${rest}`;
    },
  };
}

const fields = (values: object): string =>
  Object.entries(values)
    .map(([name, value]) => `  ${toSafeJson(name)}: ${toSafeJson(value)},\n`)
    .join('');

const list = (name: string, items: readonly unknown[]): string =>
  items.length === 0
    ? `  "${name}": [],\n`
    : `  "${name}": [\n${items.map((item) => `    ${toSafeJson(item)}`).join(',\n')}\n  ],\n`;
