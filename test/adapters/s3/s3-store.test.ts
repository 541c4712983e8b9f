import { beforeAll } from 'vitest';
import { describeObjectStore } from '../../contracts/object-store.js';
import { setThrowawayCredentials } from '../../support/aws-environment.js';
import { openS3OverServer } from '../../support/s3-over-server.js';

beforeAll(setThrowawayCredentials);

const CAPABILITIES = { metadata: true, buckets: true, anyKey: true, archived: true, denied: true };

for (const pageSize of [2, 1000]) {
  describeObjectStore(
    `S3, pages of ${pageSize}`,
    (world, denied) => {
      if (!world.buckets.has('acme-trail-logs')) world.buckets.set('acme-trail-logs', new Map());
      return openS3OverServer(world, {
        pageSize,
        fault: ({ key }) => (key !== undefined && denied.includes(key) ? 'deny' : undefined),
      });
    },
    CAPABILITIES,
  );
}
