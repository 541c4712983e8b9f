import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { Report } from '../../../src/core/report/report.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { digestAt, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { type ForgedCall, forgeCall } from '../../support/forge/forge-log.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { deleteObject, modifyLog } from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld } from '../../support/worlds/world.js';
import { writeArchive, writeKeySnapshot } from '../../support/worlds/write-world.js';

const START = Date.parse('2026-03-01T00:01:31Z');
const NOW = START + 12 * HOUR;
const TRAIL: ForgeOptions = {
  ...MAIN_TRAIL,
  start: START,
  hours: 3,
  logsPerHour: 1,
};
const HOSTILE = '\u001b[31m\u202eevil\r\nVERIFIED';

const temporaryFolder = temporaryFolders();

/** A copy on disk in which trail `main` was stopped for two hours, and a digest and two logs of it were deleted or changed. */
async function archive(layout: 'flat' | 'buckets') {
  const world = emptyWorld();
  const before = forgeChain(world, TRAIL);
  const after = forgeChain(world, { ...TRAIL, start: START + 5 * HOUR, hours: 4 });
  const [deleted, changed, gone] = [digestAt(after, 1).ref, logAt(before, 1, 0).ref, logAt(before, 0, 0).ref];
  const onObject = (name: string, key: string) => ({
    source: 's3',
    name,
    parameters: { bucketName: 'acme-trails', key },
  });
  const calls: ForgedCall[] = [
    { source: 'cloudtrail', name: 'StopLogging', time: START + 2.8 * HOUR, parameters: { name: 'main' } },
    { ...onObject('DeleteObject', deleted.key), time: START + 8.1 * HOUR },
    { ...onObject('PutObject', changed.key), time: START + 8.2 * HOUR, fields: { userAgent: HOSTILE } },
  ];
  const events = (hour: number) =>
    calls.filter(({ time }) => Math.floor((time - START) / HOUR) === hour).map((call) => forgeCall(call));
  forgeChain(world, { ...TRAIL, trailName: 'witness', hours: 9, events });
  deleteObject(world, deleted);
  modifyLog(world, changed);
  deleteObject(world, gone);
  const folder = temporaryFolder();
  const keys = path.join(folder, 'keys.json');
  await writeArchive(world, path.join(folder, 'archive'), { layout, sidecars: true });
  await writeKeySnapshot(world, keys);
  return { folder, args: ['verify', path.join(folder, 'archive'), '--keys', keys, '--no-audit-unreferenced'], gone };
}

it('tells who did it, in text and JSON, from a copy that names its bucket or does not', async () => {
  for (const layout of ['flat', 'buckets'] as const) {
    const { folder, args, gone } = await archive(layout);
    const json = path.join(folder, 'run.json');
    const { status, stdout } = await runMain([...args, '--attribute', '--report', `json=${json}`], NOW);
    expect(status).toBe(1);
    const report = JSON.parse(await readFile(json, 'utf8')) as Report;
    expect(report.request.attribute).toBe(true);
    const attributions = report.findings.filter(({ code }) => code.startsWith('attribution-'));
    expect(attributions).toMatchObject([
      { args: { explains: 'digest-missing', eventName: 'DeleteObject', eventTime: '2026-03-01T08:07:31Z' } },
      { args: { explains: 'log-modified', eventName: 'PutObject', userAgent: HOSTILE } },
      { code: 'attribution-none', subject: gone, args: { explains: 'log-missing' } },
      { args: { explains: 'chain-interval-lost', eventName: 'DeleteObject' } },
      { args: { explains: 'chain-gap', eventName: 'StopLogging', names: 'trail' } },
    ]);
    expect(stdout).toContain('chain-gap: 2026-03-01T02:49:31Z StopLogging, user/eve, 203.0.113.7');
    expect(stdout).toMatch(/no event for log-missing in \d+ verified logs/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  }
});

it('says nothing of it unasked', async () => {
  const { args } = await archive('flat');
  const { stdout } = await runMain([...args, '--format', 'json'], NOW);
  expect(stdout).not.toContain('attribut');
});

it('is converted into what was said, without judging a log twice', async () => {
  const { folder, args } = await archive('flat');
  const [json, ndjson] = ['run.json', 'run.ndjson'].map((name) => path.join(folder, name));
  const reports = ['--report', `json=${json}`, '--report', `ndjson=${ndjson}`];
  const live = await runMain([...args, '--attribute', ...reports], NOW);
  expect(live.status).toBe(1);
  // Two trails share the place: a finding about a log does not say of which one it is, and comes after those of both.
  const toSorted = (text: string) => {
    const report = JSON.parse(text) as Report;
    return { ...report, findings: report.findings.map((found) => JSON.stringify(found)).sort() };
  };
  const converted = await runMain(['report', 'convert', `${ndjson}`, '--format', 'text'], NOW);
  expect(converted.stdout).toBe(live.stdout);
  const saved = await runMain(['report', 'convert', `${json}`, '--format', 'json'], NOW);
  expect(toSorted(saved.stdout)).toEqual(toSorted(await readFile(`${json}`, 'utf8')));
});
