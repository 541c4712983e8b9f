import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import yargs from 'yargs';
import { watchFlags } from '../../src/cli/commands/watch.js';
import { readConfiguration } from '../../src/cli/flags/config.js';
import type { Terminal } from '../../src/cli/process/terminal.js';
import { readSchema } from '../../src/compose/config-document.js';
import { variableOf } from '../../src/config/environment.js';
import type { Configuration } from '../../src/config/precedence.js';
import { settle } from '../../src/config/precedence.js';
import { flagOf, SETTING_NAMES, type SettingName, type Settings, setting } from '../../src/config/settings.js';
import { FakeClock } from '../support/run/fake-clock.js';
import { runMain, Transcript } from '../support/run/run-main.js';
import { temporaryFolders } from '../support/run/temporary-folder.js';

const ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/';
const ROLE = 'arn:aws:iam::111122223333:role/';

/** Values as flags have them, one for each layer: flag, variable, source in the file, file. Neighbours differ. */
const SAMPLES: { readonly [N in SettingName]: readonly [unknown, unknown, unknown, unknown] } = {
  source: ['s3://a', 's3://b', 's3://c', 's3://d'],
  trailArn: [`${ARN}a`, `${ARN}b`, `${ARN}c`, `${ARN}d`],
  accounts: [['000000000001'], ['000000000002', '000000000003'], ['000000000004'], ['000000000005']],
  regions: [['us-east-1'], ['us-east-2', 'us-west-1'], ['us-west-2'], ['eu-west-1']],
  trails: [['a', 'b'], ['c'], ['d'], ['e']],
  keys: [['/a.json', '/b.json'], ['/c.json'], ['/d.json'], ['/e.json']],
  maxAge: ['1h', '2h', '3h', '4h'],
  expectAccounts: [['000000000001'], ['000000000002'], ['000000000003'], ['000000000004']],
  expectRegions: [['us-east-1'], ['us-east-2'], ['us-west-2'], ['eu-west-1']],
  auditUnreferenced: [false, true, false, true],
  useVersions: [true, false, true, false],
  attribute: [true, false, true, false],
  relocated: [['a=b', 'c=d'], ['e=f'], ['g=h'], ['i=j']],
  checkpoint: ['/a', '/b', 's3://c/c', '/d'],
  recheck: ['1%', '7d', 'all', '2.5%'],
  profile: ['a', 'b', 'c', 'd'],
  roleArn: [`${ROLE}a`, `${ROLE}b`, `${ROLE}c`, `${ROLE}d`],
  externalId: ['a', 'b', 'c', 'd'],
  endpointUrl: ['http://a', 'http://b', 'http://c', 'http://d'],
  requestPayer: [true, false, true, false],
  from: ['-4h', '-3h', '-2h', '-1h'],
  to: ['now', '-1m', '-2m', '-3m'],
  checkpointKey: ['/a', '/b', '/c', '/d'],
  policy: ['/a', '/b', '/c', '/d'],
  every: ['1h', '2h', '3h', '4h'],
  format: ['json', 'html', 'csv', 'text'],
  output: ['/a', '/b', '/c', '/d'],
  reports: [['json=/a', 'html=/b=c'], ['csv=/d', 'sarif=/e'], ['emf=/f'], ['ocsf=/g']],
  restoreList: ['/a', '/b', '/c', '/d'],
  controls: [false, true, false, true],
  verbose: [true, false, true, false],
  quiet: [false, true, false, true],
  threads: [0, 1, 2, 3],
  concurrency: [1, 2, 3, 4],
  rate: [10, 20, 30, 40],
};

const temporaryFolder = temporaryFolders();

const toArguments = (name: SettingName, value: unknown): string[] => {
  if (name === 'source') return [String(value)];
  if (typeof value === 'boolean') return [value ? flagOf(name) : flagOf(name).replace('--', '--no-')];
  return [value].flat().flatMap((each) => [flagOf(name), String(each)]);
};

const toWritten = (name: SettingName, value: unknown): unknown =>
  name === 'reports'
    ? [value].flat().map((text) => {
        const [format, ...rest] = String(text).split('=');
        return { format, path: rest.join('=') };
      })
    : value;

/** What `verify` makes of the lowest so many layers. */
async function settled(name: SettingName, layers: number): Promise<Configuration> {
  const [flag, variable, own, common] = SAMPLES[name];
  const { ofSource } = setting(name);
  const folder = path.join(temporaryFolder(), 'here');
  mkdirSync(folder);
  const place = name === 'source' || name === 'trailArn' ? {} : { source: 's3://any' };
  const sources = [{ ...place, ...(layers >= 2 && { [name]: toWritten(name, own) }) }];
  const isList = ofSource && layers >= 2;
  const written = {
    ...(isList ? { sources } : place),
    ...(layers >= 1 && !(isList && place.source === undefined) && { [name]: toWritten(name, common) }),
  };
  writeFileSync(path.join(folder, 'trailproof.yaml'), stringify(written));
  const env = layers >= 3 ? { [variableOf(name)]: [variable].flat().join(',') } : {};
  const args = layers >= 4 ? toArguments(name, flag) : [];
  const parser = watchFlags(yargs().command('$0 [source]', '').parserConfiguration(PARSER));
  const terminal: Terminal = {
    stdout: new Transcript(false),
    stderr: new Transcript(false),
    env,
    cwd: folder,
    now: () => 0,
    ...new FakeClock().timers,
  };
  return (await readConfiguration(await parser.parseAsync(args), terminal)).configuration;
}

