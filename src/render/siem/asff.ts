import type { Effect } from '../../core/findings/finding.js';
import { identityOfChain, identityOfResults } from '../../core/findings/finding-identity.js';
import type { Outcome } from '../../core/findings/outcome.js';
import { totalOf } from '../../core/findings/outcome.js';
import { formatChainId } from '../../core/objects/chain-id.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import { partitionOf } from '../../core/objects/partition.js';
import { formatControl } from '../../core/report/controls.js';
import type { ReportHeader } from '../../core/report/report.js';
import type { ChainReport, QueryResultsEvent } from '../../core/report/verify-events.js';
import { formatInstant } from '../../core/time/instant.js';
import { factPhrases } from '../lines/finding-facts.js';
import { nameOf, placeOf } from '../lines/finding-lines.js';
import { cut, type FindingRecord, recordsOf } from '../lines/finding-record.js';
import type { Renderer } from '../renderer.js';
import { escapeStrings } from '../strings/escape-strings.js';
import { toSafeJson } from '../strings/escape-terminal.js';
import { countOf } from '../strings/numbers-and-times.js';
import { toObjectArn } from './object-arn.js';

/** What BatchImportFindings takes in one call. */
const BATCH = 100;
/** Longest texts, in characters. */
const MAX = {
  title: 256,
  description: 1024,
  resource: 512,
  recommendation: 512,
  requirement: 64,
  field: 2048,
} as const;
const TYPE = 'Software and Configuration Checks/AWS Security Best Practices';

const SEVERITY = {
  verified: 'INFORMATIONAL',
  accepted: 'INFORMATIONAL',
  warning: 'LOW',
  undetermined: 'MEDIUM',
  failed: 'HIGH',
} as const satisfies {
  readonly [E in Effect | Outcome]: string;
};
const COMPLIANCE = {
  verified: 'PASSED',
  accepted: 'WARNING',
  warning: 'WARNING',
  undetermined: 'WARNING',
  failed: 'FAILED',
} as const satisfies {
  readonly [E in Effect | Outcome]: string;
};

/** Where a finding is to be imported. */
interface Home {
  readonly accountId: string;
  readonly region: string;
}

/** What differs from finding to finding. */
interface Entry {
  readonly identity: string;
  readonly effect: Effect | Outcome;
  readonly generator: string;
  readonly title: string;
  readonly description: string;
  readonly resource: { readonly Type: string; readonly Id: string };
  readonly recommendation?: string;
  /** Why it is accepted. */
  readonly acceptance?: string;
}

/**
 * AWS Security Finding Format: one input of BatchImportFindings to a line, of at most 100 findings of one account and
 * region, the ones whose trail it is about. What belongs to no account is told to the one last spoken of.
 */
export function asffRenderer(header: ReportHeader): Renderer {
  const { accounts, regions } = header.request;
  let home: Home = { accountId: accounts?.[0] ?? '000000000000', region: regions?.[0] ?? 'us-east-1' };
  let batch: object[] = [];
  const flush = (): string => {
    if (batch.length === 0) return '';
    const text = `${toSafeJson({ Findings: batch })}\n`;
    batch = [];
    return text;
  };
  const add = (entry: Entry, next: Home): string => {
    const isFull = batch.length === BATCH;
    const text = isFull || next.accountId !== home.accountId || next.region !== home.region ? flush() : '';
    home = next;
    batch.push(toFinding(entry, home, header));
    return text;
  };
  return {
    begin: () => '',
    event(event) {
      let text = '';
      for (const record of recordsOf(event)) {
        const { accountId = home.accountId, region = home.region } = record;
        text += add(findingEntry(record, region), { accountId, region });
      }
      if (event.type === 'chain') text += add(chainEntry(event.report), event.report.chain);
      if (event.type === 'query-results') {
        const { accountId = home.accountId, region = home.region } = escapeStrings(event);
        text += add(resultsEntry(event, region), { accountId, region });
      }
      return text;
    },
    end: flush,
  };
}

