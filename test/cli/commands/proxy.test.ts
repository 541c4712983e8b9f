import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Report } from '../../../src/core/report/report.js';
import { HOUR, MINUTE } from '../../../src/core/time/instant.js';
import { setThrowawayCredentials } from '../../support/aws/aws-environment.js';
import { type LoopbackServer, startServer } from '../../support/aws/server.js';
import { addTrail, type ForgeOptions, forgeChain } from '../../support/forge/forge.js';
import { type ProxyOptions, type ProxyServer, startProxy, startTlsFront } from '../../support/network/proxy-server.js';
import { THROWAWAY_CA } from '../../support/network/throwaway-tls.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld } from '../../support/worlds/world.js';

const ROLE = 'arn:aws:iam::999988887777:role/security/read-logs';
const TRAIL: ForgeOptions = { ...MAIN_TRAIL, start: Date.parse('2026-03-01T00:29:23Z'), hours: 3, logsPerHour: 2 };
const NOW = TRAIL.start + 3 * HOUR + 45 * MINUTE;

const temporaryFolder = temporaryFolders();
const closing: (() => Promise<void>)[] = [];
let server: LoopbackServer;
let front: Awaited<ReturnType<typeof startTlsFront>>;
let arn: string;
let bundle: string;
beforeEach(async () => {
  setThrowawayCredentials();
  const world = emptyWorld();
  arn = addTrail(world, TRAIL).arn;
  forgeChain(world, TRAIL);
  world.roles.set(ROLE, { accessKeyId: 'ASIAASSUMED' });
  server = await startServer(world);
  front = await startTlsFront(Number(new URL(server.url).port));
  closing.push(server.close, front.close);
  bundle = path.join(temporaryFolder(), 'ca.pem');
  writeFileSync(bundle, `# the authority of the proxy\n${THROWAWAY_CA}`);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  vi.unstubAllEnvs();
});

async function openProxy(options: Partial<ProxyOptions> = {}): Promise<ProxyServer> {
  const proxy = await startProxy({ tls: front.port, plain: Number(new URL(server.url).port), ...options });
  closing.push(proxy.close);
  return proxy;
}

/** Verifies a trail, which asks S3, CloudTrail and STS, and gives the exit status and how many logs were verified. */
async function verify(endpointUrl: string, ...flags: string[]) {
  const args = ['verify', '--trail-arn', arn, '--role-arn', ROLE, '--endpoint-url', endpointUrl, '--format', 'json'];
  const { status, stdout, stderr } = await runMain([...args, ...flags], NOW);
  return { status, stderr, logs: status === 0 ? (JSON.parse(stdout) as Report).totals.logs.verified : undefined };
}
const VERIFIED = { status: 0, stderr: '', logs: 6 };

/** An address that nobody but the proxy can reach. */
const BEHIND = 'https://192.0.2.1';

