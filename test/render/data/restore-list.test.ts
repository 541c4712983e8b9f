import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FINDING_CODES } from '../../../src/core/findings/finding.js';
import { restoreListRenderer } from '../../../src/render/data/restore-list.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { startServer } from '../../support/aws/server.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { setStorageClass } from '../../support/tamper/tamper.js';
import { emptyWorld } from '../../support/worlds/world.js';
import { writeKeySnapshot } from '../../support/worlds/write-world.js';
import { exampleOf, FORGE, render, runOf } from '../example-run.js';

const temporaryFolder = temporaryFolders();
beforeEach(setThrowawayCredentials);
afterEach(() => {
  vi.unstubAllEnvs();
});

it('names what is archived, and nothing else', () => {
  const findings = FINDING_CODES.map(exampleOf);
  const archived = findings.filter(({ code }) => code.endsWith('-archived'));
  const lines = render(restoreListRenderer(), runOf([{ type: 'findings', findings }]))
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(archived.length);
  expect(lines).toContain('trails,AWSLogs/log.json.gz');
});

it('is written for the archived objects of a run, in lines that S3 Batch Operations reads', async () => {
  const world = emptyWorld();
  const chain = forgeChain(world, { ...FORGE, prefix: 'with, "comma" + ü%' });
  const refs = [logAt(chain, 3, 1).ref, digestAt(chain, 0).ref];
  for (const ref of refs) setStorageClass(world, ref, 'DEEP_ARCHIVE');
  const keys = path.join(temporaryFolder(), 'keys.json');
  await writeKeySnapshot(world, keys);
  const list = path.join(temporaryFolder(), 'restore.csv');
  const server = await startServer(world);
  const flags = ['--keys', keys, '--endpoint-url', server.url, '--restore-list', list];
  const { status } = await runMain(['verify', 's3://trails', ...flags], FORGE.start + 5 * 3_600_000).finally(
    server.close,
  );
  expect(status).toBe(2);
  const rows: string[][] = parse(await readFile(list, 'utf8'));
  expect(rows.map(([bucket, key = '']) => ({ bucket, key: decodeURIComponent(key) }))).toEqual(refs);
});
