import { describe, expect, it } from 'vitest';
import { finding, type Subject } from '../../../src/core/findings/finding.js';
import { identityOf } from '../../../src/core/findings/finding-identity.js';
import { CauseFinder } from '../../../src/core/report/causes.js';
import { HOUR } from '../../../src/core/time/instant.js';
import { CHAIN, FORGE, START } from '../../render/example-run.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject, stripMetadata } from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

/** What each finding is of its cause: code, part, and the code of the cause. */
async function told(world: World) {
  const finder = new CauseFinder();
  const { events } = await verifyWorld(world, { auditUnreferenced: true });
  return events.flatMap((event) => {
    if (event.type === 'gap' || event.type === 'chain') return [];
    const links = finder.link(event.findings, 'chain' in event ? event.chain : undefined);
    return links.map(({ part, cause }, index) => `${event.findings[index]?.code} ${part} ${cause.finding.code}`);
  });
}

const keyOf = (hour: number): string =>
  digestAt(forgeChain(emptyWorld(), { ...FORGE, hours: hour + 1, logsPerHour: 0 }), hour).ref.key;
const digest = (hour: number): Subject => ({ type: 'digest', bucket: 'trails', key: keyOf(hour) });
const lost = (hour: number, effect?: 'failed' | 'accepted') => ({
  ...finding(
    'chain-interval-lost',
    { type: 'chain', chain: CHAIN },
    {
      start: START + hour * HOUR,
      end: START + (hour + 1) * HOUR,
    },
  ),
  ...(effect && { effect }),
});

describe('a deleted digest', () => {
  it('is the cause of what is lost, not signed, not judged and not accounted for by it', async () => {
    const world = emptyWorld();
    const chain = forgeChain(world, { ...FORGE, hours: 6 });
    for (const forged of chain.digests) stripMetadata(world, forged.ref);
    deleteObject(world, digestAt(chain, 2).ref);
    expect((await told(world)).sort()).toEqual([
      'chain-interval-lost consequence digest-missing',
      'chain-interval-undetermined consequence digest-signature-missing',
      'digest-logs-unverifiable consequence digest-missing',
      'digest-logs-unverifiable consequence digest-signature-missing',
      'digest-missing first digest-missing',
      'digest-signature-missing consequence digest-missing',
      'digest-signature-missing first digest-signature-missing',
      ...Array(4).fill('log-unaccounted consequence digest-missing'),
      ...Array(2).fill('log-unaccounted consequence digest-signature-missing'),
    ]);
  });
});

describe('one reason', () => {
  it('is one cause of the whole run: copies without metadata, whatever chain they are of', async () => {
    const world = emptyWorld();
    for (const region of ['us-east-1', 'eu-west-1', 'sa-east-1'])
      for (const { ref } of forgeChain(world, { ...FORGE, region, logsPerHour: 0 }).digests) stripMetadata(world, ref);
    const parts = (await told(world)).filter((line) => line.startsWith('digest-signature-missing'));
    expect(parts.sort()).toEqual([
      'digest-signature-missing another digest-signature-missing',
      'digest-signature-missing another digest-signature-missing',
      'digest-signature-missing first digest-signature-missing',
    ]);
  });

  it('is not that of another answer, or of another bucket', () => {
    const denied = (bucket: string, errorCode: string) =>
      finding('folder-access-denied', { type: 'folder', bucket, key: 'AWSLogs/' }, { errorCode, message: 'no' });
    const links = new CauseFinder().link([denied('a', 'X'), denied('b', 'X'), denied('a', 'Y'), denied('a', 'X')]);
    expect(links.map(({ part }) => part)).toEqual(['first', 'first', 'first', 'another']);
    expect(new Set(links.map(({ cause }) => cause.id)).size).toBe(3);
  });

  it('is two causes where a policy accepts some of it', () => {
    const missing = finding('digest-signature-missing', digest(0), {});
    const accepted = { ...finding('digest-signature-missing', digest(9), {}), effect: 'accepted' as const };
    const links = new CauseFinder().link([missing, accepted]);
    expect(links.map(({ part }) => part)).toEqual(['first', 'first']);
    expect(links[0]?.cause.id).not.toBe(links[1]?.cause.id);
  });
});

describe('a consequence', () => {
  it('never belongs to a cause that counts less than it does', () => {
    for (const effect of ['accepted', 'warning', 'undetermined'] as const) {
      const missing = { ...finding('digest-missing', digest(0), {}), effect };
      const [, link] = new CauseFinder().link([missing, lost(0)]);
      expect(link?.part).toBe('first');
    }
    expect(new CauseFinder().link([finding('digest-missing', digest(0), {}), lost(0)])[1]?.part).toBe('consequence');
  });

  it('is its own cause where it is told alone, or of another time or chain', () => {
    const missing = finding('digest-missing', digest(0), {});
    expect(new CauseFinder().link([lost(0)])[0]?.part).toBe('first');
    expect(new CauseFinder().link([missing, lost(5)])[1]?.part).toBe('first');
    const other = { ...lost(0), subject: { type: 'chain', chain: { ...CHAIN, trailName: 'other' } } } as const;
    expect(new CauseFinder().link([missing, other])[1]?.part).toBe('first');
  });

  it('is no finding that stands for itself: two logs are two causes', async () => {
    const world = emptyWorld();
    const chain = forgeChain(world, FORGE);
    deleteObject(world, logAt(chain, 1, 0).ref);
    deleteObject(world, logAt(chain, 1, 1).ref);
    expect(await told(world)).toEqual(Array(2).fill('log-missing first log-missing'));
  });
});

it('a cause of one finding has the identity of that', () => {
  const missing = finding('digest-missing', digest(0), {});
  expect(new CauseFinder().link([missing])[0]?.cause.id).toBe(identityOf(missing));
});
