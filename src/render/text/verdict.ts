import { totalOf } from '../../core/findings/outcome.js';
import type { ReportSummary } from '../../core/report/report.js';
import type { Closing } from '../lines/summary.js';
import { countOf, formatNumber } from '../strings/numbers-and-times.js';
import type { CauseGroup, CauseGroups } from './cause-groups.js';

/** Places that the verdict names. */
const PLACES = 12;

/** The last words of a run: what it came to, and where. */
export function verdictOf(summary: ReportSummary, closing: Closing, groups: CauseGroups): string {
  const { outcome, totals, accepted = 0, warnings } = summary;
  if (outcome === 'verified' || groups.of(outcome).length === 0) return closing.toText(summary);
  if (totalOf(totals.digests) === 0 && totals.queryResults === undefined) return closing.toText(summary);
  const against = groups.of(outcome);
  const beside = outcome === 'failed' ? groups.of('undetermined') : [];
  const also = beside.length === 0 ? '' : `; undetermined: ${codesOf(beside)}`;
  const besides = [
    ...(accepted > 0 ? [countOf(accepted, 'accepted finding')] : []),
    ...(warnings > 0 ? [countOf(warnings, 'warning')] : []),
  ];
  return `${HEADS[outcome]} ${codesOf(against)} ${placesOf(against)}${also}. ${closing.toProven(summary)}${besides.length === 0 ? '' : ` Besides: ${besides.join(', ')}.`}`;
}

const HEADS = {
  failed: 'FAILED:',
  undetermined: 'UNDETERMINED: nothing failed, but not everything could be checked:',
} as const;

/** `2 log-missing, log-modified` */
const codesOf = (groups: readonly CauseGroup[]): string =>
  groups.map(({ code, causes }) => (causes === 1 ? code : `${formatNumber(causes)} ${code}`)).join(', ');

/** `in 111111111111 (eu-west-1, us-east-1) and 222222222222 (us-east-1)`; where it is in many places, how many. */
function placesOf(groups: readonly CauseGroup[]): string {
  const folders = [...new Set(groups.flatMap((group) => [...group.folders]))].filter((folder) => folder.trim() !== '');
  if (folders.length === 0) return 'in the run';
  if (folders.length > PLACES) return `in ${countOf(folders.length, 'place')} by account and region`;
  const regions = new Map<string, string[]>();
  for (const folder of folders.sort()) {
    const [account = '', region = ''] = folder.split(' ');
    regions.set(account, [...(regions.get(account) ?? []), region]);
  }
  const names = [...regions].map(([account, names]) => `${account} (${names.join(', ')})`);
  return `in ${names.join(', ')}`;
}
