import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Policies } from '../src/app/iam-policy.js';
import { formatInstant, HOUR, MINUTE } from '../src/core/instant.js';
import type { handler as Handler } from '../src/lambda/index.js';
import { at, readExample, readYaml } from './support/examples.js';
import { addTrail, type ForgedChain, forgeChain, logAt } from './support/forge.js';
import { loopbackServers } from './support/loopback-servers.js';
import { runMain } from './support/run-main.js';
import type { ServedRequest, ServerOptions } from './support/server.js';
import { modifyLog } from './support/tamper.js';
import { temporaryFolders } from './support/temporary-folder.js';
import { emptyWorld, statusKey, type World } from './support/world.js';

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

/** What goes into the function: neither sources nor packages. */
function unpack(folder: string): void {
  cpSync(path.join(ROOT, 'package.json'), path.join(folder, 'package.json'));
  cpSync(path.join(ROOT, 'dist/lambda'), path.join(folder, 'dist/lambda'), { recursive: true });
  mkdirSync(path.join(folder, 'dist/core'));
  for (const name of readdirSync(path.join(ROOT, 'dist/core')).filter((file) => file.endsWith('.schema.json')))
    cpSync(path.join(ROOT, 'dist/core', name), path.join(folder, 'dist/core', name));
}

/** Loaded once, and invoked again and again, as by Lambda. */
let handler: typeof Handler;
const unpacked = mkdtempSync(path.join(tmpdir(), 'trailproof-'));
beforeAll(async () => {
  unpack(unpacked);
  handler = await load(unpacked);
}, 60_000);
afterAll(() => rmSync(unpacked, { recursive: true, force: true }));

const load = async (folder: string): Promise<typeof Handler> =>
  ((await import(pathToFileURL(path.join(folder, 'dist/lambda/index.mjs')).href)) as { handler: typeof Handler })
    .handler;

interface Estate {
  readonly world: World;
  readonly chain: ForgedChain;
  readonly arn: string;
}

function estate(logsPerHour = 1): Estate {
  const world = emptyWorld();
  const trail = { bucket: 'acme-trails', accountId: '111122223333', homeRegion: 'us-east-1', trailName: 'main' };
  const { arn } = addTrail(world, trail);
  world.trailStatus.set(statusKey(arn, 'us-east-1'), { digestDeliveredAt: END + 28 * MINUTE });
  const times = { start: END - HOURS * HOUR, hours: HOURS, logsPerHour };
  return { world, arn, chain: forgeChain(world, { ...trail, ...times, region: 'us-east-1', recordsPerLog: 1 }) };
}

async function invoke(
  { world, arn }: Estate,
  {
    detail = {},
    options = {},
    remaining = 900_000,
  }: { detail?: Readonly<Record<string, unknown>>; options?: ServerOptions; remaining?: number } = {},
) {
  const server = await startServer(world, options);
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  vi.stubEnv('TRAILPROOF_TRAIL_ARN', arn);
  let written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
  try {
    const result = await handler({ detail }, { getRemainingTimeInMillis: () => remaining });
    return { result, written };
  } finally {
    vi.mocked(process.stdout.write).mockRestore();
  }
}

describe('the bundle', () => {
  it('stays far below what Lambda takes', () => {
    const folder = path.join(ROOT, 'dist/lambda');
    const size = readdirSync(folder).reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
    expect(size).toBeLessThan(10 * MIB);
    expect(size).toBeGreaterThan(MIB);
  });

  it('needs no package', () => {
    const folder = path.join(ROOT, 'dist/lambda');
    const bundled = readdirSync(folder).filter((name) => /\.mjs$|^hash-worker\.js$/.test(name));
    const outside = bundled.flatMap((name) => {
      const text = readFileSync(path.join(folder, name), 'utf8');
      return [...text.matchAll(/^(?:import|export)\b[^"';]*?from\s*"([^"]+)"|\bimport\("([^"]+)"\)/gm)]
        .map(([, from, dynamic]) => from ?? dynamic ?? '')
        .filter((specifier) => /^(?:@aws-sdk|@smithy|ajv|yaml|yargs|undici|lilconfig)\b/.test(specifier));
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
    const { result } = await invoke(estate(30), { detail: { threads: 1 } });
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

  it('stops before its time is up, with a partial report', async () => {
    const { result, written } = await invoke(estate(), { remaining: 0, options: { latencyMs: 50 } });
    expect(result).toMatchObject({ outcome: 'undetermined', exitStatus: 2, interrupted: true });
    expect(written).toContain('"Outcome":"undetermined"');
  });

  it('takes settings of the event above those of the environment', async () => {
    const report = path.join(temporaryFolder(), 'run.json');
    const detail = { from: formatInstant(END - 2 * HOUR), format: 'json', reports: [`json=${report}`] };
    const { result, written } = await invoke(estate(), { detail });
    expect(result.totals.digests.verified).toBe(2);
    expect(JSON.parse(written)).toMatchObject({ outcome: 'verified' });
    expect(JSON.parse(readFileSync(report, 'utf8'))).toEqual(JSON.parse(written));
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
    [{ trial: 'x' }, /detail\.trial is no setting/],
    [{ from: 5 }, /detail\.from: not a text/],
    [{ regions: 'us-east-1' }, /detail\.regions: not a list of texts/],
    [{ regions: [] }, /detail\.regions: not a list of texts/],
    [{ expectAccounts: [''] }, /detail\.expectAccounts: not a list of texts/],
    [{ checkpoint: '' }, /detail\.checkpoint: not a text/],
    [{ policy: { rules: {} } }, /detail\.policy: not a text that names a file/],
    [{ policy: 'no-such-policy.yaml' }, /cannot read no-such-policy\.yaml/],
    [{ threads: '1' }, /detail\.threads: not a number/],
    [{ quiet: 1 }, /detail\.quiet: not a boolean/],
    [{ from: 'yesterday' }, /not a time/],
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
    expect(readExample('lambda.yaml')).toContain('package.json dist/lambda dist/core/*.schema.json');
    expect(at(resources, 'Function', 'Properties', 'Runtime')).toMatch(/^nodejs2[0-9]*[02468]\.x$/);
  });

  it('names what to verify', async () => {
    const variables = at(resources, 'Function', 'Properties', 'Environment', 'Variables') as Record<string, string>;
    const forged = estate();
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
