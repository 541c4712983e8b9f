import path from 'node:path';
import { readSource, type SourceFile } from './source-imports.js';

/** A breach of the layout. */
export interface Violation {
  readonly rule:
    | 'import-rule'
    | 'cycle'
    | 'room-circle'
    | 'room-full'
    | 'not-portable'
    | 'misplaced'
    | 'too-long'
    | 'unresolved';
  /** The file, or the room, that commits it. */
  readonly file: string;
  readonly detail: string;
}

export const MAX_LINES = 320;
/** Files that may lie directly in one folder. */
export const MAX_FILES = 20;

// Each runs in a browser; test/browser-bundle.test.ts holds them to it.
const PORTABLE_PACKAGES = /^(?:@noble\/[^/]+(?:\/.*)?|asn1js)$/;
/** The places that name concrete adapters. */
const COMPOSERS = /^src\/(?:index\.ts$|compose\/)/;

/** Which parts each part may import, itself aside. `adapter`: a folder of `src/adapters/`; one never imports another. */
const MAY_IMPORT = {
  core: [],
  ports: ['core'],
  app: ['core', 'ports'],
  adapter: ['core', 'ports'],
  render: ['core'],
  compose: ['core', 'ports', 'app'],
  config: ['core', 'ports', 'app', 'compose'],
  cli: ['core', 'ports', 'app', 'render', 'compose', 'config'],
  index: ['core', 'ports', 'app', 'compose'],
  lambda: ['core', 'ports', 'app', 'render', 'compose', 'config', 'cli'],
  bin: ['cli'],
} as const satisfies Record<string, readonly string[]>;

type Part = keyof typeof MAY_IMPORT;

/** Checks a tree of sources (path from the root → text; files that are not TypeScript or JavaScript only have a place). */
export function findViolations(tree: ReadonlyMap<string, string>): Violation[] {
  const sources = [...tree].filter(([file]) => /\.[jt]s$/.test(file)).map(([file, text]) => readSource(file, text));
  const byPath = new Map(sources.map((source) => [source.path, source]));
  return [
    ...misplaced([...tree.keys()]),
    ...fullRooms([...tree.keys()]),
    ...sources.flatMap((source) => [...unresolved(source, byPath), ...forbiddenEdges(source), ...tooLong(source)]),
    ...fileCycles(byPath),
    ...roomCircles(sources),
    ...notPortable(byPath),
  ];
}

/** The map, and the topics of the help. */
const PROSE = /^src\/(?:README|help\/[a-z-]+)\.md$/;

function misplaced(paths: readonly string[]): Violation[] {
  return paths
    .filter((file) => !PROSE.test(file) && partOf(file) === undefined)
    .map((file) => ({
      rule: 'misplaced',
      file,
      detail: 'belongs to no part of the layout',
    }));
}

function unresolved(source: SourceFile, byPath: ReadonlyMap<string, SourceFile>): Violation[] {
  const missing = source.files.filter((file) => !byPath.has(file)).map((file) => `there is no ${file}`);
  if (source.computedImports > 0) missing.push('imports something computed');
  return missing.map((detail) => ({
    rule: 'unresolved',
    file: source.path,
    detail,
  }));
}

function forbiddenEdges(source: SourceFile): Violation[] {
  return source.files
    .filter((file) => !mayImport(source.path, file))
    .map((file) => ({
      rule: 'import-rule',
      file: source.path,
      detail: `imports ${file}`,
    }));
}

function mayImport(from: string, to: string): boolean {
  const part = partOf(from);
  const target = partOf(to);
  // A file without a place is reported as such; its imports follow from where it is put.
  if (part === undefined || target === undefined) return true;
  if (target === 'adapter') return COMPOSERS.test(from) || folderOf(from) === folderOf(to);
  return part === target || (MAY_IMPORT[part] as readonly string[]).includes(target);
}

function partOf(file: string): Part | undefined {
  if (file === 'src/index.ts') return 'index';
  if (file.startsWith('bin/')) return 'bin';
  if (/^src\/adapters\/[^/]+\//.test(file)) return 'adapter';
  const folder = /^src\/(core|ports|app|render|compose|config|cli|lambda)\//.exec(file)?.[1];
  return folder as Part | undefined;
}

/** `src/adapters/s3` of `src/adapters/s3/store.ts`. */
const folderOf = (file: string): string => file.split('/').slice(0, 3).join('/');

const tooLong = (source: SourceFile): Violation[] =>
  source.lines > MAX_LINES
    ? [
        {
          rule: 'too-long',
          file: source.path,
          detail: `${source.lines} lines, at most ${MAX_LINES} are allowed`,
        },
      ]
    : [];

/** The folder that a file lies in: a room. */
export const roomOf = (file: string): string => path.posix.dirname(file);

function fullRooms(paths: readonly string[]): Violation[] {
  const sizes = new Map<string, number>();
  for (const room of paths.map(roomOf)) sizes.set(room, (sizes.get(room) ?? 0) + 1);
  return [...sizes]
    .filter(([, size]) => size > MAX_FILES)
    .map(([room, size]) => ({
      rule: 'room-full',
      file: room,
      detail: `${size} files, at most ${MAX_FILES} are allowed`,
    }));
}

const fileCycles = (byPath: ReadonlyMap<string, SourceFile>): Violation[] =>
  circles(new Map([...byPath].map(([file, source]) => [file, source.files]))).map((way) => ({
    rule: 'cycle',
    file: way[0] ?? '',
    detail: way.join(' -> '),
  }));

/** Rooms that need one another: none of them can be read, moved or taken out alone. */
function roomCircles(sources: readonly SourceFile[]): Violation[] {
  const rooms = new Map<string, string[]>();
  const imports = new Map<string, string>();
  for (const { path: file, files } of sources)
    for (const target of files.filter((each) => roomOf(each) !== roomOf(file))) {
      rooms.set(roomOf(file), [...(rooms.get(roomOf(file)) ?? []), roomOf(target)]);
      imports.set(`${roomOf(file)} ${roomOf(target)}`, `${file} imports ${target}`);
    }
  return circles(rooms).map((way) => ({
    rule: 'room-circle',
    file: way[0] ?? '',
    detail: way.flatMap((room, at) => imports.get(`${room} ${way[at + 1]}`) ?? []).join(', '),
  }));
}

/** One way around, its start repeated at its end, for each edge that closes a circle. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const finished = new Set<string>();
  const visit = (node: string, trail: readonly string[]): void => {
    const start = trail.indexOf(node);
    if (start >= 0) found.push([...trail.slice(start), node]);
    if (start >= 0 || finished.has(node)) return;
    for (const next of new Set(graph.get(node))) visit(next, [...trail, node]);
    finished.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return found;
}

/** Whatever the core reaches must run in a browser and take clock, chance, console and network as arguments. */
function notPortable(byPath: ReadonlyMap<string, SourceFile>): Violation[] {
  const reached = new Set([...byPath.keys()].filter((file) => partOf(file) === 'core'));
  // A set hands out what is added to it while it is walked.
  for (const file of reached) for (const next of byPath.get(file)?.files ?? []) reached.add(next);
  return [...reached].flatMap((file) => {
    const source = byPath.get(file);
    const packages = source?.packages.filter((name) => !PORTABLE_PACKAGES.test(name)) ?? [];
    return [...packages, ...(source?.ambient ?? [])].map(
      (name): Violation => ({
        rule: 'not-portable',
        file,
        detail: `uses ${name}`,
      }),
    );
  });
}
