import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Alias, Document } from 'yaml';
import { readInput } from '../adapters/local/input-file.js';
import { decodeSavedText } from '../core/encoding/decode-saved-text.js';
import { withFindings } from '../core/findings/finding-schema.js';
import { UsageError } from './errors/usage-error.js';

/** More than anyone writes by hand. */
const MAX_SIZE = 1024 * 1024;
/** Faults that are told at once. */
const MAX_FAULTS = 10;
/** Values that are offered in a message. */
const MAX_LISTED = 20;
/** Of a value that is shown in a message, in characters. */
const MAX_SHOWN = 80;

/** Where in a document: names of fields and indices of lists, from the outermost. */
export type FieldPath = readonly (string | number)[];

/** Something that a document must not hold. */
export interface Fault {
  readonly at: FieldPath;
  readonly message: string;
}

/** Settings as someone wrote them, which still know where each of them stands. */
export interface ConfigDocument {
  /** Plain data. Nothing is known of its shape. */
  readonly value: unknown;
  /** Where something stands, and what it is called: `trailproof.yaml, line 3: sources[0].from`. */
  nameOf(at: FieldPath): string;
  /** The first faults as one error, each on a line that names the file, the line and the field. */
  refuse(faults: readonly Fault[]): UsageError;
}

/**
 * Reads a file of settings in YAML 1.2 or JSON. Twelve digits are an account id, and so a text, quoted or not; times are
 * texts as well. A field that stands twice, an unknown tag and a second document are refused.
 * @throws {UsageError} when there is no such file, or it is neither
 */
export async function readConfigDocument(path: string): Promise<ConfigDocument> {
  return parseConfigDocument(path, await readText(path));
}

/** As {@link readConfigDocument}, of a text that was read already. @param name of the file, for messages */
export async function parseConfigDocument(name: string, text: string): Promise<ConfigDocument> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const lineAt = (offset: number) => lines.linePos(offset).line;
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      customTags: (tags) => [ACCOUNT_ID, ...tags],
    });
    const [fault] = [...document.errors, ...document.warnings];
    if (fault) throw new UsageError(`${name}, line ${lineAt(fault.pos[0])}: ${fault.message}`);
    const circle = await circularAlias(document);
    if (circle) {
      const line = lineAt(circle.range?.[0] ?? 0);
      throw new UsageError(`${name}, line ${line}: the alias *${circle.source} stands within what it names`);
    }
    const value: unknown = document.toJS();
    const offsetOf = await offsetFinder(document);
    return namedDocument(value, (at) => `${name}, line ${lineAt(offsetOf(at))}`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // Nested too deep, or too many aliases.
    throw new UsageError(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Settings that come as plain data, from a program. @param name of what they are, for messages */
export const plainDocument = (name: string, value: unknown): ConfigDocument => namedDocument(value, () => name);

function namedDocument(value: unknown, placeOf: (at: FieldPath) => string): ConfigDocument {
  const nameOf = (at: FieldPath): string => [placeOf(at), ...(at.length > 0 ? [formatField(at)] : [])].join(': ');
  return { value, nameOf, refuse: (faults) => refusal(faults, nameOf) };
}

/** Compiling a schema takes a tenth of a second: a process that reads many documents does it once. */
const compiled = new WeakMap<object, Promise<ValidateFunction>>();

/**
 * The value of a document, whose shape a JSON Schema has confirmed. The schema is compiled when it is first given.
 * @param references schemas that it refers to, by their `$id`: the same ones each time
 * @throws {UsageError} that tells the faults, by line and field
 */
export async function checkDocument<T>(
  document: ConfigDocument,
  schema: object,
  references: readonly object[] = [],
): Promise<T> {
  const compiling = compiled.get(schema) ?? compile(schema, references);
  compiled.set(schema, compiling);
  const validate = await compiling;
  const { value } = document;
  if (validate(value)) return value as T;
  throw document.refuse((validate.errors ?? []).filter(isTold).map((error) => toFault(error, value)));
}

async function compile(schema: object, references: readonly object[]): Promise<ValidateFunction> {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  // The schemas are our own, and tested. Optimizing the code takes four times as long as making it.
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    validateSchema: false,
    code: { optimize: false },
  });
  for (const each of references) ajv.addSchema(each);
  return ajv.compile(schema);
}

const schemas = new Map<string, Promise<object>>();

/**
 * A JSON Schema of the package, by the name of its file before `.schema.json`: the same object each time. Code that was
 * bundled finds it in the package.
 * @throws {UsageError} where neither is there
 */
export function readSchema(name: string): Promise<object> {
  const reading = schemas.get(name) ?? loadSchema(name);
  schemas.set(name, reading);
  return reading;
}

async function loadSchema(name: string): Promise<object> {
  const file = `${name}.schema.json`;
  const beside = fileURLToPath(new URL(`../core/schemas/${file}`, import.meta.url));
  const schema = JSON.parse(await readFile(existsSync(beside) ? beside : schemaOfPackage(file), 'utf8'));
  return name === 'report' ? withFindings(schema) : schema;
}

