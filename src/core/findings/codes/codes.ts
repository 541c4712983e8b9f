import { ATTRIBUTION, CHAIN, TRAIL } from './chain.js';
import type { FindingDefinition, ReportedValuesOf, ValuesOf } from './define.js';
import { DIGEST_FORM, DIGEST_PROOF } from './digest.js';
import { AUDIT, LOG, RECOVERY } from './log.js';
import { QUERY_RESULTS } from './query-results.js';
import { CHECKPOINT, POLICY, RUN } from './run.js';

/**
 * Every finding, by its code. A code is API: it never changes its meaning and is never used again for another. Types,
 * schema, effects, identity and the times of a report follow from here, and the tables over the codes elsewhere do not
 * compile without an entry for each.
 */
const DEFINITIONS = {
  ...DIGEST_FORM,
  ...DIGEST_PROOF,
  ...LOG,
  ...AUDIT,
  ...RECOVERY,
  ...ATTRIBUTION,
  ...CHAIN,
  ...TRAIL,
  ...QUERY_RESULTS,
  ...RUN,
  ...CHECKPOINT,
  ...POLICY,
};

type Definitions = typeof DEFINITIONS;

export type FindingCode = keyof Definitions;

/** The arguments of every finding code. Times are milliseconds since 1970, hashes and fingerprints lower-case hexadecimal. */
export type FindingArguments = { readonly [C in FindingCode]: ValuesOf<Definitions[C]['args'], FindingCode> };

/** The arguments of every finding code as they stand in a report: times are ISO 8601 text. */
export type ReportedArguments = { readonly [C in FindingCode]: ReportedValuesOf<Definitions[C]['args'], FindingCode> };

/** Every finding code. */
export const FINDING_CODES = Object.keys(DEFINITIONS) as readonly FindingCode[];

export const definitionOf = (code: FindingCode): FindingDefinition => DEFINITIONS[code];
