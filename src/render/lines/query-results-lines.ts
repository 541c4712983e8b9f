import { emptyTally } from '../../core/findings/outcome.js';
import type { NOT_SIGNED } from '../../core/query-results/verify-sign-file.js';
import type { QueryResultsEvent } from '../../core/report/verify-events.js';
import { formatInstant } from '../../core/time/instant.js';
import { formatBytes, formatTally, wrap } from '../strings/numbers-and-times.js';
import { LABEL_WIDTH, labelOf, type Paint, placeOf } from './finding-lines.js';

/** What no signature of saved query results covers, as a part of a sentence: {@link NOT_SIGNED} in words. */
export const NOT_COVERED = Object.values({
  'file-names': 'the names of the files',
  'file-name-order': 'which name belongs to which hash',
  region: 'the region',
  'query-complete-time': 'the time of the query',
  'query-text': 'the query itself',
} satisfies Record<(typeof NOT_SIGNED)[number], string>).join(', ');

/** Saved query results in words. */
export const nameOfResults = ({ ref, accountId }: QueryResultsEvent): string =>
  `Query results ${placeOf(ref)}${accountId === undefined ? '' : `, account ${accountId}`}`;

/** What they came to, what their sign file says of itself, and what is not covered by its signature. */
export function queryResultsLines(event: QueryResultsEvent, paint: Paint, width: number): string[] {
  const { outcome, files, region, completedAt } = event;
  const tally = emptyTally();
  let bytes = 0;
  for (const file of files) {
    tally[file.outcome] += 1;
    bytes += file.size;
  }
  const hashed = bytes > 0 ? `; ${formatBytes(bytes)} hashed` : '';
  const claims =
    region === undefined || completedAt === undefined
      ? []
      : [`by its own word of a query that ended ${formatInstant(completedAt)} in ${region}`];
  const rest = [...claims, ...wrap(`not signed: ${NOT_COVERED}`, width - LABEL_WIDTH - 2)];
  return [
    `${labelOf(outcome, paint)}  files: ${formatTally(tally)}${hashed}`,
    ...rest.map((line) => `${' '.repeat(LABEL_WIDTH)}  ${line}`),
  ];
}