function schemaOfPackage(file: string): string {
  try {
    return createRequire(import.meta.url).resolve(`trailproof/${file}`);
  } catch (error) {
    throw new UsageError(`${file} is missing: install the package trailproof where this bundle runs`, { cause: error });
  }
}

/** `exceptions[2].until`; empty for the whole. A name from outside that is no plain word is quoted. */
export const formatField = (path: FieldPath): string =>
  path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${/^[\w-]+$/.test(step) ? step : shown(step)}`))
    .join('')
    .replace(/^\./, '');

/** For yaml's list of tags: what a plain scalar of twelve digits is. A number would lose the zeros before it. */
const ACCOUNT_ID = {
  tag: 'tag:yaml.org,2002:str',
  default: true,
  test: /^\d{12}$/,
  resolve: (text: string) => text,
} as const;

async function readText(path: string): Promise<string> {
  const bytes = await readInput(path, MAX_SIZE).then(
    (input) => input.bytes,
    (error: unknown) => {
      throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
    },
  );
  const text = decodeSavedText(bytes);
  if (text === undefined) throw new UsageError(`cannot read ${path}: it is no text in UTF-8 or UTF-16`);
  return text;
}

function refusal(faults: readonly Fault[], nameOf: (at: FieldPath) => string): UsageError {
  const lines = faults.slice(0, MAX_FAULTS).map(({ at, message }) => `${nameOf(at)}: ${message}`);
  const left = faults.length - lines.length;
  return new UsageError([...lines, ...(left > 0 ? [`and ${left} more`] : [])].join('\n'));
}

/** The first alias to something that it is itself a part of. */
async function circularAlias(document: Document.Parsed): Promise<Alias | undefined> {
  const { visit } = await import('yaml');
  let found: Alias | undefined;
  visit(document, {
    Alias(_, alias, ancestors) {
      const named = alias.resolve(document);
      if (!ancestors.some((ancestor) => ancestor === named)) return undefined;
      found = alias;
      return visit.BREAK;
    },
  });
  return found;
}

/** Finds where it begins what lies at a path, or else the nearest thing around it. In characters. */
async function offsetFinder(document: Document.Parsed): Promise<(path: FieldPath) => number> {
  const { isAlias, isMap, isNode, isScalar, isSeq } = await import('yaml');
  const offsetOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);
  return (path) => {
    let node: unknown = document.contents;
    let offset = offsetOf(node) ?? 0;
    for (const step of path) {
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
        offset = offsetOf(pair?.key) ?? offset;
        node = pair?.value;
      } else {
        node = isSeq(node) ? node.items[Number(step)] : undefined;
        offset = offsetOf(node) ?? offset;
      }
    }
    return offset;
  };
}

/** Those that are of use to whoever wrote the document: not the alternatives of a choice one by one. */
const isTold = ({ keyword, schemaPath, propertyName }: ErrorObject): boolean =>
  keyword !== 'if' && propertyName === undefined && !/\/(?:any|one)Of\/\d/.test(schemaPath);

function toFault(
  { instancePath, keyword, params, message = keyword, data, parentSchema }: ErrorObject,
  root: unknown,
): Fault {
  const at = toPath(instancePath, root);
  // Where a schema needs more words than its keywords say, they are its description.
  const described: string = parentSchema?.description ?? message;
  switch (keyword) {
    case 'additionalProperties':
      return {
        at: [...at, params.additionalProperty],
        message: `there is no such field; there are ${Object.keys(parentSchema?.properties ?? {}).join(', ')}`,
      };
    case 'propertyNames':
      return { at: [...at, params.propertyName], message: parentSchema?.propertyNames.description ?? message };
    case 'required':
      return { at, message: `${params.missingProperty} is missing` };
    case 'enum':
      return { at, message: `${shown(data)} is none of ${listOf(params.allowedValues)}` };
    case 'type': {
      if (root === null) return { at, message: 'nothing stands in it' };
      const hint = params.type === 'string' && typeof data === 'number' ? '; write it in quotes' : '';
      return { at, message: `${shown(data)} is no ${String(params.type).replaceAll(',', ' or ')}${hint}` };
    }
    case 'pattern':
      return { at, message: `${shown(data)} is not ${described}` };
    case 'anyOf':
    case 'oneOf':
      return { at, message: described };
    default:
      return { at, message };
  }
}

const listOf = (values: readonly unknown[]): string =>
  values.length > MAX_LISTED ? `the ${values.length} that there are` : values.map(String).join(', ');

function shown(value: unknown): string {
  const text = toJson(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}

/** A JSON Pointer as a path: what is a name and what an index depends on what is there. */
function toPath(pointer: string, root: unknown): FieldPath {
  let value = root;
  return pointer
    .split('/')
    .slice(1)
    .map((escaped) => {
      const step = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
      const isIndex = Array.isArray(value);
      value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
      return isIndex ? Number(step) : step;
    });
}

/** What a program gives may hold itself, and no JSON can. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing';
  } catch {
    return String(value);
  }
}
