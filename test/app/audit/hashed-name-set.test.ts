import { expect, it } from 'vitest';
import { nodeSha256 } from '../../../src/adapters/node/sha256.js';
import { KeySet } from '../../../src/app/audit/hashed-name-set.js';

it('holds what was added, once, and nothing else', () => {
  const keys = new KeySet(nodeSha256);
  const names = Array.from({ length: 5_000 }, (_, index) => `bucket/key ${index}`);
  for (const name of [...names, ...names]) keys.add(name);
  expect(keys.size).toBe(names.length);
  expect(names.filter((name) => !keys.has(name))).toEqual([]);
  expect(names.filter((name) => keys.has(`${name}x`))).toEqual([]);
});
