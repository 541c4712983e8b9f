import type { Effect } from '../../core/findings/finding.js';
import { identityOfChain, identityOfResults } from '../../core/findings/finding-identity.js';
import type { Outcome } from '../../core/findings/outcome.js';
import { partitionOf } from '../../core/objects/partition.js';
import { type Control, formatControl } from '../../core/report/controls.js';
import type { ReportHeader } from '../../core/report/report.js';
import type { ChainReport, QueryResultsEvent, VerifyEvent } from '../../core/report/verify-events.js';
import { addCoverage, formatTotals, noCoverage } from '../lines/coverage-lines.js';
import { nameOf, placeOf } from '../lines/finding-lines.js';
import { type FindingRecord, recordsOf } from '../lines/finding-record.js';
import type { Renderer } from '../renderer.js';
import { escapeStrings } from '../strings/escape-strings.js';
import { toSafeJson } from '../strings/escape-terminal.js';
import { countOf, formatTimes } from '../strings/numbers-and-times.js';
import { TAMPERING } from './attack-technique.js';

const OCSF_VERSION = '1.6.0';
const FINDINGS = { category_uid: 2, category_name: 'Findings' } as const;
const SUPPRESSED = { status_id: 3, status: 'Suppressed' } as const;
const CREATE = { activity_id: 1, activity_name: 'Create' } as const;
const COMPLIANCE_FINDING = 2003;
const DETECTION_FINDING = 2004;

const SEVERITIES = {
  verified: { severity_id: 1, severity: 'Informational' },
  accepted: { severity_id: 1, severity: 'Informational' },
  warning: { severity_id: 2, severity: 'Low' },
  undetermined: { severity_id: 3, severity: 'Medium' },
  failed: { severity_id: 4, severity: 'High' },
} as const satisfies { readonly [E in Effect | Outcome]: object };

const STATUSES = {
  verified: { status_id: 1, status: 'Pass' },
  accepted: { status_id: 2, status: 'Warning' },
  warning: { status_id: 2, status: 'Warning' },
  undetermined: { status_id: 2, status: 'Warning' },
  failed: { status_id: 3, status: 'Fail' },
} as const satisfies { readonly [E in Effect | Outcome]: object };

/**
 * OCSF 1.6 events, one JSON object to a line: a compliance finding (2003) for each finding and for what each chain or query came to,
 * and a detection finding (2004) beside it where it is proven that an object was altered or removed after delivery. What a
 * policy accepts is a suppressed compliance finding and no detection.
 */
export function ocsfRenderer(header: ReportHeader): Renderer {
  return {
    begin: () => '',
    event(event) {
      const events = [
        ...recordsOf(event).flatMap((record) => findingEvents(record, header)),
        ...verdicts(event, header),
      ];
      return events.map((item) => `${toSafeJson(item)}\n`).join('');
    },
    end: () => '',
  };
}

function findingEvents(record: FindingRecord, header: ReportHeader): object[] {
  const { effect, words, identity, accountId, region, finding, acceptance } = record;
  const about = {
    ...SEVERITIES[effect],
    ...baseOf(header, accountId, region),
    ...(acceptance !== undefined && { ...SUPPRESSED, comment: `Accepted ${acceptance}` }),
    message: `${words.title}: ${record.subject}`,
    resources: [resourceOf(record)],
    remediation: { desc: words.next },
    unmapped: { code: finding.code, effect, ...finding.args, ...(finding.accepted && { accepted: finding.accepted }) },
  };
  const info = { uid: identity, title: `${finding.code}: ${words.title}`, desc: words.meaning, ...timesOf(header) };
  const analytic = { uid: finding.code, name: finding.code, type: 'Rule', type_id: 1 };
  const compliance = {
    ...about,
    ...classOf(COMPLIANCE_FINDING),
    compliance: { ...complianceOf(header.controls), ...STATUSES[effect], status_details: [words.meaning] },
    finding_info: { ...info, analytic },
  };
  const tampering = TAMPERING[finding.code];
  if (!tampering || effect === 'accepted') return [compliance];
  const { technique, confidence } = tampering;
  const detection = {
    ...about,
    ...classOf(DETECTION_FINDING),
    ...confidence,
    is_alert: true,
    finding_info: { ...info, uid: `${identity}-detection`, analytic, attacks: [{ technique }] },
    evidences: [{ data: { subject: record.subject, ...finding.args } }],
  };
  return [compliance, detection];
}

