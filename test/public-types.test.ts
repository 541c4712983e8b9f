import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, visitorKeys } from 'oxc-parser';
import { describe, expect, it } from 'vitest';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));

interface Node {
  readonly type: string;
  readonly [property: string]: unknown;
}
/** A name of a module, and the file that declares it. */
interface Origin {
  readonly file: string;
  readonly name: string;
}
interface Module {
  readonly exported: ReadonlyMap<string, Origin>;
  readonly imported: ReadonlyMap<string, Origin>;
  readonly declared: ReadonlyMap<string, Node>;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;
const childrenOf = (node: Node): Node[] =>
  (visitorKeys[node.type] ?? []).flatMap((key) => [node[key]].flat()).filter(isNode);
const nameOf = (node: unknown): string => (isNode(node) ? String(node.name ?? node.value) : '');
const modules = new Map<string, Module>();

function moduleOf(file: string): Module {
  const known = modules.get(file);
  if (known) return known;
  const { program, errors } = parseSync(file, readFileSync(file, 'utf8'));
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const exported = new Map<string, Origin>();
  const imported = new Map<string, Origin>();
  const declared = new Map<string, Node>();
  const targetOf = (node: Node) => path.resolve(path.dirname(file), nameOf(node.source).replace(/\.js$/, '.d.ts'));
  const declare = (node: Node): string[] => {
    const all = node.type === 'VariableDeclaration' ? (node.declarations as Node[]) : [node];
    for (const each of all) declared.set(nameOf(each.id), each);
    return all.map((each) => nameOf(each.id));
  };
  for (const node of (program as unknown as { readonly body: readonly Node[] }).body) {
    if (node.type === 'ExportAllDeclaration') throw new Error(`${file} exports everything of another file`);
    if (node.type === 'ImportDeclaration') {
      for (const each of node.specifiers as Node[])
        imported.set(nameOf(each.local), { file: targetOf(node), name: nameOf(each.imported) });
    } else if (node.type === 'ExportNamedDeclaration') {
      if (isNode(node.declaration)) for (const name of declare(node.declaration)) exported.set(name, { file, name });
      for (const each of node.specifiers as Node[])
        exported.set(nameOf(each.exported), {
          file: isNode(node.source) ? targetOf(node) : file,
          name: nameOf(each.local),
        });
    } else if (isNode(node.id) || node.type === 'VariableDeclaration') declare(node);
  }
  const read = { exported, imported, declared };
  modules.set(file, read);
  return read;
}

/** Where a name of a module is declared. */
function originOf({ file, name }: Origin): Origin {
  const { declared, imported, exported } = moduleOf(file);
  const next = declared.has(name) ? undefined : (imported.get(name) ?? exported.get(name));
  return next && next.name !== '' ? originOf(next) : { file, name };
}

/** Names that a declaration refers to, but those of its own parameters. */
function namesIn(node: Node): ReadonlySet<string> {
  const names = new Set<string>();
  const own = new Set<string>();
  const visit = (each: Node) => {
    if (each.type === 'TSTypeParameter') own.add(nameOf(each.name));
    const target =
      each.type === 'TSTypeReference'
        ? each.typeName
        : each.type === 'TSInterfaceHeritage' || each.type === 'TSClassImplements'
          ? each.expression
          : each.type === 'ClassDeclaration'
            ? each.superClass
            : undefined;
    if (isNode(target) && target.type === 'Identifier') names.add(nameOf(target));
    for (const child of childrenOf(each)) visit(child);
  };
  visit(node);
  return new Set([...names].filter((name) => !own.has(name)));
}

const idOf = ({ file, name }: Origin): string => `${path.relative(DIST, file)}: ${name}`;

/** The exported types that are named by what an entry exports, and that it does not export itself. */
function missingFrom(entry: string): readonly string[] {
  const { exported } = moduleOf(entry);
  const origins = [...exported.values()].map(originOf);
  const offered = new Set(origins.map(idOf));
  const missing = new Set<string>();
  const seen = new Set<string>();
  const visit = (origin: Origin) => {
    if (seen.has(idOf(origin))) return;
    seen.add(idOf(origin));
    const { file, name } = origin;
    const declaration = moduleOf(file).declared.get(name);
    if (!declaration) return;
    for (const each of namesIn(declaration)) {
      const target = originOf({ file, name: each });
      const module = moduleOf(target.file);
      if (!module.declared.has(target.name)) continue;
      // What its own file keeps to itself is a part of what names it.
      if (module.exported.has(target.name) && !offered.has(idOf(target))) missing.add(idOf(target));
      visit(target);
    }
  };
  for (const origin of origins) visit(origin);
  return [...missing].sort();
}

describe('every type that a public type names is exported', () => {
  it.each(['index.d.ts', 'core/index.d.ts', 'lambda/index.d.ts'])('%s', (entry) => {
    expect(missingFrom(path.join(DIST, entry))).toEqual([]);
  });
});

it('trailproof/core has some twenty names', () => {
  const { exported } = moduleOf(path.join(DIST, 'core/index.d.ts'));
  const values = [...exported.values()].map(originOf).filter(({ file, name }) => {
    const type = moduleOf(file).declared.get(name)?.type ?? '';
    return !['TSInterfaceDeclaration', 'TSTypeAliasDeclaration'].includes(type);
  });
  expect(values.map(({ name }) => name).sort()).toEqual([
    'FINDING_CODES',
    'FINDING_EFFECTS',
    'REPORT_FORMAT',
    'REPORT_VERSION',
    'TrailproofError',
    'fingerprintOf',
    'outcomeOfFindings',
    'parseDigest',
    'parseDigestKey',
    'parseKeyList',
    'parseLogKey',
    'parsePublicKey',
    'parseTrailArn',
    'toDataSigningString',
    'verifyDigest',
    'verifyLog',
    'verifySignature',
  ]);
});
