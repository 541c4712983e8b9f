import { type FindingPolicy, type PolicyDefinition, parsePolicy } from '../core/policy/parse-policy.js';
import {
  type ConfigDocument,
  checkDocument,
  type FieldPath,
  plainDocument,
  readConfigDocument,
  readSchema,
} from './config-document.js';

/** Reads a policy from a file in YAML or JSON. @throws {UsageError} that names file, line and field */
export const readPolicy = async (path: string): Promise<FindingPolicy> => policyOf(await readConfigDocument(path));

/** Makes a policy of plain data. @throws {UsageError} that names the field */
export const toPolicy = async (definition: PolicyDefinition): Promise<FindingPolicy> =>
  policyOf(plainDocument('policy', definition));

/**
 * The policy that is written somewhere in a document, the shape of which a schema has confirmed.
 * @param at where it stands
 * @throws {UsageError} when it says what no policy may
 */
export function policyIn(document: ConfigDocument, definition: PolicyDefinition, at: FieldPath): FindingPolicy {
  const parsed = parsePolicy(definition);
  if ('policy' in parsed) return parsed.policy;
  throw document.refuse(parsed.faults.map((fault) => ({ ...fault, at: [...at, ...fault.at] })));
}

/** The policy that a document holds and nothing else. @throws {UsageError} */
export async function policyOf(document: ConfigDocument): Promise<FindingPolicy> {
  const [schema, report] = await Promise.all([readSchema('policy'), readSchema('report')]);
  return policyIn(document, await checkDocument<PolicyDefinition>(document, schema, [report]), []);
}
