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

it('a bucket that has a folder of its own is no other, on either side of a relocation', () => {
  const store = { ...memoryStore(new Map()), knowsBuckets: ({ bucket }: { bucket: string }) => bucket === 'own' };
  const toPlaces = (from: string, to: string) =>
    new Relocations([{ from: { bucket: from, prefix: '' }, to: { bucket: to, prefix: '' } }], store);
  const whole = (bucket: string) => ({ bucket, prefix: '' });
  expect(toPlaces('delivered', 'copy').toDelivered(whole('own'))).toEqual(whole('own'));
  expect(toPlaces('delivered', 'own').toDelivered(whole(''))).toEqual(whole(''));
  expect(toPlaces('own', 'copy').toActual({ bucket: 'delivered', key: 'a' })).toEqual({
    bucket: 'delivered',
    key: 'a',
  });
  expect(toPlaces('delivered', 'own').toDelivered(whole('own'))).toEqual(whole('delivered'));
  expect(toPlaces('delivered', 'copy').toDelivered(whole(''))).toEqual(whole('delivered'));
});
