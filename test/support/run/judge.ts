import { toDigestMetadata } from '../../../src/app/objects/read-digest.js';
import { nodeInflater } from '../../../src/compose/inflate/inflater.js';
import type {
  DigestJudgement,
  DigestObject,
  Expectation,
  FindKey,
  Policy,
} from '../../../src/core/chain/digest-verifier.js';
import type { DigestFacts } from '../../../src/core/content/object-content.js';
import { parsePublicKey } from '../../../src/core/keys/public-key.js';
import { isSameObject, type ObjectRef } from '../../../src/core/objects/object-ref.js';
import type { ForgedDigest } from '../forge/forge.js';
import type { World } from '../worlds/world.js';

const CAP = 10_000_000;

/** What a reader finds at a place of the world. */
export function factsAt(world: World, { bucket, key }: ObjectRef): DigestFacts {
  const object = world.buckets.get(bucket)?.get(key);
  if (!object) return { status: 'not-found' };
  const inflated = nodeInflater.open(object.body, CAP);
  return inflated.status === 'read' ? { ...inflated, metadata: toDigestMetadata(object.metadata) } : inflated;
}

/** Finds the keys of the world by fingerprint and region, at any time. */
export function keysOf(world: World): FindKey {
  return async (fingerprint, region) => {
    const record = world.publicKeys.find((known) => known.fingerprint === fingerprint && known.region === region);
    if (!record) return { status: 'unknown' };
    const key = await parsePublicKey(record.der);
    return record.validity ? { status: 'found', key, validity: record.validity } : { status: 'found', key };
  };
}

/** What the digest that follows says of this one. */
export const expectationOf = (digest: ForgedDigest, successor: ObjectRef, proven = true): Expectation => ({
  link: { ...digest.ref, sha256: digest.sha256, signature: digest.signature },
  successor,
  proven,
});

/** Both stages of a policy, one after the other. */
export async function judgeDigest<Examined>(
  policy: Policy<Examined>,
  object: Pick<DigestObject, 'ref' | 'facts'> & Partial<DigestObject>,
  expectation?: Expectation,
): Promise<DigestJudgement> {
  return policy.conclude(
    await policy.examine({ liesAt: (place) => isSameObject(place, object.ref), ...object }),
    expectation,
  );
}
