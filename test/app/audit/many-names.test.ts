import { expect, it } from 'vitest';
import { NAMES_COMPARED, STRANGE_NAMES_TOLD } from '../../../src/app/limits.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { type Run, verifyWorld } from '../../support/run/verify-world.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, putObject } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:29:23Z');
const EMPTY = { body: new Uint8Array(), metadata: {} };

function forge() {
  const world = emptyWorld();
  const chain = forgeChain(world, { ...MAIN_TRAIL, start: START, hours: 3, logsPerHour: 1 });
  return { world, digest: digestAt(chain, 1).ref, log: logAt(chain, 1, 0).ref };
}

const folderOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1);
const countsOf = ({ findings }: Run) => {
  const counts = new Map<string, number>();
  for (const { code } of findings) counts.set(code, (counts.get(code) ?? 0) + 1);
  return Object.fromEntries(counts);
};

it('strange names planted among digests are told up to a number, and counted: folder-names-limited', async () => {
  const { world, digest } = forge();
  for (let index = 0; index < STRANGE_NAMES_TOLD + 17; index += 1)
    putObject(world, digest.bucket, `${folderOf(digest.key)}planted-${index}`, EMPTY);
  const run = await verifyWorld(world);
  expect(countsOf(run)).toEqual({ 'digest-key-unrecognised': STRANGE_NAMES_TOLD, 'folder-names-limited': 1 });
  expect(run.findings.filter(({ code }) => code === 'folder-names-limited')).toMatchObject([
    { subject: { type: 'folder', bucket: digest.bucket }, args: { limit: STRANGE_NAMES_TOLD, count: 17 } },
  ]);
});

it('of names planted in one day so many are compared, each is reported all the same: folder-names-limited', async () => {
  const { world, log } = forge();
  const folder = folderOf(log.key);
  for (let index = 0; index < NAMES_COMPARED; index += 1)
    putObject(world, log.bucket, `${folder}planted-${index}`, EMPTY);
  putObject(world, log.bucket, `${folder}PLANTED-0`, EMPTY);
  const run = await verifyWorld(world, { auditUnreferenced: true });
  const limited = run.findings.filter(({ code }) => code === 'folder-names-limited');
  expect(limited).toMatchObject([
    // The three logs of the day come before them.
    { subject: { type: 'folder', bucket: log.bucket }, args: { limit: NAMES_COMPARED, count: 3 } },
  ]);
  expect(countsOf(run)['object-key-collides']).toBe(1);
  expect(countsOf(run)['log-key-unrecognised']).toBe(NAMES_COMPARED + 1);
});