function findingEntry(record: FindingRecord, region: string): Entry {
  const { identity, effect, words, facts, finding, subject, place, acceptance } = record;
  return {
    identity,
    effect,
    generator: finding.code,
    title: `CloudTrail integrity: ${acceptance === undefined ? '' : 'accepted: '}${finding.code}: ${words.title}`,
    description: `${acceptance === undefined ? '' : `Accepted ${acceptance}. `}${words.meaning} (${[subject, ...factPhrases(facts)].join('; ')})`,
    ...(acceptance !== undefined && { acceptance }),
    resource: place ? resourceOf(place, region) : { Type: 'Other', Id: subject },
    recommendation: words.next,
  };
}

function chainEntry(raw: ChainReport): Entry {
  const { chain, outcome, digests, logs, accepted } = escapeStrings(raw);
  const counts = [digests, logs].map(({ verified }) => verified);
  const of = `${counts[0]} of ${countOf(totalOf(digests), 'digest')} and ${counts[1]} of ${countOf(totalOf(logs), 'log')} are verified`;
  return {
    identity: identityOfChain(raw.chain),
    effect: outcome,
    generator: 'chain',
    title: `CloudTrail integrity: ${outcome}: ${nameOf(chain)}`,
    description: `${nameOf(chain)}: ${of}${accepted === undefined ? '' : `, with ${countOf(accepted, 'accepted finding')}`}.`,
    resource: { Type: 'Other', Id: formatChainId(chain) },
  };
}

function resultsEntry(raw: QueryResultsEvent, region: string): Entry {
  const { ref, outcome, files } = escapeStrings(raw);
  return {
    identity: identityOfResults(raw.ref),
    effect: outcome,
    generator: 'query-results',
    title: `CloudTrail integrity: ${outcome}: query results`,
    description: `Saved query results ${placeOf(ref)}: ${countOf(files.length, 'file')}.`,
    resource: resourceOf(ref, region),
  };
}

/** An object of S3, or a file of a copy that does not say its bucket. */
const resourceOf = (place: ObjectRef, region: string): Entry['resource'] =>
  place.bucket === '' ? { Type: 'Other', Id: place.key } : { Type: 'AwsS3Object', Id: toObjectArn(place, region) };

function toFinding(entry: Entry, { accountId, region }: Home, { tool, checkedAt, controls }: ReportHeader): object {
  const time = formatInstant(checkedAt);
  const partition = partitionOf(region);
  return {
    SchemaVersion: '2018-10-08',
    Id: `trailproof/${entry.identity}`,
    ProductArn: `arn:${partition}:securityhub:${region}:${accountId}:product/${accountId}/default`,
    // The workflow is not set to suppressed: no later import could set it back when the exception has expired.
    ProductFields: {
      'trailproof/version': tool.version,
      ...(entry.acceptance !== undefined && { 'trailproof/accepted': cut(entry.acceptance, MAX.field) }),
    },
    GeneratorId: `trailproof/${entry.generator}`,
    AwsAccountId: accountId,
    Types: [TYPE],
    CreatedAt: time,
    UpdatedAt: time,
    Severity: { Label: SEVERITY[entry.effect] },
    Title: cut(entry.title, MAX.title),
    Description: cut(entry.description, MAX.description),
    ...(entry.recommendation !== undefined && {
      Remediation: { Recommendation: { Text: cut(entry.recommendation, MAX.recommendation) } },
    }),
    Resources: [{ ...entry.resource, Id: cut(entry.resource.Id, MAX.resource), Partition: partition, Region: region }],
    Compliance: {
      Status: COMPLIANCE[entry.effect],
      ...(controls && { RelatedRequirements: controls.map((control) => cut(formatControl(control), MAX.requirement)) }),
    },
    RecordState: 'ACTIVE',
  };
}
