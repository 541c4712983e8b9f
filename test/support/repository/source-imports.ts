import path from 'node:path';
import { parseSync, visitorKeys } from 'oxc-parser';

/** What a source file uses of the world outside itself. */
export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly lines: number;
  /** Files it imports, by value or by type, or starts as a worker; from the root of the repository. */
  readonly files: readonly string[];
  /** Packages and built-ins it imports, as they are written. */
  readonly packages: readonly string[];
  /** Imports whose target is computed, so that nobody can tell what they load. */
  readonly computedImports: number;
  /** Names of the surroundings it uses: see {@link AMBIENT_NAMES}, and `Date.now`, `new Date()`, `Math.random`. */
  readonly ambient: readonly string[];
}

const AMBIENT_NAMES: ReadonlySet<string> = new Set([
  'Buffer',
  'NodeJS',
  '__dirname',
  '__filename',
  'clearImmediate',
  'console',
  'fetch',
  'global',
  'process',
  'require',
  'setImmediate',
]);
const AMBIENT_CALLS: ReadonlySet<string> = new Set(['Date.now', 'Math.random', 'performance.now']);

interface Node {
  readonly type: string;
  readonly [property: string]: unknown;
}

/** Reads one file. Throws when it cannot be parsed: a file that is not understood proves nothing. */
export function readSource(file: string, text: string): SourceFile {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors.map((error) => error.message).join('; ')}`);
  const specifiers = new Set<string>();
  const ambient = new Set<string>();
  let computedImports = 0;
  for (const { node, parent } of nodesOf(program as unknown as Node)) {
    const target = importedBy(node);
    if (target !== undefined) {
      if (typeof target === 'string') specifiers.add(target);
      else computedImports += 1;
    }
    const name = ambientNameOf(node, parent);
    if (name !== undefined) ambient.add(name);
  }
  const all = [...specifiers];
  return {
    path: file,
    lines: text.trimEnd().split('\n').length,
    files: all.filter(isRelative).map((specifier) => resolve(file, specifier)),
    packages: all.filter((specifier) => !isRelative(specifier)),
    computedImports,
    ambient: [...ambient],
  };
}

function* nodesOf(node: Node, parent?: Node): Generator<{ node: Node; parent: Node | undefined }> {
  yield { node, parent };
  for (const key of visitorKeys[node.type] ?? []) {
    for (const child of [node[key]].flat()) if (isNode(child)) yield* nodesOf(child, node);
  }
}

/** What a node imports: the specifier, `null` when it is computed, undefined when the node imports nothing. */
function importedBy(node: Node): string | null | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return literalOf(node.source);
    case 'ExportNamedDeclaration':
      return isNode(node.source) ? literalOf(node.source) : undefined;
    case 'TSExternalModuleReference':
      return literalOf(node.expression);
    case 'NewExpression':
      return moduleUrlOf(node);
    default:
      return undefined;
  }
}

/** `./worker.js` of `new URL('./worker.js', import.meta.url)`: how a module is named that another thread loads. */
function moduleUrlOf(node: Node): string | undefined {
  const [target] = [node.arguments].flat();
  if (nameOf(node.callee) !== 'URL' || !isNode(target)) return undefined;
  const text = literalOf(target);
  return text !== null && isRelative(text) && /\.[jt]s$/.test(text) ? text : undefined;
}

function ambientNameOf(node: Node, parent: Node | undefined): string | undefined {
  if (node.type === 'NewExpression') {
    return nameOf(node.callee) === 'Date' && [node.arguments].flat().length === 0 ? 'new Date()' : undefined;
  }
  if (node.type === 'MemberExpression') {
    const property = memberOf(node);
    const object = nameOf(node.object);
    if (property === undefined || object === undefined) return undefined;
    if (object === 'globalThis') return AMBIENT_NAMES.has(property) ? property : undefined;
    return AMBIENT_CALLS.has(`${object}.${property}`) ? `${object}.${property}` : undefined;
  }
  const name = nameOf(node);
  return name !== undefined && AMBIENT_NAMES.has(name) && !isMereLabel(node, parent) ? name : undefined;
}

/** Whether an identifier only names a property, as in `x.process` and `{ process: 1 }`. */
function isMereLabel(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined || parent.computed === true) return false;
  return [parent.property, parent.key, parent.imported, parent.type === 'TSQualifiedName' && parent.right].includes(
    node,
  );
}

function memberOf(node: Node): string | undefined {
  return (node.computed === true ? literalOf(node.property) : nameOf(node.property)) ?? undefined;
}

const nameOf = (node: unknown): string | undefined =>
  isNode(node) && node.type === 'Identifier' ? String(node.name) : undefined;

/** The text of a string or of a template without holes; `null` for anything that must be computed. */
function literalOf(node: unknown): string | null {
  if (!isNode(node)) return null;
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type === 'TSLiteralType') return literalOf(node.literal);
  const [quasi, ...more] = [node.quasis].flat() as ({ readonly value: { readonly cooked: string } } | undefined)[];
  return node.type === 'TemplateLiteral' && quasi && more.length === 0 ? quasi.value.cooked : null;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

const isRelative = (specifier: string): boolean => /^\.\.?(\/|$)/.test(specifier);

/** The source file that a relative import means: the compiler writes `src/x.ts` to `dist/x.js`, and the command is bundled to `dist/bin`. */
const resolve = (from: string, specifier: string): string =>
  path.posix
    .join(path.posix.dirname(from), specifier)
    .replace(/^dist\/bin\//, 'src/cli/')
    .replace(/^dist\//, 'src/')
    .replace(/(?<=^src\/.*)\.js$/, '.ts');
