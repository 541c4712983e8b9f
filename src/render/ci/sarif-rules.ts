import { definitionOf } from '../../core/findings/codes/codes.js';
import type { Effect, FindingCode } from '../../core/findings/finding.js';

/** How SARIF ranks a result. */
export type Level = 'error' | 'warning' | 'note';

export const LEVELS: { readonly [E in Effect]: Level } = {
  failed: 'error',
  undetermined: 'warning',
  accepted: 'note',
  warning: 'note',
};

const SEVERITY: { readonly [L in Level]: string } = { error: '9.0', warning: '5.0', note: '1.0' };

const CONSEQUENCES: { readonly [E in Effect]: string } = {
  failed: 'It makes the outcome of the run failed.',
  undetermined: 'It makes the outcome of the run undetermined, unless something else failed.',
  accepted: 'The policy of the run accepts it.',
  warning: 'It does not change the outcome of the run.',
};

/** Pages of AWS about what is verified. */
const GUIDE = 'https://docs.aws.amazon.com/awscloudtrail/latest/userguide';
const LOG_FILE_VALIDATION = `${GUIDE}/cloudtrail-log-file-validation-intro.html`;
const QUERY_RESULTS_VALIDATION = `${GUIDE}/cloudtrail-query-results-validation-intro.html`;

/** The rule of a finding code, whose findings have that effect, with all that GitHub asks of a rule. */
export function toRule(code: FindingCode, effect: Effect): object {
  const level = LEVELS[effect];
  const { summary, kind } = definitionOf(code);
  const help = `${summary} ${CONSEQUENCES[effect]} The message of each result says what it means and what to do next.`;
  return {
    id: code,
    name: toPascalCase(code),
    shortDescription: { text: `${toWords(code)}.` },
    fullDescription: { text: summary },
    help: { text: help },
    helpUri: code.startsWith('query-') ? QUERY_RESULTS_VALIDATION : LOG_FILE_VALIDATION,
    defaultConfiguration: { level },
    properties: {
      tags: ['cloudtrail', 'integrity', 'security', kind],
      precision: 'very-high',
      'security-severity': SEVERITY[level],
    },
  };
}

const capitalise = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** `log-modified`: `LogModified` */
const toPascalCase = (code: string): string => code.split('-').map(capitalise).join('');

/** `log-modified`: `Log modified` */
const toWords = (code: string): string => capitalise(code.replaceAll('-', ' '));
