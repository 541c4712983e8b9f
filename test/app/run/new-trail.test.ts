import { describe, expect, it } from 'vitest';
import { parseLogKey, toLogKey } from '../../../src/core/objects/cloudtrail-key.js';
import { HOUR, type Instant, MINUTE } from '../../../src/core/time/instant.js';
import { type ForgedChain, type ForgeOptions, forgeChain, logAt } from '../../support/forge/forge.js';
import { type Run, verifyWorld } from '../../support/run/verify-world.js';
import { copyObject, deleteObject } from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:29:23Z');
/** When logging of the new trail began, in an hour of the older one. */
const BEGIN = START + 10 * HOUR + 10 * MINUTE;
const TRAIL: ForgeOptions = {
  bucket: 'acme-trails',
  accountId: '111122223333',
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'main',
  start: START,
  hours: 14,
  logsPerHour: 4,
};

/** Takes away what had not been delivered yet at a time: a digest comes 26 minutes after its end. */
function rewind(world: World, { digests }: ForgedChain, now: Instant): void {
  for (const { ref, interval, logs } of digests) {
    if (interval.end + 26 * MINUTE > now) deleteObject(world, ref);
    for (const log of logs) if ((parseLogKey(log.ref.key)?.time ?? 0) > now) deleteObject(world, log.ref);
  }
}

/** A trail that has logged for long, and one beside it that began so long ago. */
function beside(age: number): { world: World; now: Instant; main: ForgedChain } {
  const now = BEGIN + age;
  const world = emptyWorld();
  const main = forgeChain(world, TRAIL);
  const logsPerHour = (hour: number) => (hour === 0 ? 0 : 4);
  const young = forgeChain(world, { ...TRAIL, trailName: 'young', seed: 'young', start: BEGIN - HOUR, logsPerHour });
  for (const chain of [main, young]) rewind(world, chain, now);
  return { world, now, main };
}

const codesOf = ({ findings }: Run): readonly string[] => [...new Set(findings.map(({ code }) => code))];

describe('a trail that is new beside another', () => {
  const AGES = [27, 35, 45, 55, 65, 75, 85, 87, 95, 105];

  it.each(AGES)('has logs that no digest lists yet: nothing is said, %i minutes after', async (minutes) => {
    const { world, now } = beside(minutes * MINUTE);
    const run = await verifyWorld(world, { now, isLive: true, auditUnreferenced: true });
    expect(run.findings).toEqual([]);
    expect(run.outcome).toBe('verified');
  });

  it.each(AGES)('has such logs in a copy: log-pending, %i minutes after', async (minutes) => {
    const { world, now } = beside(minutes * MINUTE);
    const run = await verifyWorld(world, { now: now + 900 * HOUR, auditUnreferenced: true });
    expect(codesOf(run)).toEqual(['log-pending']);
    expect(run.outcome).toBe('verified');
  });

  it('hides no log that was planted before: log-unreferenced', async () => {
    const { world, now, main } = beside(85 * MINUTE);
    const { ref } = logAt(main, 5, 0);
    const key = parseLogKey(ref.key) ?? expect.fail();
    const planted = { ...ref, key: toLogKey({ ...key, uniqueId: 'AttackerPlanted0' }) };
    copyObject(world, ref, planted);
    const run = await verifyWorld(world, { now, isLive: true, auditUnreferenced: true });
    expect(run.findings).toEqual([{ code: 'log-unreferenced', subject: { type: 'log', ...planted }, args: {} }]);
  });
});
