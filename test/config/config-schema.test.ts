import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readSchema } from '../../src/compose/config-document.js';
import { ASKED_NAMES, SETTING_NAMES, type SettingName, setting } from '../../src/config/settings.js';

const FILE = fileURLToPath(new URL('../../src/core/schemas/config.schema.json', import.meta.url));

interface ConfigSchema {
  readonly properties: { readonly sources: object; readonly policy: object };
  readonly $defs: Readonly<Record<string, object>>;
}
interface ReportSchema {
  readonly properties: {
    readonly request: {
      readonly properties: { readonly bySource: { readonly items: { readonly properties: object } } };
    };
  };
}

/** What the schema says of a setting, made from its row in the table. */
function propertyOf(name: SettingName, policy: object): object {
  const { kind, help, inFile: text = help, form = 'text', least = 1 } = setting(name);
  const description = `${text[0]?.toUpperCase()}${text.slice(1)}.`;
  const $ref = `#/$defs/${form}`;
  switch (kind) {
    case 'text':
      return { description, $ref };
    case 'list':
      return { description, type: 'array', items: { $ref }, minItems: 1 };
    case 'number':
      return { description, type: 'integer', minimum: least };
    case 'boolean':
      return { description, type: 'boolean' };
    case 'policy':
      return { ...policy, description };
  }
}

const record = <T>(names: readonly SettingName[], toValue: (name: SettingName) => T): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, toValue(name)]));

it('the schema of the configuration is made from the table of settings: vitest --update writes it', async () => {
  const { properties, $defs, ...rest } = JSON.parse(await readFile(FILE, 'utf8')) as ConfigSchema;
  const ofSource = SETTING_NAMES.filter((name) => setting(name).ofSource);
  const source = {
    type: 'object',
    properties: record(ofSource, (name) => ({ $ref: `#/properties/${name}` })),
    additionalProperties: false,
  };
  const schema = {
    ...rest,
    properties: {
      sources: properties.sources,
      ...record(SETTING_NAMES, (name) => propertyOf(name, properties.policy)),
    },
    $defs: { ...$defs, source },
  };
  await expect(`${JSON.stringify(schema, undefined, 2)}\n`).toMatchFileSnapshot(FILE);
});

it('the schema of the report has every question that a run is asked', async () => {
  const { properties } = (await readSchema('report')) as ReportSchema;
  const { bySource, ...request } = properties.request.properties;
  expect(Object.keys(request).sort()).toEqual([...ASKED_NAMES, 'checkpoint', 'endpoint', 'policy', 'sources'].sort());
  const ofSource = ASKED_NAMES.filter((name) => name !== 'from' && name !== 'to');
  expect(Object.keys(bySource.items.properties).sort()).toEqual(
    [...ofSource, 'checkpoint', 'endpoint', 'policy', 'source'].sort(),
  );
});
