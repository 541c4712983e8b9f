import { beforeAll } from 'vitest';
import { describeObjectStore } from '../../contracts/object-store.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { openS3OverServer } from '../../support/aws/s3-over-server.js';
import type { ServedRequest } from '../../support/aws/server.js';

beforeAll(setThrowawayCredentials);

const CAPABILITIES = { metadata: true, buckets: true, anyKey: true, archived: true, denied: true };

for (const [pageSize, way] of [
  [2, 'sdk'],
  [1000, 'sdk'],
  [1000, 'lean'],
] as const) {
  describeObjectStore(
    `S3, ${way}, pages of ${pageSize}`,
    (world, denied) => {
      if (!world.buckets.has('acme-trail-logs')) world.buckets.set('acme-trail-logs', new Map());
      const fault = ({ key }: ServedRequest) => (key !== undefined && denied.includes(key) ? 'deny' : undefined);
      return openS3OverServer(world, { pageSize, fault }, {}, way);
    },
    { ...CAPABILITIES, manyKeys: pageSize === 2 ? 41 : 2_500 },
  );
}
