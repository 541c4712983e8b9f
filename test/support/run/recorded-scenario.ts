import { readdirSync, readFileSync } from 'node:fs';
import { emptyWorld, putObject, type World, type WorldObject, type WorldTrail } from '../worlds/world.js';

/** One run of the AWS CLI and its answer. Without `--end-time`, `<NOW>` stands in it for every time that ends an interval. */
export interface RecordedRun {
  /** What follows `aws cloudtrail validate-logs`. */
  readonly args: readonly string[];
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RecordedScenario {
  readonly name: string;
  readonly world: World;
  readonly runs: readonly RecordedRun[];
}

/** A scenario as it lies in `testdata/conformance`. Objects are named by ids of `objects.json`, since most lie in several worlds. */
interface ScenarioFile {
  readonly trails: readonly WorldTrail[];
  readonly organizationId?: string;
  /** A key without a region is handed out in all of them. */
  readonly publicKeys: readonly {
    readonly fingerprint: string;
    readonly start: string;
    readonly end: string;
    readonly der: string;
    readonly region?: string;
  }[];
  readonly buckets: Readonly<
    Record<string, { readonly region: string; readonly objects: Readonly<Record<string, string>> }>
  >;
  readonly runs: readonly RecordedRun[];
}

type ObjectFile = Readonly<
  Record<string, { readonly body: string; readonly metadata?: Readonly<Record<string, string>> }>
>;

const FOLDER = new URL('../../../testdata/conformance/', import.meta.url);
const OBJECTS = 'objects.json';

/** Every recorded scenario, by name. */
export function recordedScenarios(): RecordedScenario[] {
  const objects = new Map(
    Object.entries(read<ObjectFile>(OBJECTS)).map(([id, { body, metadata = {} }]) => [id, toObject(body, metadata)]),
  );
  const files = readdirSync(FOLDER).filter((file) => file !== OBJECTS && file.endsWith('.json'));
  return files.sort().map((file) => {
    const scenario = read<ScenarioFile>(file);
    return { name: file.slice(0, -'.json'.length), world: toWorld(scenario, objects), runs: scenario.runs };
  });
}

const read = <T>(file: string): T => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as T;

const toObject = (body: string, metadata: Readonly<Record<string, string>>): WorldObject => ({
  body: Buffer.from(body, 'base64'),
  metadata,
});

function toWorld(scenario: ScenarioFile, objects: ReadonlyMap<string, WorldObject>): World {
  const world = emptyWorld();
  world.trails.push(...scenario.trails);
  if (scenario.organizationId !== undefined) world.organizationId = scenario.organizationId;
  for (const { fingerprint, start, end, der, region } of scenario.publicKeys) {
    const validity = { start: Date.parse(start), end: Date.parse(end) };
    const record = { fingerprint, der: Buffer.from(der, 'base64'), validity };
    world.publicKeys.push(region === undefined ? record : { ...record, region });
  }
  for (const [bucket, { region, objects: ids }] of Object.entries(scenario.buckets)) {
    world.bucketRegions.set(bucket, region);
    for (const [key, id] of Object.entries(ids)) putObject(world, bucket, key, objectOf(objects, id));
  }
  return world;
}

function objectOf(objects: ReadonlyMap<string, WorldObject>, id: string): WorldObject {
  const object = objects.get(id);
  if (!object) throw new Error(`${OBJECTS} holds no object ${id}`);
  return object;
}
