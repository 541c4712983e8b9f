import type { Inspection } from '../../core/digest/inspect-document.js';
import { toS3Uri } from '../../core/objects/object-ref.js';
import { toReportedFinding } from '../../core/report/reported-finding.js';
import { formatInstant } from '../../core/time/instant.js';
import { escapeTerminal, toSafeJson } from '../strings/escape-terminal.js';

/** An inspection for people. It begins by saying that nothing was verified. */
export function renderInspection(inspection: Inspection): string {
  const { content, metadata, document } = inspection;
  const gzip =
    content.form === 'plain'
      ? 'not compressed'
      : `gzip${content.fault === undefined ? ', one whole member' : `, ${content.fault.replaceAll('-', ' ')}`}`;
  const rows: [string, string][] = [
    ['stored', `${content.storedSize} bytes, ${gzip}`],
    ['content', `${content.size} bytes`],
    ['SHA-256', content.sha256 ?? 'none: it cannot be inflated'],
    ...describeDocument(document),
    ...(metadata.signature === undefined ? [] : [['signature', metadata.signature] as [string, string]]),
    ...(metadata.signatureAlgorithm === undefined
      ? []
      : [['algorithm', metadata.signatureAlgorithm] as [string, string]]),
    ...(metadata.backfillGenerationTime === undefined
      ? []
      : [['generated', metadata.backfillGenerationTime] as [string, string]]),
  ];
  const body = rows.map(([name, value]) => `  ${name.padEnd(12)}${escapeTerminal(value)}\n`).join('');
  return `NOT VERIFIED: this is what the file says of itself.\n${body}${signingString(document)}`;
}

/** An inspection for a program, on one line. It says that nothing was verified. */
export const renderInspectionJson = ({ content, metadata, document }: Inspection): string =>
  `${toSafeJson({ verified: false, content, metadata, document: toPlainDocument(document) })}\n`;

/** Times as ISO 8601 text. */
function toPlainDocument(document: Inspection['document']): object {
  switch (document.type) {
    case 'broken-digest':
      return { ...document, findings: document.findings.map(toReportedFinding) };
    case 'digest': {
      const { start, end, endText: _, ...digest } = document.digest;
      return { ...document, digest: { ...digest, start: formatInstant(start), end: formatInstant(end) } };
    }
    default:
      return document;
  }
}

function describeDocument(document: Inspection['document']): [string, string][] {
  switch (document.type) {
    case 'unknown':
      return [['kind', 'neither a digest nor a log']];
    case 'broken-digest':
      return [
        ['kind', 'a malformed digest'],
        ...document.findings.map(({ code, args }): [string, string] => ['fault', `${code} ${JSON.stringify(args)}`]),
      ];
    case 'log':
      return [
        ['kind', `a log of ${document.records} records`],
        ...(document.firstEvent === undefined
          ? []
          : [['events', `${document.firstEvent} to ${document.lastEvent}`] as [string, string]]),
      ];
    case 'digest': {
      const { digest } = document;
      return [
        ['kind', digest.previous ? 'a digest' : 'a starting digest: it has no predecessor'],
        ['account', digest.accountId],
        ['covers', `${formatInstant(digest.start)} to ${formatInstant(digest.end)}`],
        ['place', toS3Uri(digest.place)],
        ['key', digest.keyFingerprint],
        ...(digest.previous
          ? [
              ['predecessor', toS3Uri(digest.previous)] as [string, string],
              ['its SHA-256', digest.previous.sha256] as [string, string],
            ]
          : []),
        ['logs', String(digest.logs.length)],
        ...digest.logs.map((log): [string, string] => ['', `${log.sha256} ${toS3Uri(log)}`]),
      ];
    }
  }
}

const signingString = (document: Inspection['document']): string =>
  document.type === 'digest'
    ? `  data-signing string:\n${document.signingString
        .split('\n')
        .map((line) => `    ${escapeTerminal(line)}\n`)
        .join('')}`
    : '';
