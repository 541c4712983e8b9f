import { type Control, formatControl } from '../core/controls.js';
import { FINDING_CODES, FINDING_EFFECTS, type FindingCode } from '../core/findings.js';
import { formatInstant } from '../core/instant.js';
import type { ReportHeader, ReportSummary } from '../core/report.js';
import { toSafeJson } from './escape-terminal.js';
import { type FindingRecord, recordsOf } from './finding-record.js';
import type { Renderer } from './renderer.js';

/** GitHub takes no more results in a run. */
const MAX_RESULTS = 25_000;

const RULES = FINDING_CODES.filter((code) => FINDING_EFFECTS[code] !== 'warning');
const RULE_INDEX = new Map<FindingCode, number>(RULES.map((code, index) => [code, index]));

/**
 * One SARIF 2.1.0 log with a result for each finding that failed or is undetermined. A log file with more of them than
 * GitHub takes holds failures before what is undetermined, and says that it is cut.
 */
export function sarifRenderer(header: ReportHeader): Renderer {
  /** Results that have to wait until it is known that failures leave room for them. */
  const undetermined: string[] = [];
  let written = 0;
  let found = 0;
  const write = (result: string): string => {
    written += 1;
    return `${written === 1 ? '\n' : ',\n'}${result}`;
  };
  return {
    begin: () => `${opening(header)}"results": [`,
    event(event) {
      let text = '';
      for (const record of recordsOf(event)) {
        if (record.effect === 'warning') continue;
        found += 1;
        if (record.effect === 'failed' && written < MAX_RESULTS) text += write(toSafeJson(toResult(record)));
        else if (record.effect === 'undetermined' && written + undetermined.length < MAX_RESULTS)
          undetermined.push(toSafeJson(toResult(record)));
      }
      return text;
    },
    end(summary) {
      const rest = undetermined
        .slice(0, MAX_RESULTS - written)
        .map(write)
        .join('');
      return `${rest}\n],\n${closing(header, summary, found - written)}\n}]}\n`;
    },
  };
}

function opening({ tool, controls = [] }: ReportHeader): string {
  const driver = {
    name: tool.name,
    version: tool.version,
    ...(/^\d+\.\d+\.\d+/.test(tool.version) && { semanticVersion: tool.version }),
    rules: RULES.map(toRule),
  };
  const taxonomies = controls.length === 0 ? '' : `"taxonomies": ${toSafeJson(toTaxonomies(controls))},\n`;
  return `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{\n"tool": ${toSafeJson({ driver })},\n${taxonomies}`;
}

function closing({ checkedAt }: ReportHeader, { outcome, totals, warnings }: ReportSummary, left: number): string {
  const note = `Only ${MAX_RESULTS} results are listed, failures first; ${left} more are in the JSON report of the run.`;
  const invocation = {
    executionSuccessful: true,
    startTimeUtc: formatInstant(checkedAt),
    ...(left > 0 && { toolExecutionNotifications: [{ level: 'warning', message: { text: note } }] }),
  };
  return `"invocations": ${toSafeJson([invocation])},\n"columnKind": "utf16CodeUnits",\n"properties": ${toSafeJson({ outcome, totals, warnings })}`;
}

const toRule = (code: FindingCode) => ({
  id: code,
  shortDescription: { text: code.replaceAll('-', ' ') },
  defaultConfiguration: { level: levelOf(code) },
  properties: {
    tags: ['cloudtrail', 'integrity', 'security'],
    precision: 'very-high',
    'security-severity': SEVERITY[levelOf(code)],
  },
});

const SEVERITY = { error: '9.0', warning: '5.0' } as const;

const levelOf = (code: FindingCode): 'error' | 'warning' => (FINDING_EFFECTS[code] === 'failed' ? 'error' : 'warning');

/** A taxonomy for each version of each standard. */
function toTaxonomies(controls: readonly Control[]): object[] {
  const taxonomies = new Map<string, { name: string; version: string; taxa: object[] }>();
  for (const control of controls) {
    const { standard: name, version, id, title } = control;
    const taxonomy = taxonomies.get(`${name} ${version}`) ?? { name, version, taxa: [] };
    taxonomy.taxa.push({ id, name: formatControl(control), shortDescription: { text: title } });
    taxonomies.set(`${name} ${version}`, taxonomy);
  }
  return [...taxonomies.values()];
}

function toResult(record: FindingRecord): object {
  const { finding, identity, words, subject } = record;
  return {
    ruleId: finding.code,
    ruleIndex: RULE_INDEX.get(finding.code),
    level: levelOf(finding.code),
    message: { text: toMessage(`${words.title}: ${subject}. ${words.meaning} Next: ${words.next}`) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(record) }, region: { startLine: 1 } },
        logicalLocations: [{ fullyQualifiedName: subject }],
      },
    ],
    // GitHub recognises results by the first alone.
    partialFingerprints: { primaryLocationLineHash: `${identity.slice(0, 16)}:1`, 'trailproofIdentity/v1': identity },
    properties: {
      ...(record.accountId !== undefined && { account: record.accountId }),
      ...(record.region !== undefined && { region: record.region }),
      ...(record.chain && { trail: record.chain.trailName, kind: record.chain.kind }),
    },
  };
}

/** Plain text may hold links (`[text](target)`) and placeholders (`{0}`); text from outside holds neither. */
const toMessage = (text: string): string => text.replaceAll('](', '] (').replace(/\{(\d+)\}/g, '{{$1}}');

/**
 * A relative reference: GitHub refuses a whole log for one URI of another scheme than its checkout's. The S3 URI is the
 * logical location.
 */
function uriOf({ place, chain }: FindingRecord): string {
  if (place) return toPath(place.bucket === '' ? place.key : `${place.bucket}/${place.key}`);
  return chain ? toPath(`cloudtrail/${chain.accountId}/${chain.region}/${chain.trailName}`) : 'cloudtrail';
}

const toPath = (text: string): string =>
  text
    .replace(/^\/+/, '')
    .split('/')
    .map((step) => (/^\.+$/.test(step) ? step.replaceAll('.', '%2E') : encodeURIComponent(step)))
    .join('/');
