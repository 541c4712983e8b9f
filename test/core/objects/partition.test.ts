import { expect, it } from 'vitest';
import { partitionOf } from '../../../src/core/objects/partition.js';

it.each([
  ['us-east-1', 'aws'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['cn-north-1', 'aws-cn'],
  ['eu-isoe-west-1', 'aws'],
])('%s is a region of %s', (region, partition) => {
  expect(partitionOf(region)).toBe(partition);
});
