import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseConfigDocument, plainDocument } from '../../src/compose/config-document.js';
import { UsageError } from '../../src/compose/errors/usage-error.js';
import { checkConfiguration } from '../../src/config/check-configuration.js';
import { readConfigFile, toFileSettings } from '../../src/config/config-file.js';
import { findConfigFile } from '../../src/config/find-config-file.js';
import { settle } from '../../src/config/precedence.js';
import { toPolicyOption } from '../../src/config/run-options.js';
import { temporaryFolders } from '../support/run/temporary-folder.js';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const temporaryFolder = temporaryFolders();
let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

/** What is wrong with a file of this text, in lines. */
async function faultsOf(text: string): Promise<string[]> {
  try {
    await checkConfiguration(settle({}, {}, await toFileSettings(await parseConfigDocument('t.yaml', text))), NOW);
  } catch (error) {
    if (error instanceof UsageError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('a configuration file', () => {
  it('is read with its paths relative to its folder', async () => {
    const file = path.join(folder, 'trailproof.yaml');
    writeFileSync(
      file,
      `sources:
  - source: archive          # in this folder
    keys: [keys.json, /etc/keys.json]
  - source: s3://audit-logs/acme
    accounts: [111122223333, 012345678901]
    roleArn: arn:aws:iam::111122223333:role/read-logs
    externalId: abc
  - trailArn: arn:aws:cloudtrail:us-east-1:111122223333:trail/main
from: -24h
to: 2026-03-01
output: out/report.txt
reports:
  - {format: html, path: ../run.html}
  - {format: json, path: /var/a=b.json}
`,
    );
    const { common, sources } = await readConfigFile(file);
    expect(sources?.map(({ values }) => values)).toEqual([
      { source: path.join(folder, 'archive'), keys: [path.join(folder, 'keys.json'), '/etc/keys.json'] },
      {
        source: 's3://audit-logs/acme',
        accounts: ['111122223333', '012345678901'],
        roleArn: 'arn:aws:iam::111122223333:role/read-logs',
        externalId: 'abc',
      },
      { trailArn: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main' },
    ]);
    expect(common.values).toEqual({
      from: '-24h',
      to: '2026-03-01',
      output: path.join(folder, 'out/report.txt'),
      reports: [`html=${path.join(path.dirname(folder), 'run.html')}`, 'json=/var/a=b.json'],
    });
    expect(sources?.[1]?.nameOf('roleArn')).toBe(`${file}, line 6: sources[1].roleArn`);
  });

  it('may hold its policy, or name the file of one', async () => {
    const text = 'policy:\n  rules: {log-pending: fail}\n';
    const own = await toFileSettings(await parseConfigDocument('t.yaml', text), 'data');
    expect((await toPolicyOption(own.common)).policy?.rules).toEqual(new Map([['log-pending', 'failed']]));
    writeFileSync(path.join(folder, 'p.yaml'), 'rules: {log-pending: fail}');
    const named = await toFileSettings(await parseConfigDocument('t.yaml', 'policy: p.yaml'), folder);
    expect(named.common.values.policy).toBe(path.join(folder, 'p.yaml'));
    expect(await toPolicyOption(named.common)).toEqual(await toPolicyOption(own.common));
  });

  it('may come from a program', async () => {
    const document = plainDocument('the event', { source: 'a', from: '-1d' });
    const { common } = await toFileSettings(document, 'data');
    expect(common.values).toEqual({ source: path.join('data', 'a'), from: '-1d' });
    expect(common.nameOf('from')).toBe('the event: from');
  });

  it.each<[string, readonly string[]]>([
    [
      'source: a\nquite: true',
      ['t.yaml, line 2: quite: there is no such field; there are sources, source, trailArn, '],
    ],
    ['sources:\n  - sources: a\n', ['t.yaml, line 2: sources[0].sources: there is no such field']],
    ['accounts: [111122223333,\n 12]', ['t.yaml, line 2: accounts[1]: 12 is no string']],
    ['accounts: ["1"]', ['t.yaml, line 1: accounts[0]: "1" is not an account id of 12 digits']],
    ['regions: [Frankfurt]', ['t.yaml, line 1: regions[0]: "Frankfurt" is not the name of a region']],
    ['expectRegions: us-east-1', ['t.yaml, line 1: expectRegions: "us-east-1" is no array']],
    ['trails: []', ['t.yaml, line 1: trails: must NOT have fewer than 1 items']],
    ['trailArn: main', ['t.yaml, line 1: trailArn: "main" is not the ARN of a trail']],
    ['roleArn: main', ['t.yaml, line 1: roleArn: "main" is not the ARN of a role']],
    ['endpointUrl: localhost', ['t.yaml, line 1: endpointUrl: "localhost" is not a URL']],
    ['relocated: [a]', ['t.yaml, line 1: relocated[0]: "a" is not FROM=TO']],
    ['maxAge: 0h', ['t.yaml, line 1: maxAge: "0h" is not a length of time']],
    ['from: yesterday', ['t.yaml, line 1: from: "yesterday" is not a time']],
    ['format: yaml', ['t.yaml, line 1: format: "yaml" is none of text, json, ']],
    ['reports:\n- format: text\n  path: x', ['t.yaml, line 2: reports[0].format: "text" is none of json, ']],
    ['reports: [{format: json}]', ['t.yaml, line 1: reports[0]: path is missing']],
    ['threads: -1\nrate: 1.5', ['t.yaml, line 1: threads: must be >= 0', 't.yaml, line 2: rate: 1.5 is no integer']],
    ['quiet: sure', ['t.yaml, line 1: quiet: "sure" is no boolean']],
    ['policy:\n  rules:\n    log-lost: warn', ['t.yaml, line 3: policy.rules.log-lost: there is no such finding code']],
    [
      'policy:\n  rules:\n    log-pending: ignore',
      ['t.yaml, line 3: policy.rules.log-pending: "ignore" is none of fail, '],
    ],
    [
      'policy:\n  exceptions:\n  - {codes: [log-missing], trail: t, reason: r}',
      ['t.yaml, line 3: policy.exceptions[0]: until is missing'],
    ],
    ['policy:\n  rules: {nothing-found: accept}', ['t.yaml, line 2: policy.rules.nothing-found: ']],
    ['policy: [a]', ['t.yaml, line 1: policy: ["a"] is no string or object']],
    ['policy: ./nowhere.yaml', ['cannot read nowhere.yaml: ']],
    ['', ['t.yaml, line 1: nothing stands in it']],
    ['a: [', ['t.yaml, line 1: ']],
    // What no schema can say.
    ['profile: p\nsource: a\nsources: [{source: b}]', ['t.yaml, line 2: source: stands beside sources']],
    ['sources:\n- source: a\n- keys: [k]', ['t.yaml, line 3: sources[1]: names neither a source nor a trailArn']],
    ['from: now\nto: -1h', ['t.yaml, line 1: from must lie before t.yaml, line 2: to']],
    ['to: 2026-02-30', ['t.yaml, line 1: to 2026-02-30: not a time']],
    ['endpointUrl: "http://["', ['t.yaml, line 1: endpointUrl http://[: no URL']],
    ['externalId: x', ['t.yaml, line 1: externalId is for a role']],
    ['quiet: true\nverbose: true', ['t.yaml, line 2: verbose and t.yaml, line 1: quiet exclude each other']],
    ['output: a\nrestoreList: ./a', ['a: only one report can go to a file']],
    [
      'sources:\n- {source: a, accounts: [111122223333], expectAccounts: [444455556666]}\n- {source: b, externalId: x}\nfrom: 2026-13-01',
      ['t.yaml, line 4: from 2026-13-01: not a time'],
    ],
    [
      'sources:\n- {source: a, accounts: [111122223333], expectAccounts: [444455556666]}\n- {source: b, externalId: x}',
      [
        't.yaml, line 2: sources[0].expectAccounts 444455556666: t.yaml, line 2: sources[0].accounts leaves it out',
        't.yaml, line 3: sources[1].externalId is for a role, and there is none',
      ],
    ],
  ])('%j is refused', async (text, expected) => {
    const faults = await faultsOf(text);
    expect(faults.map((fault, index) => fault.slice(0, expected[index]?.length))).toEqual(expected);
  });
});

describe('looking for it', () => {
  it.each(['trailproof.yaml', 'trailproof.yml', 'trailproof.json'])('finds %s', async (name) => {
    writeFileSync(path.join(folder, name), '');
    expect(path.resolve((await findConfigFile(folder)) ?? '')).toBe(path.join(folder, name));
  });

  it('finds none in a folder above or below, nor of another name', async () => {
    const [inner, deeper] = [path.join(folder, 'a'), path.join(folder, 'a', 'b')];
    mkdirSync(deeper, { recursive: true });
    for (const place of [folder, deeper]) writeFileSync(path.join(place, 'trailproof.yaml'), 'source: a');
    for (const name of ['package.json', '.trailprooffc', 'trailproof.config.js'])
      writeFileSync(path.join(inner, name), '{}');
    expect(await findConfigFile(inner)).toBeUndefined();
  });

  it('refuses to choose', async () => {
    for (const name of ['trailproof.yml', 'trailproof.json']) writeFileSync(path.join(folder, name), '{}');
    await expect(findConfigFile(folder)).rejects.toThrow('trailproof.yml and trailproof.json are both here');
  });
});
