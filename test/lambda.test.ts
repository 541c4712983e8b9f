import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Policies } from '../src/app/iam/iam-policy.js';
import { SETTING_NAMES } from '../src/config/settings.js';
import { formatInstant, HOUR, MINUTE } from '../src/core/time/instant.js';
import type { handler as Handler, RunEvent } from '../src/lambda/index.js';
import { loopbackServers } from './support/aws/loopback-servers.js';
import type { ServedRequest, ServerOptions } from './support/aws/server.js';
import { addTrail, type ForgedChain, forgeChain, logAt } from './support/forge/forge.js';
import { at, readYaml } from './support/repository/examples.js';
import { unpack, writeLambdaZip } from './support/run/lambda-zip.js';
import { runMain } from './support/run/run-main.js';
import { temporaryFolders } from './support/run/temporary-folder.js';
import { modifyLog } from './support/tamper/tamper.js';
import { emptyWorld, statusKey, type World } from './support/worlds/world.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The function judges by the clock of the machine. */
const END = Math.floor((Date.now() - 40 * MINUTE) / 1000) * 1000;
const HOURS = 12;
const MIB = 2 ** 20;

const temporaryFolder = temporaryFolders();
const startServer = loopbackServers();
beforeEach(() => {
  vi.stubEnv('TRAILPROOF_TO', 'now');
  vi.stubEnv('TRAILPROOF_FROM', formatInstant(END - HOURS * HOUR));
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Loaded once, and invoked again and again, as by Lambda. */
let handler: typeof Handler;
const unpacked = mkdtempSync(path.join(tmpdir(), 'trailproof-'));
beforeAll(async () => {
  const zip = path.join(unpacked, 'lambda.zip');
  writeLambdaZip(zip);
  unpack(zip, unpacked);
  handler = await load(unpacked);
}, 60_000);
afterAll(() => rmSync(unpacked, { recursive: true, force: true }));

const load = async (folder: string): Promise<typeof Handler> =>
  ((await import(pathToFileURL(path.join(folder, 'dist/lambda/index.js')).href)) as { handler: typeof Handler })
    .handler;

interface Estate {
  readonly world: World;
  readonly chain: ForgedChain;
  /** Of the trail that is asked for, if one is. */
  readonly arn?: string;
}

function estate(logsPerHour = 1, hours = HOURS): Estate {
  const world = emptyWorld();
  const trail = { bucket: 'acme-trails', accountId: '111122223333', homeRegion: 'us-east-1', trailName: 'main' };
  const { arn } = addTrail(world, trail);
  world.trailStatus.set(statusKey(arn, 'us-east-1'), { digestDeliveredAt: END + 28 * MINUTE });
  const times = { start: END - hours * HOUR, hours, logsPerHour };
  return { world, arn, chain: forgeChain(world, { ...trail, ...times, region: 'us-east-1', recordsPerLog: 1 }) };
}

async function invoke(
  { world, arn }: Estate,
  {
    detail = {},
    event = { detail },
    options = {},
    remaining = 900_000,
    onWritten = () => {},
  }: {
    readonly detail?: Readonly<Record<string, unknown>>;
    readonly event?: unknown;
    readonly options?: ServerOptions;
    readonly remaining?: number;
    readonly onWritten?: (text: string) => void;
  } = {},
) {
  const server = await startServer(world, options);
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  vi.stubEnv('TRAILPROOF_TRAIL_ARN', arn);
  let written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    onWritten(String(text));
    return true;
  });
  try {
    const begun = performance.now();
    const result = await handler(event as RunEvent, { getRemainingTimeInMillis: () => remaining });
    return { result, written, duration: performance.now() - begun };
  } finally {
    vi.mocked(process.stdout.write).mockRestore();
  }
}

describe('the bundle', () => {
  const files = ['index.js', 'hash-worker.js'].map((name) => path.join(ROOT, 'dist/lambda', name));

  it('stays far below what Lambda takes', () => {
    const size = files.reduce((sum, file) => sum + statSync(file).size, 0);
    expect(size).toBeLessThan(10 * MIB);
    expect(size).toBeGreaterThan(MIB);
  });

  it('needs no package', () => {
    const outside = files.flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      return [
        ...text.matchAll(/(?:^|[;}])(?:import|export)\b[^"'`;()]*?from\s*["'`]([^"'`]+)|\bimport\(\s*["'`]([^"'`]+)/g),
      ]
        .map(([, from, dynamic]) => from ?? dynamic ?? '')
        .filter((specifier) => !isBuiltin(specifier));
    });
    expect(outside).toEqual([]);
  });
});