const PARSER = { 'parse-numbers': false, 'greedy-arrays': false, 'duplicate-arguments-array': true };

describe.each(SETTING_NAMES)('%s', (name) => {
  const origins = [flagOf(name), variableOf(name), /line \d+: sources\[0\]\./, /line \d+: \w+$/];
  const isOfSource = setting(name).ofSource === true;

  it.each([4, 3, 2, 1])('is what the highest of the lowest %i layers says', async (layers) => {
    // The variable of the key for checkpoints holds the key, not the name of its file.
    const isPassedOver = (layers === 2 && !isOfSource) || (layers === 3 && name === 'checkpointKey');
    const layer = 4 - (isPassedOver ? 1 : layers);
    const { sources } = await settled(name, layers);
    expect(sources).toHaveLength(1);
    const [only] = sources;
    expect(only?.values[name]).toEqual(SAMPLES[name][layer]);
    expect(only?.nameOf(name)).toMatch(origins[layer] ?? '');
  });

  it('is not there where nobody says it', async () => {
    if (name !== 'source') expect((await settled(name, 0)).run.values[name]).toBeUndefined();
  });
});

it('every flag of verify and watch is a setting, and every setting a flag', async () => {
  const helps = await Promise.all(['verify', 'watch'].map((command) => runMain([command, '--help'], 0, { env: {} })));
  const found = helps.flatMap(({ stdout }) => [...stdout.matchAll(/^ +(?:-\w, )?--([a-z-]+)/gm)]);
  const flags = new Set(found.map(([, flag]) => flag));
  const settings = SETTING_NAMES.filter((name) => name !== 'source').map((name) => setting(name).flag);
  expect([...flags].sort()).toEqual([...settings, 'config', 'help', 'version'].sort());
});

it('every setting is in the schema, with a description, and those of sources there too', async () => {
  const { properties, $defs } = (await readSchema('config')) as {
    readonly properties: Readonly<Record<string, { readonly description?: string }>>;
    readonly $defs: Readonly<Record<string, { readonly properties?: object }>>;
  };
  expect(Object.keys(properties).sort()).toEqual(['sources', ...SETTING_NAMES].sort());
  for (const [name, { description }] of Object.entries(properties))
    expect([name, description]).toEqual([name, expect.stringMatching(/\.$/)]);
  const ofSource = SETTING_NAMES.filter((name) => setting(name).ofSource);
  expect(Object.keys($defs.source?.properties ?? {}).sort()).toEqual([...ofSource].sort());
});

it('a source or a trail that is named stands for the whole list', () => {
  const named = (values: Settings, name: string) => ({ values, nameOf: () => name });
  const file = {
    common: named({ profile: 'p' }, 'file'),
    sources: [named({ source: 's3://a', accounts: ['1'] }, 'a'), named({ source: 's3://b', profile: 'q' }, 'b')],
  };
  const sourcesOf = (flags: Settings, environment: Settings) =>
    settle(flags, environment, file).sources.map(({ values }) => values);
  expect(sourcesOf({}, { from: '-1h' })).toEqual([
    { source: 's3://a', accounts: ['1'], profile: 'p', from: '-1h' },
    { source: 's3://b', profile: 'q', from: '-1h' },
  ]);
  expect(sourcesOf({ source: 's3://c' }, {})).toEqual([{ source: 's3://c', profile: 'p' }]);
  expect(sourcesOf({}, { trailArn: ARN })).toEqual([{ trailArn: ARN, profile: 'p' }]);
});

it('one setting never takes its value from another, whatever is said', () => {
  const some = fc.dictionary(fc.constantFrom(...SETTING_NAMES), fc.string({ minLength: 1 }));
  fc.assert(
    fc.property(
      some,
      some,
      some,
      fc.option(fc.array(some, { minLength: 1, maxLength: 3 }), { nil: undefined }),
      (flags, environment, common, own) => {
        const layer = (values: object, name: string) => ({ values: values as Settings, nameOf: () => name });
        const file = {
          common: layer(common, 'file'),
          ...(own && { sources: own.map((each) => layer(each, 'source')) }),
        };
        const { sources } = settle(flags as Settings, environment as Settings, file);
        const isNamed = [flags, environment].some(
          ({ source, trailArn }) => source !== undefined || trailArn !== undefined,
        );
        const entries = isNamed || !own ? [{}] : own;
        expect(sources.map(({ values }) => values)).toEqual(
          entries.map((entry) => ({ ...common, ...entry, ...environment, ...flags })),
        );
      },
    ),
  );
});
