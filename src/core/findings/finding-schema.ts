import type { Argument, Arguments, JsonSchema } from './codes/arguments.js';
import { definitionOf, FINDING_CODES } from './codes/codes.js';
import { FINDING_KINDS } from './codes/define.js';

/** `report.schema.json`, completed with what follows from the definitions of findings. */
export function withFindings<Schema extends { readonly $defs?: object }>(schema: Schema): Schema {
  return { ...schema, $defs: { ...schema.$defs, ...findingSchemas() } };
}

/** The definitions of `report.schema.json` that no file holds. */
const findingSchemas = (): { readonly [name: string]: JsonSchema } => ({
  findingKind: {
    description: `What the finding is an instance of, whatever object it is about. ${kindsInWords()}`,
    enum: Object.keys(FINDING_KINDS),
  },
  code: { description: 'A code never changes its meaning.', enum: FINDING_CODES },
  findingArguments: { description: 'Each code has its own arguments.', oneOf: branches() },
});

const kindsInWords = (): string =>
  Object.entries(FINDING_KINDS)
    .map(([kind, meaning]) => `\`${kind}\`: ${meaning}`)
    .join(' ');

/** Codes with the same arguments share a branch. */
function branches(): readonly JsonSchema[] {
  const codes = new Map<string, string[]>();
  for (const code of FINDING_CODES) {
    const args = JSON.stringify(schemaOf(definitionOf(code).args));
    codes.set(args, [...(codes.get(args) ?? []), code]);
  }
  return [...codes].map(([args, sharing]) => ({ properties: { code: { enum: sharing }, args: JSON.parse(args) } }));
}

function schemaOf(args: Arguments): JsonSchema {
  const entries: readonly (readonly [string, Argument<unknown, unknown>])[] = Object.entries(args);
  const required = entries.filter(([, { isOptional }]) => !isOptional).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}
