import { expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/memory-store.js';
import { Relocations, relocatedHasher } from '../../../src/adapters/wrap/relocated-store.js';

it('a hasher of relocated logs is asked where they lie, and told what is to come', async () => {
  const calls: unknown[] = [];
  const hasher = relocatedHasher(
    {
      announce: (digests) => calls.push(digests),
      hash: async (refs) => {
        calls.push(...refs);
        return [];
      },
      close: async () => {
        calls.push('closed');
      },
    },
    new Relocations(
      [{ from: { bucket: 'delivered', prefix: 'a/' }, to: { bucket: 'copy', prefix: 'b/' } }],
      memoryStore(new Map()),
    ),
  );
  hasher.announce(7);
  await hasher.hash([{ bucket: 'delivered', key: 'a/log' }]);
  await hasher.close();
  expect(calls).toEqual([7, { bucket: 'copy', key: 'b/log' }, 'closed']);
});
