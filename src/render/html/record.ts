import { totalOf } from '../../core/findings/outcome.js';
import type { PolicySummary } from '../../core/policy/parse-policy.js';
import { formatControl } from '../../core/report/controls.js';
import type { ReportHeader, ReportSummary } from '../../core/report/report.js';
import { countOf, formatBytes, formatNumber, policyInWords } from '../strings/numbers-and-times.js';
import { type Content, html, type Markup, names, time, withTimes } from './markup.js';
import { commandOf, limitsOf, selectionOf } from './request.js';

const METHOD = [
  'CloudTrail writes about every hour, for each trail, account and region, a digest file that lists the log files it delivered with their SHA-256 hashes. It signs each digest with RSA (PKCS #1 v1.5, SHA-256), together with the place of the digest and the signature of the digest before it.',
  'Each digest was read, and its name, place and signature were checked with a public key of CloudTrail for the region. Its link to the digest before it was checked by name, hash and signature.',
  'Each log file that a verified digest lists was read, uncompressed and hashed, and the hash was compared with the one in the digest. Logs of digests that are not verified were never counted as verified.',
  'Nothing was written to what was checked.',
];

/** Whatever the outcome, this is not shown by the files that were checked. */
const LIMITS = [
  'That CloudTrail recorded every event. What is shown is that the files are those that CloudTrail delivered.',
  'The times are those of delivery. An event may have happened some minutes before the hour in which it was delivered.',
  'Where a chain ends at a starting digest, later digests do not vouch for what came before it.',
  'Whether the public keys are those of AWS: they were taken from the source of keys named above, on which all trust rests.',
];

const GONE_ON =
  'It goes on from what the checkpoint remembers by then; without the checkpoint it verifies everything anew. Where there was a key for the checkpoint, or earlier time to recheck, that is to be added.';

/** What a person needs who keeps this page as a record, or certifies how it was made. */
export function recordSection(header: ReportHeader, summary: ReportSummary): Markup {
  const { tool, checkedAt, keySource } = header;
  const { totals } = summary;
  const command = commandOf(header);
  return html`<section aria-labelledby="record">
<h2 id="record">How it was checked</h2>
<dl class="record">
${row('Program', `${tool.name} ${tool.version}`)}
${row('Time of the check', time(checkedAt))}
${row('What was checked', names(header.request.sources))}
${row('Selection', selectionOf(header.request))}
${policyRows(header.request)}
${row('Read', `${countOf(totalOf(totals.digests), 'digest')} and ${countOf(totalOf(totals.logs), 'log')} in ${countOf(totalOf(totals.chains), 'chain')}, missing and unread ones included; ${formatBytes(totals.logBytes)} of logs hashed (${formatNumber(totals.logBytes)} bytes, uncompressed)`)}
${totals.queryResults && row('Saved query results', `${countOf(totalOf(totals.queryResults.exports), 'sign file')}, ${countOf(totalOf(totals.queryResults.files), 'result file')}; ${formatBytes(totals.queryResults.fileBytes)} hashed as delivered`)}
${row('Source of public keys', keySource === 'list-public-keys' ? 'asked of AWS during the check (CloudTrail ListPublicKeys)' : names([keySource]))}
${row('Public keys used', keyList(summary.keysUsed))}
${command === undefined ? undefined : row('Command that asks the same', [html`<code>${command}</code>`, header.request.checkpoint === undefined ? undefined : html`<p>${GONE_ON}</p>`])}
${
  header.controls &&
  row(
    'Evidence for controls',
    header.controls.map((control) => html`<p>${formatControl(control)}: ${control.title}</p>`),
  )
}
${row(
  'Method',
  METHOD.map((text) => html`<p>${text}</p>`),
)}
</dl>
</section>`;
}

/** What the check does not show: what was not asked for, and what files like these cannot show. */
export function limitSection(header: ReportHeader): Markup {
  return html`<section aria-labelledby="limits">
<h2 id="limits">What is not covered</h2>
<ul>
${[...limitsOf(header), ...LIMITS].map(
  (text) => html`<li>${withTimes(text)}</li>
`,
)}</ul>
</section>`;
}

/** Lines to fill in by hand, as a certification of records asks for them (in the United States: Federal Rules of Evidence 902(13) and (14)). */
export const certificationSection = (): Markup => html`<section class="certify" aria-labelledby="certify">
<h2 id="certify">For the person who certifies this record</h2>
<p>This page records how the files were checked and what came of it. It certifies nothing by itself. Where a certification is wanted, for example under Federal Rules of Evidence 902(13) and (14), the facts about the process stand under “How it was checked”; these are to be added by the person who makes it.</p>
<dl class="record">
${['Name, title, organization', 'Qualification', 'Where the files came from and who kept them', 'SHA-256 of this page as a file', 'Date and signature'].map((label) => row(label, html`<span class="fill"></span>`))}
</dl>
</section>`;

const row = (label: string | Markup, value: Content): Markup => html`<div><dt>${label}</dt><dd>${value}</dd></div>
`;

const policyRows = ({ policy, bySource = [] }: ReportHeader['request']): Content => [
  policy && row('Policy', policyOf(policy)),
  ...bySource.map((own) => own.policy && row(html`Policy of ${names([own.source])}`, policyOf(own.policy))),
];

const policyOf = (policy: PolicySummary): Content => [
  html`<p>${policyInWords(policy)}. What failed and was accepted did fail, and is counted as failed above.</p>`,
  ...Object.entries(policy.rules).map(([code, effect]) => html`<p><code>${code}</code>: ${effect}</p>`),
  html`<p>SHA-256: ${names([policy.sha256])}</p>`,
];

function keyList(keys: ReportSummary['keysUsed']): Content {
  if (keys.length === 0) return 'none';
  const byRegion = new Map<string, string[]>();
  for (const { region, fingerprint } of keys) byRegion.set(region, [...(byRegion.get(region) ?? []), fingerprint]);
  return [...byRegion].map(
    ([region, fingerprints]) => html`<p>${region}: ${names(fingerprints)}</p>
`,
  );
}
