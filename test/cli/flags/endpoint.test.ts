import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Report } from '../../../src/core/report/report.js';
import { loopbackServers } from '../../support/aws/loopback-servers.js';
import { forgeChain } from '../../support/forge/forge.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { EVENTS_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld } from '../../support/worlds/world.js';

const newFolder = temporaryFolders();
const startServer = loopbackServers();
const VERIFY = ['verify', 's3://trails', '--to', '2026-03-01T02:01:31Z'];

async function serve() {
  const world = emptyWorld();
  forgeChain(world, { ...EVENTS_TRAIL, start: Date.parse('2026-03-01T00:01:31Z'), hours: 3, logsPerHour: 1 });
  return startServer(world);
}

/** Ways to send requests to another URL than AWS's, for S3 and for CloudTrail. */
const WAYS: [string, (url: string) => readonly string[]][] = [
  ['--endpoint-url', (url) => ['--endpoint-url', url]],
  [
    'AWS_ENDPOINT_URL',
    (url) => {
      vi.stubEnv('AWS_ENDPOINT_URL', url);
      return [];
    },
  ],
  [
    'a variable for each service',
    (url) => {
      for (const service of ['S3', 'CLOUDTRAIL', 'STS']) vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, url);
      return [];
    },
  ],
  [
    'the profile of AWS_PROFILE',
    (url) => {
      const config = path.join(newFolder(), 'config');
      writeFileSync(
        config,
        `[profile audit]\naws_access_key_id = a\naws_secret_access_key = b\nendpoint_url = ${url}\n`,
      );
      vi.stubEnv('AWS_CONFIG_FILE', config);
      vi.stubEnv('AWS_PROFILE', 'audit');
      return [];
    },
  ],
];

describe.each(WAYS)('an endpoint that %s names', (_, choose) => {
  it('is named by the report, and as the source of the keys', async () => {
    const { url } = await serve();
    const { stdout, stderr } = await runMain([...VERIFY, ...choose(url), '--format', 'json']);
    expect(stderr).toBe('');
    const { request, keySource } = JSON.parse(stdout) as Report;
    expect({ endpoint: request.endpoint, keySource }).toEqual({
      endpoint: url,
      keySource: `list-public-keys at ${url}`,
    });
  });

  it('is named by the file of keys', async () => {
    const { url } = await serve();
    const { stdout } = await runMain(['keys', 'fetch', '--region', 'us-east-1', ...choose(url)]);
    expect(JSON.parse(stdout)).toMatchObject({ endpointUrl: url });
  });
});

it('an endpoint is told by text, Markdown and HTML, without the password in it', async () => {
  const { url } = await serve();
  const withPassword = url.replace('http://', 'http://user:s3cr3t@');
  const told = async (format: string) =>
    (await runMain([...VERIFY, '--endpoint-url', withPassword, '--format', format])).stdout.replaceAll(/\s+/g, ' ');
  expect(await told('text')).toContain(`(endpoint ${url})`);
  expect(await told('markdown')).toContain(`| Endpoint | \`${url}\` |`);
  expect(await told('html')).toContain(`--endpoint-url ${url}`);
  for (const format of ['text', 'markdown', 'html', 'json']) expect(await told(format)).not.toContain('s3cr3t');
});

it('nothing is said of an endpoint where AWS itself would be asked, or a folder is read', async () => {
  const verify = ['verify', 'testdata/archive', '--keys', 'testdata/keys.json', '--format', 'json'];
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
  const { request } = JSON.parse((await runMain(verify)).stdout) as Report;
  expect(request).not.toHaveProperty('endpoint');
});
