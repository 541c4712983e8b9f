import { type Effect, FINDING_CODES, FINDING_EFFECTS, type FindingCode } from '../../core/findings/finding.js';
import { RULE_EFFECTS } from '../../core/policy/parse-policy.js';
import { type Control, formatControl } from '../../core/report/controls.js';
import type { ReportHeader, ReportSummary } from '../../core/report/report.js';
import { formatInstant } from '../../core/time/instant.js';
import { factPhrases } from '../lines/finding-facts.js';
import { type FindingRecord, recordsOf } from '../lines/finding-record.js';
import type { Renderer } from '../renderer.js';
import { toSafeJson } from '../strings/escape-terminal.js';
import { LEVELS, toRule } from './sarif-rules.js';

/** GitHub takes no more results in a run. */
const MAX_RESULTS = 25_000;

/** What findings of a code do to the outcome, unless an exception applies. */
type EffectOfCode = (code: FindingCode) => Effect;

/**
 * One SARIF 2.1.0 log with a result for each finding that failed or is undetermined, and a suppressed one for each that a
 * policy accepts but for warnings. A log file with more of them than GitHub takes holds failures before what is
 * undetermined and that before what is accepted, and says that it is cut.
 */
export function sarifRenderer(header: ReportHeader): Renderer {
  const effectOfCode = underPolicy(header);
  const rules = FINDING_CODES.filter((code) => isResult(effectOfCode(code)));
  const indices = new Map<FindingCode, number>(rules.map((code, index) => [code, index]));
  /** Results that have to wait until it is known that failures leave room for them. */
  const waiting: { readonly undetermined: string[]; readonly accepted: string[] } = { undetermined: [], accepted: [] };
  let written = 0;
  let found = 0;
  const write = (result: string): string => {
    written += 1;
    return `${written === 1 ? '\n' : ',\n'}${result}`;
  };
  return {
    begin: () => `${opening(header, rules, effectOfCode)}"results": [`,
    event(event) {
      let text = '';
      for (const record of recordsOf(event)) {
        const { effect } = record;
        const ruleIndex = indices.get(record.finding.code);
        if (effect === 'warning' || (effect === 'accepted' && ruleIndex === undefined)) continue;
        found += 1;
        const hasRoom = written + (effect === 'failed' ? 0 : waiting[effect].length) < MAX_RESULTS;
        if (!hasRoom) continue;
        const result = toSafeJson(toResult(record, ruleIndex));
        if (effect === 'failed') text += write(result);
        else waiting[effect].push(result);
      }
      return text;
    },
    end(summary) {
      const rest = [...waiting.undetermined, ...waiting.accepted]
        .slice(0, MAX_RESULTS - written)
        .map(write)
        .join('');
      return `${rest}\n],\n${closing(header, summary, found - written)}\n}]}\n`;
    },
  };
}

/** A code is of interest where it would count without an exception. */
const isResult = (effect: Effect): boolean => effect !== 'warning';

/** The worst of what the policies of the sources say. */
function underPolicy({ request }: ReportHeader): EffectOfCode {
  const policies = [request.policy, ...(request.bySource ?? []).map(({ policy }) => policy)];
  const rules = policies.flatMap((policy) => (policy ? [policy.rules] : []));
  return (code) => {
    const effects = rules.map(({ [code]: rule }) => (rule ? RULE_EFFECTS[rule] : FINDING_EFFECTS[code]));
    const order = ['failed', 'undetermined', 'accepted', 'warning'] as const;
    return order.find((effect) => effects.includes(effect)) ?? FINDING_EFFECTS[code];
  };
}

function opening(header: ReportHeader, rules: readonly FindingCode[], effectOfCode: EffectOfCode): string {
  const { tool, controls = [] } = header;
  const driver = {
    name: tool.name,
    version: tool.version,
    ...(/^\d+\.\d+\.\d+/.test(tool.version) && { semanticVersion: tool.version }),
    rules: rules.map((code) => toRule(code, effectOfCode(code))),
  };
  const taxonomies = controls.length === 0 ? '' : `"taxonomies": ${toSafeJson(toTaxonomies(controls))},\n`;
  return `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{\n"tool": ${toSafeJson({ driver })},\n"automationDetails": ${toSafeJson({ id: automationId(header) })},\n${taxonomies}`;
}

/**
 * What was verified, and when: `trailproof/s3/audit-logs/2026-11-20T12:00:00Z`. GitHub takes all but the last step for the
 * category, and closes the alerts of a category that its next log file does not have.
 */
function automationId({ request, checkedAt }: ReportHeader): string {
  const { sources, trailArn, accounts = [], regions = [], trails = [] } = request;
  const chosen = [...sources, ...(trailArn === undefined ? [] : [trailArn]), ...accounts, ...regions, ...trails];
  const steps = chosen.flatMap((choice) => choice.replace(':/', '').split(/[/\\]/)).filter((step) => step !== '');
  return ['trailproof', ...steps, formatInstant(checkedAt)].join('/');
}

function closing(
  { checkedAt }: ReportHeader,
  { outcome, totals, warnings, accepted }: ReportSummary,
  left: number,
): string {
  const note = `Only ${MAX_RESULTS} results are listed, failures first; ${left} more are in the JSON report of the run.`;
  const invocation = {
    executionSuccessful: true,
    startTimeUtc: formatInstant(checkedAt),
    ...(left > 0 && { toolExecutionNotifications: [{ level: 'warning', message: { text: note } }] }),
  };
  return `"invocations": ${toSafeJson([invocation])},\n"columnKind": "utf16CodeUnits",\n"properties": ${toSafeJson({ outcome, totals, warnings, ...(accepted !== undefined && { accepted }) })}`;
}

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

function toResult(record: FindingRecord, ruleIndex: number | undefined): object {
  const { finding, effect, identity, words, facts, subject, acceptance } = record;
  return {
    ruleId: finding.code,
    ...(ruleIndex !== undefined && { ruleIndex }),
    level: LEVELS[effect],
    message: {
      text: toMessage(
        `${[`${words.title}: ${subject}`, ...factPhrases(facts)].join('; ')}. ${words.meaning} Next: ${words.next}`,
      ),
    },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(record) }, region: { startLine: 1 } },
        logicalLocations: [{ fullyQualifiedName: subject }],
      },
    ],
    // GitHub recognises results by the first alone.
    partialFingerprints: { primaryLocationLineHash: `${identity.slice(0, 16)}:1`, 'trailproofIdentity/v1': identity },
    ...(acceptance !== undefined && {
      suppressions: [{ kind: 'external', status: 'accepted', justification: `Accepted ${acceptance}` }],
    }),
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