describe('the handler', () => {
  it('verifies what the environment names, and writes metrics', async () => {
    const { result, written } = await invoke(estate());
    expect(result).toMatchObject({ outcome: 'verified', exitStatus: 0, interrupted: false, findings: 0 });
    expect(result.totals.logs.verified).toBe(HOURS);
    const lines = written
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-1)).toMatchObject({ Outcome: 'verified', Verified: 1, LogsVerified: HOURS });
    expect(lines.every((line) => at(line, '_aws', 'CloudWatchMetrics', 0, 'Namespace') === 'Trailproof')).toBe(true);
  });

  it('hashes in threads of its own', async () => {
    vi.stubEnv('TRAILPROOF_THREADS', '1');
    const { result } = await invoke(estate(30));
    expect(result.totals.logs.verified).toBe(HOURS * 30);
  });

  it('tells tampering as a result, and no error', async () => {
    const forged = estate();
    modifyLog(forged.world, logAt(forged.chain, 2, 0).ref);
    const { result } = await invoke(forged);
    expect(result).toMatchObject({ outcome: 'failed', exitStatus: 1, findings: 1 });
  });

  it('tells what could not be decided as a result', async () => {
    const fault = ({ key }: ServedRequest) => (key?.includes('/CloudTrail/') ? ('deny' as const) : undefined);
    const { result } = await invoke(estate(), { options: { fault } });
    expect(result).toMatchObject({ outcome: 'undetermined', exitStatus: 2, interrupted: false, findings: HOURS });
  });

  it('tells what it has within its time where a log never comes', { timeout: 20_000 }, async () => {
    const remaining = 4_000;
    const forged = estate();
    const { key: never } = logAt(forged.chain, 0, 0).ref;
    const fault = ({ key }: ServedRequest) => (key === never ? ('stall' as const) : undefined);
    const { result, written, duration } = await invoke(forged, { remaining, options: { fault } });
    expect(duration).toBeLessThan(remaining);
    expect(result).toMatchObject({ outcome: 'undetermined', exitStatus: 2, interrupted: true });
    expect(result.totals.digests.verified).toBeGreaterThan(0);
    expect(written).toContain('"Outcome":"undetermined"');
  });

  it('throws before its time is up where not even a listing comes', { timeout: 20_000 }, async () => {
    const fault = ({ operation }: ServedRequest) => (operation === 'DescribeTrails' ? ('stall' as const) : undefined);
    const begun = performance.now();
    const invoked = invoke(estate(), { remaining: 4_000, options: { fault } });
    await expect(invoked).rejects.toThrow(/the time of the function was up before/);
    expect(performance.now() - begun).toBeLessThan(4_000);
  });

  it('is narrowed by the event', async () => {
    const forged = estate();
    const from = formatInstant(END - 2 * HOUR);
    const { result } = await invoke(forged, { detail: { from } });
    expect(result.totals.digests.verified).toBe(2);
    const detail = { accounts: ['111122223333'], regions: ['us-east-1'], trails: ['main'], to: formatInstant(END) };
    expect((await invoke(forged, { detail })).result.totals.digests.verified).toBe(HOURS);
    vi.stubEnv('TRAILPROOF_REGION', 'us-east-1,eu-west-1');
    expect((await invoke(forged, { detail: { regions: ['us-east-1'] } })).result.outcome).toBe('verified');
  });

  it.each([
    [{ from: '-14d' }, {}, /detail\.from -14d lies before TRAILPROOF_FROM .*: an event may only narrow a run/],
    [{ to: 'now' }, { TRAILPROOF_TO: '-1h' }, /detail\.to now lies after TRAILPROOF_TO -1h/],
    [{ accounts: ['1'] }, { TRAILPROOF_ACCOUNT: '2' }, /detail\.accounts 1: TRAILPROOF_ACCOUNT leaves it out/],
    [{ regions: ['b', 'a'] }, { TRAILPROOF_REGION: 'b' }, /detail\.regions a: TRAILPROOF_REGION leaves it out/],
    [{ trails: ['x'] }, { TRAILPROOF_TRAIL: 'main' }, /detail\.trails x: TRAILPROOF_TRAIL leaves it out/],
  ])('is not widened by the detail %j', async (detail, env, message) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    await expect(invoke(estate(), { detail })).rejects.toThrow(message);
  });

  it('takes nothing else of an event: neither source nor keys, policy, output nor endpoint', async () => {
    const strange = await startServer(emptyWorld());
    const others = SETTING_NAMES.filter((name) => !['from', 'to', 'accounts', 'regions', 'trails'].includes(name));
    expect(others).toContain('endpointUrl');
    for (const name of others) {
      const value = name === 'endpointUrl' ? strange.url : '/proc/self/environ';
      await expect(invoke(estate(), { detail: { [name]: value } })).rejects.toThrow(
        new RegExp(
          `^detail\\.${name}: an event cannot set this; it may narrow a run by from, to, accounts, regions, trails`,
        ),
      );
    }
    expect(strange.requests).toEqual([]);
  });

  it('takes what EventBridge and its scheduler send, and refuses what stands beside', async () => {
    const envelope = { version: '0', id: 'a', 'detail-type': 'Scheduled Event', source: 'aws.events', account: '1' };
    const scheduled = {
      ...envelope,
      time: '2026-03-01T03:47:00Z',
      region: 'us-east-1',
      resources: ['arn'],
      detail: {},
    };
    expect((await invoke(estate(), { event: scheduled })).result.outcome).toBe('verified');
    expect((await invoke(estate(), { event: {} })).result.outcome).toBe('verified');
    await expect(invoke(estate(), { event: { from: '-1h' } })).rejects.toThrow(/^from in the event: /);
    for (const event of [null, [], 'now', { detail: [] }, { detail: null }])
      await expect(invoke(estate(), { event })).rejects.toThrow(/not an object|no object/);
  });

  it('throws where it found nothing, when it has reported that', async () => {
    const { arn: _, ...forged } = estate();
    forged.world.buckets.get('acme-trails')?.clear();
    vi.stubEnv('TRAILPROOF_SOURCE', 's3://acme-trails');
    let written = '';
    await expect(
      invoke(forged, {
        onWritten: (text) => {
          written += text;
        },
      }),
    ).rejects.toThrow(/^there was nothing to verify/);
    expect(written).toContain('"Verified":0');
    const other = invoke(estate(), { detail: { trails: ['other'] } });
    await expect(other).rejects.toThrow(/^there was nothing to verify/);
  });

  it('reads the configuration file that it is given', async () => {
    const file = path.join(temporaryFolder(), 'trailproof.yaml');
    writeFileSync(file, 'format: json\ncontrols: true\n');
    vi.stubEnv('TRAILPROOF_CONFIG', file);
    const { result, written } = await invoke(estate());
    expect(result.outcome).toBe('verified');
    expect(JSON.parse(written)).toHaveProperty('controls');
  });

  it.each([
    [{ trial: 'x' }, /detail\.trial: an event cannot set this/],
    [{ from: 5 }, /detail\.from: not a text/],
    [{ from: '' }, /detail\.from: not a text/],
    [{ regions: 'us-east-1' }, /detail\.regions: not a list of texts/],
    [{ regions: [] }, /detail\.regions: not a list of texts/],
    [{ accounts: [''] }, /detail\.accounts: not a list of texts/],
    [{ accounts: ['1'] }, /detail\.accounts 1: an account id has 12 digits/],
    [{ from: 'yesterday' }, /detail\.from yesterday: not a time/],
  ])('refuses the detail %j', async (detail, message) => {
    await expect(invoke(estate(), { detail })).rejects.toThrow(message);
  });

  it('throws where it could not work, so that Lambda counts an error', async () => {
    const fault = ({ operation }: ServedRequest) => (operation === 'DescribeTrails' ? ('deny' as const) : undefined);
    await expect(invoke(estate(), { options: { fault } })).rejects.toThrow(/DescribeTrails/);
  });
});