/** What a chain or saved query results came to, as one compliance finding that a later run updates. */
function verdicts(event: VerifyEvent, header: ReportHeader): object[] {
  if (event.type === 'chain') return [chainVerdict(event.report, header)];
  return event.type === 'query-results' ? [resultsVerdict(event, header)] : [];
}

function chainVerdict(raw: ChainReport, header: ReportHeader): object {
  const { chain, outcome, digests, logs, coverage, asked, accepted } = escapeStrings(raw);
  const name = nameOf(chain);
  const time = noCoverage();
  addCoverage(time, coverage);
  const desc = `${name}, ${formatTimes(asked)}. Time: ${formatTotals(time) || 'none'}.`;
  return verdict(
    outcome,
    {
      uid: identityOfChain(raw.chain),
      name,
      desc,
      counts: { digests, logs, ...(accepted !== undefined && { accepted }) },
    },
    header,
    {
      ...chain,
      resource: { uid: name, name: chain.trailName, type: 'CloudTrail digest chain', region: chain.region },
    },
  );
}

function resultsVerdict(raw: QueryResultsEvent, header: ReportHeader): object {
  const { ref, accountId, region, outcome, files } = escapeStrings(raw);
  const name = `query results ${placeOf(ref)}`;
  const desc = `${name}, ${countOf(files.length, 'file')}.`;
  return verdict(outcome, { uid: identityOfResults(raw.ref), name, desc, counts: {} }, header, {
    ...(accountId !== undefined && { accountId }),
    ...(region !== undefined && { region }),
    resource: { uid: placeOf(ref), name: ref.key, type: 'S3 Object' },
  });
}

function verdict(
  outcome: Outcome,
  what: { readonly uid: string; readonly name: string; readonly desc: string; readonly counts: object },
  header: ReportHeader,
  where: { readonly accountId?: string; readonly region?: string; readonly resource: object },
): object {
  return {
    ...SEVERITIES[outcome],
    ...baseOf(header, where.accountId, where.region),
    ...classOf(COMPLIANCE_FINDING),
    message: `${what.name}: ${outcome}`,
    compliance: { ...complianceOf(header.controls), ...STATUSES[outcome], status_details: [outcome] },
    finding_info: {
      uid: what.uid,
      title: `CloudTrail log integrity: ${outcome}`,
      desc: what.desc,
      ...timesOf(header),
    },
    resources: [where.resource],
    unmapped: { outcome, ...what.counts },
  };
}

const classOf = (uid: typeof COMPLIANCE_FINDING | typeof DETECTION_FINDING) => ({
  ...FINDINGS,
  ...CREATE,
  class_uid: uid,
  class_name: uid === COMPLIANCE_FINDING ? 'Compliance Finding' : 'Detection Finding',
  type_uid: uid * 100 + CREATE.activity_id,
});

const timesOf = ({ checkedAt }: ReportHeader) => ({ created_time: checkedAt, last_seen_time: checkedAt });

function baseOf({ tool, checkedAt }: ReportHeader, accountId: string | undefined, region: string | undefined): object {
  return {
    time: checkedAt,
    status_id: 1,
    status: 'New',
    metadata: {
      version: OCSF_VERSION,
      product: { name: tool.name, vendor_name: tool.name, version: tool.version },
      profiles: ['cloud'],
    },
    cloud: {
      provider: 'AWS',
      ...(region !== undefined && { region, cloud_partition: partitionOf(region) }),
      ...(accountId !== undefined && { account: { uid: accountId, type_id: 10, type: 'AWS Account' } }),
    },
  };
}

const complianceOf = (controls: readonly Control[] = []): object => ({
  control: 'CloudTrail log file integrity validation',
  standards:
    controls.length === 0
      ? ['AWS CloudTrail log file integrity validation']
      : [...new Set(controls.map(({ standard, version }) => `${standard} ${version}`))],
  ...(controls.length > 0 && { requirements: controls.map(formatControl) }),
});

function resourceOf({ place, chain, subject, finding, region }: FindingRecord): object {
  return {
    uid: place ? placeOf(place) : subject,
    name: place ? place.key : (chain?.trailName ?? subject),
    type: place ? 'S3 Object' : finding.subject.type,
    ...(region !== undefined && { region }),
  };
}
