import { formatControl } from '../../core/report/controls.js';
import type { ReportHeader, ReportSummary, RequestedSelection } from '../../core/report/report.js';
import { formatInstant } from '../../core/time/instant.js';
import { type Paint, painter } from '../lines/finding-lines.js';
import { Closing } from '../lines/summary.js';
import type { Renderer } from '../renderer.js';
import { escapeStrings } from '../strings/escape-strings.js';
import { policyInWords, wrap } from '../strings/numbers-and-times.js';
import type { Body } from './body.js';
import { CauseGroups } from './cause-groups.js';
import { CausesBody, QuietBody } from './causes-body.js';
import { FullBody } from './full-body.js';
import { toAscii } from './to-ascii.js';
import { verdictOf } from './verdict.js';

export interface TextOptions {
  /** Every finding in full, chain by chain, and a line for every digest, log and query result file that is verified. */
  readonly verbose: boolean;
  /** Nothing at all when everything is verified without a warning; otherwise what failed or is undetermined, in short, and the closing words. */
  readonly quiet: boolean;
  /** Colours by SGR sequences. */
  readonly color: boolean;
  /** Columns: our own words keep to them. Names, commands and hashes are never broken. */
  readonly width: number;
  /** Nothing but ASCII. */
  readonly ascii: boolean;
  readonly header: ReportHeader;
}

/**
 * Text for people: what the run looked at, what became of each account and region, the causes of what was found, and last
 * what it came to. What comes from outside is escaped where it enters the lines.
 */
export function textRenderer(options: TextOptions): Renderer {
  const { quiet, width, header } = options;
  const closing = new Closing();
  const groups = new CauseGroups();
  const paint = painter(options.color);
  const body = bodyOf(options, paint);
  const toText = (texts: readonly string[]): string => {
    const text = lines(texts);
    return options.ascii ? toAscii(text) : text;
  };
  return {
    begin: () => (quiet ? '' : toText(wrap(introduction(escapeStrings(header)), width))),
    event(event) {
      closing.add(event);
      groups.add(event);
      return toText(body.linesOf(event));
    },
    end(summary) {
      if (quiet && isSpotless(summary)) return '';
      const verdict = conclusion(verdictOf(summary, closing, groups), summary, paint, width);
      return toText([...body.atEnd(groups), ...(quiet ? [] : ['']), ...verdict, ...evidence(header, width)]);
    },
  };
}

function bodyOf({ verbose, quiet, width, header }: TextOptions, paint: Paint): Body {
  const isCopy = header.request.sources.every((source) => !/^(?:s3|arn):/i.test(source));
  if (quiet) return new QuietBody(paint, width);
  return verbose ? new FullBody(true, paint, width) : new CausesBody(paint, width, isCopy);
}

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');

const isSpotless = ({ outcome, warnings, accepted = 0 }: ReportSummary): boolean =>
  outcome === 'verified' && warnings === 0 && accepted === 0;

function introduction({ tool, checkedAt, request, keySource }: ReportHeader): string {
  const { sources, from, to, policy, checkpoint, bySource = [] } = request;
  const chosen = choiceOf(request);
  const chosenOfEach = bySource
    .map(
      ({ source, ...own }) => [source, [...choiceOf(own), ...(own.policy ? [policyInWords(own.policy)] : [])]] as const,
    )
    .flatMap(([source, choice]) => (choice.length > 0 ? [`${source}: ${choice.join(', ')}`] : []));
  return [
    `${tool.name} ${tool.version} verifies ${sources.join(', ')}`,
    ...(chosen.length > 0 ? [`(${chosen.join(', ')})`] : []),
    ...(chosenOfEach.length > 0 ? [`(${chosenOfEach.join('; ')})`] : []),
    ...(from === undefined ? [] : [`from ${formatInstant(from)}`]),
    ...(to === undefined ? [] : [`to ${formatInstant(to)}`]),
    ...(policy ? [`under ${policyInWords(policy)}`] : []),
    ...(checkpoint === undefined ? [] : [`with the checkpoint ${checkpoint}`]),
    `${checkpoint === undefined ? 'with' : 'and'} public keys from ${keySource}, as of ${formatInstant(checkedAt)}`,
  ].join(' ');
}

const choiceOf = ({ accounts, regions, trails, trailArn, endpoint }: RequestedSelection): string[] => [
  ...(accounts ?? []).map((account) => `account ${account}`),
  ...(regions ?? []).map((region) => `region ${region}`),
  ...(trails ?? []).map((trail) => `trail ${trail}`),
  ...(trailArn === undefined ? [] : [trailArn]),
  ...(endpoint === undefined ? [] : [`endpoint ${endpoint}`]),
];

/** The controls, where they are asked for. */
const evidence = ({ controls = [] }: ReportHeader, width: number): string[] =>
  controls.length === 0 ? [] : wrap(`Evidence for: ${controls.map(formatControl).join('; ')}.`, width);

function conclusion(text: string, { outcome }: ReportSummary, paint: Paint, width: number): string[] {
  const [first = '', ...rest] = wrap(text, width);
  return [first.replace(/^[A-Z]+/, (word) => paint(word, outcome)), ...rest];
}
