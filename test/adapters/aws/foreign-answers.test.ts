import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeCaller } from '../../../src/adapters/aws/caller-identity.js';
import { openCloudTrail } from '../../../src/adapters/aws/cloudtrail.js';
import { describeOrganization, listAccounts } from '../../../src/adapters/aws/organizations.js';
import { RETRY_POLICY } from '../../../src/adapters/decorators/retry.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { retryAtOnce } from '../../support/aws/s3-over-server.js';
import { rawAnswer, startRawServer } from '../../support/network/raw-server.js';

const closing: (() => Promise<void> | void)[] = [];
beforeEach(setThrowawayCredentials);
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  vi.unstubAllEnvs();
});

const PAGE = '<!DOCTYPE html><html><body>Ask your administrator.</body></html>';
const answer = (type: string, body: string): Buffer =>
  rawAnswer({ 'content-type': type, 'content-length': String(body.length) }, body);

/** By name: an answer of 200 that none of these services has given. */
const FOREIGN: [string, Buffer][] = [
  ['a page', answer('text/html', PAGE)],
  ['nothing at all', rawAnswer({ 'content-length': '0' }, '')],
  ['an empty object', answer('application/json', '{}')],
  ['null', answer('application/x-amz-json-1.1', 'null')],
];

async function open(...answers: readonly Buffer[]) {
  let next = 0;
  const server = await startRawServer(() => answers[next++] ?? answers.at(-1) ?? '');
  const settings = { endpointUrl: server.url, newRetry: () => retryAtOnce() };
  const cloudTrail = openCloudTrail(settings);
  closing.push(
    () => server.close(),
    () => cloudTrail.close(),
  );
  return { server, settings, cloudTrail };
}

describe.each(FOREIGN)('%s with status 200 in place of an answer of AWS', (_, foreign) => {
  it('is no list of keys: a region without keys would be believed', async () => {
    const { cloudTrail, server } = await open(foreign);
    const answered = await cloudTrail.keys.keysFor('us-east-1', { start: 0, end: 1 });
    expect(answered).toMatchObject({ status: 'unavailable' });
    expect(server.requests).toHaveLength(RETRY_POLICY.attempts);
  });

  it('is no list of trails', async () => {
    const { cloudTrail } = await open(foreign);
    await expect(cloudTrail.describeTrails('us-east-1')).rejects.toMatchObject({ name: 'ServiceError' });
  });

  it('does not say that a trail is stopped', async () => {
    const { cloudTrail } = await open(foreign);
    expect(await cloudTrail.trailStatus('arn', 'us-east-1')).toMatchObject({ status: 'unavailable' });
  });

  it('does not say that an organization has no accounts, nor which it is', async () => {
    const { settings } = await open(foreign);
    await expect(listAccounts(settings, 'us-east-1')).rejects.toMatchObject({ name: 'ServiceError' });
    await expect(describeOrganization(settings, 'us-east-1')).rejects.toMatchObject({ name: 'ServiceError' });
  });

  it('does not say who the caller is', async () => {
    const { settings } = await open(foreign);
    await expect(describeCaller(settings, 'us-east-1')).rejects.toMatchObject({ name: 'ServiceError' });
  });

  it('is asked for again', async () => {
    const keys = answer('application/x-amz-json-1.1', '{"PublicKeyList":[]}');
    const { cloudTrail } = await open(foreign, foreign, keys);
    expect(await cloudTrail.keys.keysFor('us-east-1', { start: 0, end: 1 })).toEqual({ status: 'found', keys: [] });
  });
});
