import { beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../../../src/index.js';
import { loopbackServers } from '../../support/aws/loopback-servers.js';
import type { Fault, ServedRequest } from '../../support/aws/server.js';
import { forgeChain } from '../../support/forge/forge.js';
import { launch, launchEnvironment } from '../../support/run/launch.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { EVENTS_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';
import { writeKeySnapshot } from '../../support/worlds/write-world.js';

const newFolder = temporaryFolders();
const startServer = loopbackServers();
const S3 = ['GetObject', 'ListObjectsV2', 'ListObjectVersions'];
let world: World;
let object: string;

beforeAll(() => {
  world = emptyWorld();
  const chain = forgeChain(world, {
    ...EVENTS_TRAIL,
    start: Date.parse('2026-03-01T00:01:31Z'),
    hours: 3,
    logsPerHour: 1,
  });
  object = chain.digests[0]?.ref.key ?? '';
});

/** As a bucket of Requester Pays answers whoever does not say so, in a header that is signed. */
const requesterPays = ({ operation, requestPayer }: ServedRequest): Fault | undefined =>
  S3.includes(operation) && requestPayer !== 'requester' ? 'deny' : undefined;

async function setUp() {
  const server = await startServer(world, { fault: requesterPays });
  const keys = `${newFolder()}/keys.json`;
  await writeKeySnapshot(world, keys);
  const place = ['s3://trails', '--keys', keys, '--endpoint-url', server.url];
  return { server, keys, place };
}

describe('a bucket whose owner does not pay', () => {
  it.each(['0', '1'])('is verified with --request-payer, and %s threads', async (threads) => {
    const { server, place } = await setUp();
    const flags = ['--request-payer', '--audit-unreferenced', '--use-versions', '--threads', threads];
    const { status, stdout } = await launch(['verify', ...place, ...flags], { env: launchEnvironment() });
    expect(stdout.replace(/\s+/g, ' ')).toContain('3 digests and 3 logs (8.1 kB) in 1 chain are as');
    expect(status).toBe(0);
    const asked = server.requests.filter(({ operation }) => S3.includes(operation));
    expect(new Set(asked.map(({ operation }) => operation))).toEqual(new Set(S3));
    expect(asked.every(({ requestPayer }) => requestPayer === 'requester')).toBe(true);
  });

  it('refuses a run without it, and says nothing of paying to others', async () => {
    const { server, place } = await setUp();
    expect((await runMain(['verify', ...place])).status).toBe(2);
    expect(server.requests.every(({ requestPayer }) => requestPayer === undefined)).toBe(true);
  });

  it('is verified by the library, and one object of it is shown', async () => {
    const { server, keys } = await setUp();
    const options = { source: 's3://trails', keys, endpointUrl: server.url };
    expect(await verify({ ...options, requestPayer: true })).toMatchObject({ outcome: 'verified' });
    const shown = ['inspect', `s3://trails/${object}`, '--endpoint-url', server.url];
    expect((await runMain([...shown, '--request-payer'])).status).toBe(0);
    expect((await runMain(shown)).status).toBe(2);
  });
});
