import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRegionName } from '../../../src/core/objects/cloudtrail-key.js';
import {
  dnsSuffixOf,
  mainRegionOf,
  partitionOf,
  partitionOfArn,
  regionsIn,
} from '../../../src/core/objects/partition.js';

interface SdkPartition {
  readonly id: ReturnType<typeof partitionOf>;
  readonly outputs: { readonly dnsSuffix: string; readonly implicitGlobalRegion: string };
  readonly regions: Readonly<Record<string, object>>;
}

/** The data by which the SDK makes its endpoints. It exports a question about one region, and not the whole of it. */
function partitionsOfSdk(): readonly SdkPartition[] {
  const core = dirname(createRequire(import.meta.url).resolve('@aws-sdk/core/client'));
  const root = core.slice(0, core.indexOf('/@aws-sdk/core/') + '/@aws-sdk/core'.length);
  const file = join(root, 'dist-es/submodules/client/util-endpoints/lib/aws/partitions.js');
  const text = /^export const partitionsInfo = (\{[\s\S]*?\n\});?$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  return (JSON.parse(text) as { readonly partitions: readonly SdkPartition[] }).partitions;
}

describe('partitions', () => {
  const sdk = partitionsOfSdk();

  it('are those of the AWS SDK', () => {
    expect(sdk.length).toBeGreaterThan(7);
  });

  it.each(sdk.map((partition) => [partition.id, partition] as const))(
    '%s has the regions, hosts and main region of the AWS SDK',
    (id, { outputs, regions }) => {
      const names = Object.keys(regions)
        .filter((name) => !name.endsWith('-global'))
        .sort();
      expect(regionsIn(id)).toEqual(names);
      expect(names.map(partitionOf)).toEqual(names.map(() => id));
      expect(names.every(isRegionName)).toBe(true);
      expect({ dnsSuffix: dnsSuffixOf(id), implicitGlobalRegion: mainRegionOf(id) }).toEqual({
        dnsSuffix: outputs.dnsSuffix,
        implicitGlobalRegion: outputs.implicitGlobalRegion,
      });
      expect(partitionOfArn(`arn:${id}:iam::111122223333:role/x`)).toBe(id);
    },
  );

  it.each([
    ['xx-new-1', 'aws'],
    ['us-gov-new-7', 'aws-us-gov'],
    ['eusc-fr-west-1', 'aws-eusc'],
  ])('%s, a region that the SDK does not know, is of %s', (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
  });

  it('of an ARN that names none is aws', () => {
    expect(partitionOfArn('arn:unheard-of:iam::111122223333:role/x')).toBe('aws');
    expect(partitionOfArn('')).toBe('aws');
  });
});