describe('the template', () => {
  const [template] = readYaml('lambda.yaml');
  const resources = at(template, 'Resources');

  it('runs what is bundled, on a Node version that is supported', () => {
    const handler = String(at(resources, 'Function', 'Properties', 'Handler'));
    expect(handler).toBe('dist/lambda/index.handler');
    expect(at(resources, 'Function', 'Properties', 'Runtime')).toMatch(/^nodejs2[0-9]*[02468]\.x$/);
  });

  it('names what to verify', async () => {
    const variables = at(resources, 'Function', 'Properties', 'Environment', 'Variables') as Record<string, string>;
    // The template asks for 26 hours.
    const forged = estate(1, 28);
    for (const [name, value] of Object.entries(variables)) if (value !== 'TrailArn') vi.stubEnv(name, value);
    expect(Object.keys(variables)).toContain('TRAILPROOF_TRAIL_ARN');
    expect((await invoke(forged)).result).toMatchObject({ outcome: 'verified', exitStatus: 0 });
  });

  it('allows what iam-policy writes', async () => {
    const arn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main';
    const { stdout } = await runMain(['iam-policy', '--trail-arn', arn, '--bucket', 'acme-trails']);
    const policies = JSON.stringify(at(resources, 'Role', 'Properties', 'Policies', 1, 'PolicyDocument'))
      .replace(/\$\{AWS::Partition\}/g, 'aws')
      .replace(/\$\{AWS::AccountId\}/g, '111122223333')
      .replace(/\$\{TrailBucket\}/g, 'acme-trails')
      .replaceAll('"TrailArn"', `"${arn}"`);
    expect(JSON.parse(policies)).toEqual((JSON.parse(stdout) as Policies).identityPolicy);
  });

  it('alarms on metrics that there are', async () => {
    const { written } = await invoke(estate());
    const run = JSON.parse(written.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    const alarms = Object.values(resources as object).filter((each) => at(each, 'Type') === 'AWS::CloudWatch::Alarm');
    const own = alarms.filter((alarm) => at(alarm, 'Properties', 'Namespace') === 'Trailproof');
    expect(own).toHaveLength(2);
    for (const alarm of own) expect(run).toHaveProperty(String(at(alarm, 'Properties', 'MetricName')));
  });
});
