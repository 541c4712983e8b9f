import { describe, expect, expectTypeOf, it } from 'vitest';
import { definitionOf } from '../../../src/core/findings/codes/codes.js';
import {
  type Effect,
  FINDING_CODES,
  FINDING_EFFECTS,
  type Finding,
  type FindingArguments,
  type FindingCode,
  type FindingKind,
  finding,
  kindOf,
  outcomeOfFindings,
} from '../../../src/core/findings/finding.js';
import type { Outcome } from '../../../src/core/findings/outcome.js';

/**
 * Every code and what it does to the outcome. Both are promised to users: a code that is in this list is never taken
 * out, renamed or given another effect without a major version; new ones are added.
 */
const PROMISED: Readonly<Record<Exclude<Effect, 'accepted'>, readonly string[]>> = {
  failed: [
    'digest-missing',
    'digest-gzip-header-invalid',
    'digest-gzip-data-invalid',
    'digest-gzip-truncated',
    'digest-gzip-checksum-mismatch',
    'digest-gzip-length-mismatch',
    'digest-gzip-trailing-data',
    'digest-not-utf8',
    'digest-not-json',
    'digest-not-an-object',
    'digest-nested-too-deep',
    'digest-duplicate-key',
    'digest-field-missing',
    'digest-field-type-wrong',
    'digest-timestamp-invalid',
    'digest-interval-invalid',
    'digest-hash-malformed',
    'digest-fingerprint-malformed',
    'digest-signature-malformed',
    'digest-algorithm-unknown',
    'digest-link-incomplete',
    'digest-faults-limited',
    'digest-moved',
    'digest-name-mismatch',
    'digest-signature-invalid',
    'digest-signature-conflict',
    'digest-link-mismatch',
    'log-missing',
    'log-modified',
    'log-gzip-header-invalid',
    'log-gzip-data-invalid',
    'log-gzip-truncated',
    'log-gzip-checksum-mismatch',
    'log-gzip-length-mismatch',
    'log-gzip-trailing-data',
    'log-unreferenced',
    'chain-interval-lost',
    'chain-ends-early',
    'chain-newest-digest-deleted',
    'expected-digests-missing',
    'folder-without-digests',
    'chain-hourly-digests-missing',
    'query-sign-file-malformed',
    'query-algorithm-unknown',
    'query-faults-limited',
    'query-list-empty',
    'query-list-truncated',
    'query-file-name-unsafe',
    'query-signature-invalid',
    'query-file-missing',
    'query-file-modified',
    'checkpoint-chain-missing',
    'checkpoint-digest-unreached',
    'checkpoint-digest-changed',
  ],
  undetermined: [
    'digest-access-denied',
    'digest-archived',
    'digest-unavailable',
    'digest-too-large',
    'digest-signature-missing',
    'digest-key-unknown',
    'digest-keys-unavailable',
    'digest-key-unsuitable',
    'digest-logs-unverifiable',
    'log-day-absent',
    'log-access-denied',
    'log-archived',
    'log-unavailable',
    'log-too-large',
    'log-unaccounted',
    'chain-interval-undetermined',
    'chain-gap',
    'chain-ends-before-siblings',
    'chain-begins-late',
    'folder-access-denied',
    'folder-unavailable',
    'folder-second-copy',
    'folder-search-incomplete',
    'folder-without-digests-in-range',
    'folder-logs-alone',
    'folder-digests-misplaced',
    'selection-not-found',
    'relocation-unconfirmed',
    'nothing-found',
    'source-unavailable',
    'run-interrupted',
    'checkpoint-chain-unseen',
    'query-sign-file-missing',
    'query-sign-file-access-denied',
    'query-sign-file-archived',
    'query-sign-file-unavailable',
    'query-sign-file-too-large',
    'query-key-unknown',
    'query-keys-unavailable',
    'query-key-unsuitable',
    'query-files-unverifiable',
    'query-file-access-denied',
    'query-file-archived',
    'query-file-unavailable',
    'query-file-too-large',
  ],
  warning: [
    'digest-key-unrecognised',
    'digest-key-outside-validity',
    'digest-unlinked',
    'digest-interval-break',
    'log-in-gap',
    'log-pending',
    'log-key-unrecognised',
    'object-key-unsafe',
    'object-key-collides',
    'folder-logs-unvouched',
    'folder-leftovers',
    'folder-unrecognised',
    'folder-digests-pending',
    'objects-relocated',
    'relocation-unused',
    'setting-in-source',
    'objects-unpacked',
    'checkpoint-begun',
    'checkpoint-unauthenticated',
    'checkpoint-earlier-failures',
    'digest-recovered',
    'log-recovered',
    'object-versions-unmatched',
    'object-versions-unavailable',
    'chain-begins-unanchored',
    'chain-stopped',
    'chain-end-late',
    'chain-newest-digest-old',
    'chain-sibling-missing',
    'trail-not-logging',
    'trail-delivery-failing',
    'trail-status-unavailable',
    'folder-names-limited',
    'organization-accounts-unavailable',
    'organization-account-left',
    'public-key-fingerprint-mismatch',
    'public-key-unreadable',
    'query-folder-not-listed',
    'query-file-unlisted',
    'attribution-event',
    'attribution-none',
    'attribution-limited',
    'policy-exception-expired',
  ],
};
const RUN = { type: 'run' } as const;