describe('HTTPS_PROXY', () => {
  it.each(['HTTPS_PROXY', 'https_proxy'])('leads all requests to AWS through tunnels, as %s', async (variable) => {
    const proxy = await openProxy();
    vi.stubEnv(variable, proxy.url);
    vi.stubEnv('AWS_CA_BUNDLE', bundle);
    expect(await verify(BEHIND)).toEqual(VERIFIED);
    expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT 192.0.2.1:443']));
    expect(server.requests.filter(({ operation }) => operation === 'GetObject').length).toBeGreaterThanOrEqual(9);
  });

  it('may be without a scheme, and asks for a password', async () => {
    const proxy = await openProxy({ credentials: 'audit:p@ss' });
    vi.stubEnv('AWS_CA_BUNDLE', bundle);
    vi.stubEnv('HTTPS_PROXY', `audit:p%40ss@${new URL(proxy.url).host}`);
    expect(await verify(BEHIND)).toEqual(VERIFIED);
    vi.stubEnv('HTTPS_PROXY', new URL(proxy.url).host);
    expect(await verify(BEHIND)).toMatchObject({ status: 2, stderr: expect.stringContaining('answered 407') });
  });

  it('may itself be reached by TLS', async () => {
    const proxy = await openProxy();
    const secure = await startTlsFront(Number(new URL(proxy.url).port));
    closing.push(secure.close);
    vi.stubEnv('AWS_CA_BUNDLE', bundle);
    vi.stubEnv('HTTPS_PROXY', secure.url);
    expect(await verify(BEHIND)).toEqual(VERIFIED);
    expect(proxy.asked.length).toBeGreaterThan(0);
  });

  it('that is not there ends the run without a verdict', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    expect(await verify(BEHIND)).toMatchObject({ status: 2, stderr: expect.stringContaining('ECONNREFUSED') });
  });

  it('that is no URL is wrong usage, and no secret of it is told', async () => {
    vi.stubEnv('HTTPS_PROXY', 'socks5://audit:secret@proxy');
    const { status, stderr } = await verify(BEHIND);
    expect({ status, stderr }).toEqual({
      status: 64,
      stderr: 'trailproof: HTTPS_PROXY: no URL of a proxy; write it like http://proxy.example.com:3128\n',
    });
  });
});

describe('HTTP_PROXY', () => {
  it('is asked for plain HTTP by the whole URL', async () => {
    const proxy = await openProxy({ credentials: 'a:b' });
    vi.stubEnv('HTTP_PROXY', proxy.url.replace('//', '//a:b@'));
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    expect(await verify('http://192.0.2.1')).toEqual(VERIFIED);
    expect(proxy.asked.every((line) => /^(?:GET|POST|HEAD) http:\/\/192\.0\.2\.1\//.test(line))).toBe(true);
    expect(proxy.asked).toHaveLength(server.requests.length);
  });
});

describe('NO_PROXY', () => {
  it.each(['127.0.0.1', ' other , .0.0.1', '*', '127.0.0.1:PORT'])('%s exempts a host', async (text) => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_CA_BUNDLE', bundle);
    vi.stubEnv('NO_PROXY', text.replace('PORT', String(front.port)));
    expect(await verify(front.url)).toEqual(VERIFIED);
  });

  it.each(['27.0.0.1,127.0.0.1:1, ,'])('%s does not exempt 127.0.0.1', async (text) => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_CA_BUNDLE', bundle);
    vi.stubEnv('NO_PROXY', text);
    expect((await verify(front.url)).status).toBe(2);
  });
});

describe('AWS_CA_BUNDLE', () => {
  it('and `ca_bundle` of a profile are trusted', async () => {
    vi.stubEnv('AWS_CA_BUNDLE', bundle);
    expect(await verify(front.url)).toEqual(VERIFIED);
    vi.stubEnv('AWS_CA_BUNDLE', undefined);
    const config = path.join(temporaryFolder(), 'config');
    const keys = 'aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = loopback-only';
    writeFileSync(config, `[profile audit]\n${keys}\nca_bundle = ${bundle}\n`);
    vi.stubEnv('AWS_CONFIG_FILE', config);
    expect(await verify(front.url, '--profile', 'audit')).toEqual(VERIFIED);
  });

  it('that is absent leaves an unknown authority untrusted', async () => {
    expect(await verify(front.url)).toMatchObject({ status: 2 });
  });

  it.each([
    ['that is not there', undefined, 'ENOENT'],
    ['without a certificate', 'nothing', 'no certificate in it'],
    ['with a broken one', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'certificate 1 in it'],
  ])('%s is wrong usage', async (_, text, why) => {
    const file = path.join(temporaryFolder(), 'odd.pem');
    if (text !== undefined) writeFileSync(file, text);
    vi.stubEnv('AWS_CA_BUNDLE', file);
    const { status, stderr } = await verify(front.url);
    expect(status).toBe(64);
    expect(stderr).toContain(`AWS_CA_BUNDLE ${file}: `);
    expect(stderr).toContain(why);
  });
});