/** A finding of that code; its arguments decide nothing. */
const findingOf = (code: FindingCode): Finding => ({ code, subject: RUN, args: {} }) as Finding;

describe('the findings', () => {
  it('are those promised, each with its effect', () => {
    const promised = Object.entries(PROMISED).flatMap(([effect, codes]) => codes.map((code) => [code, effect]));
    expect(FINDING_EFFECTS).toEqual(Object.fromEntries(promised));
    expect(FINDING_CODES).toHaveLength(promised.length);
  });

  it('are listed whole', () => {
    expect([...FINDING_CODES].sort()).toEqual(Object.values(PROMISED).flat().sort());
    expectTypeOf<keyof typeof FINDING_EFFECTS>().toEqualTypeOf<keyof FindingArguments>();
  });

  it('have names in small letters', () => {
    for (const code of FINDING_CODES) expect(code).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)+$/);
  });
});

describe('finding', () => {
  it('is what it is given', () => {
    const subject = { type: 'digest', bucket: 'b', key: 'k' } as const;
    expect(finding('digest-field-missing', subject, { field: 'x' })).toEqual({
      code: 'digest-field-missing',
      subject,
      args: { field: 'x' },
    });
  });
});

describe('outcomeOfFindings', () => {
  it.each<[Outcome, FindingCode[]]>([
    ['verified', []],
    ['verified', ['chain-end-late']],
    ['verified', ['chain-end-late', 'digest-unlinked']],
    ['undetermined', ['log-archived']],
    ['undetermined', ['log-archived', 'chain-end-late']],
    ['undetermined', ['chain-end-late', 'log-archived']],
    ['failed', ['log-missing']],
    ['failed', ['log-missing', 'log-archived', 'chain-end-late']],
    ['failed', ['chain-end-late', 'log-archived', 'log-missing']],
  ])('is %s for %j', (outcome, codes) => {
    expect(outcomeOfFindings(codes.map(findingOf))).toBe(outcome);
  });

  it.each(FINDING_CODES)('of %s alone is its effect', (code) => {
    const effect = FINDING_EFFECTS[code];
    expect(outcomeOfFindings([findingOf(code)])).toBe(effect === 'warning' ? 'verified' : effect);
  });
});

describe('the kind of a finding', () => {
  const kindsOf = (pattern: RegExp) => [...new Set(FINDING_CODES.filter((code) => pattern.test(code)).map(kindOf))];

  it.each<[FindingKind, RegExp]>([
    ['changed', /-modified$|-gzip-|-signature-invalid$|-malformed$|^checkpoint-digest-changed$/],
    ['missing', /^(?:digest|log|query-file|query-sign-file)-missing$|^chain-interval-lost$|^chain-ends-early$/],
    ['unreadable', /-access-denied$|-archived$|-too-large$|^(?:digest|log|folder|source)-unavailable$/],
    ['unproven', /-key-unknown$|-keys-unavailable$|-unverifiable$|^digest-signature-missing$/],
    ['unvouched', /-unlisted$|-unreferenced$|-unvouched$|^log-pending$/],
    ['gap', /^chain-(?:gap|stopped|begins-late)$/],
    ['history', /^attribution-|-recovered$/],
    ['run', /^run-|^relocation-|^policy-|^checkpoint-begun$/],
  ])('is %s for every code like %s', (kind, pattern) => {
    expect(kindsOf(pattern)).toEqual([kind]);
  });

  it('leaves no failure to the kinds that prove nothing', () => {
    const failing = FINDING_CODES.filter((code) => FINDING_EFFECTS[code] === 'failed').map(kindOf);
    expect(new Set(failing)).toEqual(new Set(['changed', 'missing', 'unvouched']));
  });
});

it('every code is summarised in a sentence of its own', () => {
  const summaries = FINDING_CODES.map((code) => definitionOf(code).summary);
  expect(summaries.filter((summary) => !/^[A-Z][^.]*\.$/.test(summary))).toEqual([]);
  expect(new Set(summaries).size).toBe(FINDING_CODES.length);
});
