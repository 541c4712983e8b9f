import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { HOUR, MINUTE } from '../src/core/time/instant.js';
import { loopbackServers } from './support/aws/loopback-servers.js';
import { addTrail, forgeChain } from './support/forge/forge.js';
import {
  at,
  exampleCommands,
  POD,
  readCrontab,
  readDockerfile,
  readExample,
  readUnit,
  readYaml,
} from './support/repository/examples.js';
import { PAGES } from './support/repository/pages.js';
import { launchEnvironment } from './support/run/launch.js';
import { runMain } from './support/run/run-main.js';
import { temporaryFolders } from './support/run/temporary-folder.js';
import { emptyWorld, statusKey } from './support/worlds/world.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TRAIL = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/management-events';
const START = Date.parse('2026-03-01T00:29:23Z');
const HOURS = 30;
const END = START + HOURS * HOUR;

const trail = {
  bucket: 'example-trail-logs',
  accountId: '111122223333',
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'management-events',
};

const temporaryFolder = temporaryFolders();
const startServer = loopbackServers();

it('the help names every example', () => {
  const names = readdirSync(`${ROOT}/.github/examples`).filter((name) => !name.endsWith('.dockerignore'));
  const pages = PAGES.map(({ text }) => text).join();
  expect(names.filter((name) => !pages.includes(`.github/examples/${name}`))).toEqual([]);
});

describe('the commands of the examples', () => {
  it('are found', () => {
    expect(new Set(exampleCommands().map(({ example }) => example))).toEqual(
      new Set(['github-actions.yml', 'kubernetes-cronjob.yaml', 'crontab', 'trailproof.service']),
    );
  });

  it.each(exampleCommands())('of $example verify a trail', async ({ args }) => {
    const world = emptyWorld();
    const { arn } = addTrail(world, trail);
    expect(arn).toBe(TRAIL);
    world.trailStatus.set(statusKey(arn, 'us-east-1'), { digestDeliveredAt: END + 28 * MINUTE });
    forgeChain(world, { ...trail, start: START, hours: HOURS, logsPerHour: 0 });
    const server = await startServer(world);
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    const folder = temporaryFolder();
    const written: string[] = [];
    const given = args.map((arg) =>
      arg.replace(/^([a-z]+)=(.+)$/, (_, format, file) => {
        written.push(path.basename(file));
        return `${format}=${path.join(folder, path.basename(file))}`;
      }),
    );
    const { status, stdout, stderr } = await runMain(given, END + 45 * MINUTE);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout === '').toBe(args.includes('--quiet'));
    expect(readdirSync(folder).sort()).toEqual(written.sort());
  });
});

/** Five fields of numbers, asterisks and steps, within their bounds. */
function isSchedule(schedule: unknown): boolean {
  const bounds = [59, 23, 31, 12, 7];
  const fields = String(schedule).split(' ');
  const isField = (field: string, most: number) => /^(?:\*(?:\/\d+)?|\d+)$/.test(field) && !(Number(field) > most);
  return fields.length === bounds.length && bounds.every((most, index) => isField(fields[index] ?? '', most));
}

describe('the workflow', () => {
  const [workflow] = readYaml('github-actions.yml');

  it('comes in with OIDC, and may do nothing else', () => {
    expect(at(workflow, 'permissions')).toEqual({ contents: 'read', 'id-token': 'write' });
    const steps = at(workflow, 'jobs', 'verify', 'steps') as { uses?: string; with?: Record<string, string> }[];
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    expect(actions.filter((action) => !/^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
    const login = steps.find(({ uses }) => uses?.startsWith('aws-actions/'));
    expect(Object.keys(login?.with ?? {})).toEqual(['role-to-assume', 'aws-region', 'role-duration-seconds']);
    expect(readExample('github-actions.yml')).not.toMatch(/secrets\./);
  });

  it('runs on a schedule, and installs this version', () => {
    expect(isSchedule(at(workflow, 'on', 'schedule', 0, 'cron'))).toBe(true);
    const { version } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { version: string };
    // Nobody can have a commit of this hash: the workflow does nothing until a real one is put in.
    const action = `/trailproof/.github/actions/trailproof@${'0'.repeat(40)} # v${version}\n`;
    expect(readExample('github-actions.yml')).toContain(action);
    expect(readExample('kubernetes-cronjob.yaml')).toContain(`/trailproof:${version}\n`);
  });
});

describe('the CronJob', () => {
  const [account, claim, job] = readYaml('kubernetes-cronjob.yaml');

  it('runs on a schedule, one at a time, and tries again what was undetermined', () => {
    expect(at(job, 'kind')).toBe('CronJob');
    expect(isSchedule(at(job, 'spec', 'schedule'))).toBe(true);
    expect(at(job, 'spec', 'concurrencyPolicy')).toBe('Forbid');
    const rules = at(job, 'spec', 'jobTemplate', 'spec', 'podFailurePolicy', 'rules');
    // The first rule that fits is taken: a disruption ends a pod with some exit status as well.
    expect(at(rules, 0)).toEqual({ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] });
    expect(at(rules, 1, 'action')).toBe('FailJob');
    expect(at(rules, 1, 'onExitCodes', 'values')).toEqual([1, 64, 70]);
    expect(at(rules, 1, 'onExitCodes', 'containerName')).toBe(at(job, ...POD, 'containers', 0, 'name'));
    expect(at(job, ...POD, 'restartPolicy')).toBe('Never');
  });

  it('has the rights of its service account and no others', () => {
    expect(at(job, ...POD, 'serviceAccountName')).toBe(at(account, 'metadata', 'name'));
    expect(at(job, ...POD, 'securityContext', 'runAsNonRoot')).toBe(true);
    expect(at(job, ...POD, 'containers', 0, 'securityContext')).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('keeps the reports when its pods are gone, and no more than fits', () => {
    const volumes = at(job, ...POD, 'volumes') as readonly object[];
    expect(volumes).toEqual([{ name: 'reports', persistentVolumeClaim: { claimName: at(claim, 'metadata', 'name') } }]);
    expect(at(claim, 'spec', 'resources', 'requests', 'storage')).toBe('1Gi');
    expect(at(job, ...POD, 'containers', 0, 'resources', 'limits')).toEqual({
      memory: '1Gi',
      'ephemeral-storage': '64Mi',
    });
  });

  it('writes reports only where a volume is', () => {
    const mounts = at(job, ...POD, 'containers', 0, 'volumeMounts') as { name: string; mountPath: string }[];
    const volumes = at(job, ...POD, 'volumes') as { name: string }[];
    expect(mounts.map(({ name }) => name)).toEqual(volumes.map(({ name }) => name));
    const args = at(job, ...POD, 'containers', 0, 'args') as string[];
    const files = args.flatMap((arg) => /^[a-z]+=(.+)$/.exec(arg)?.[1] ?? []);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !mounts.some(({ mountPath }) => file.startsWith(`${mountPath}/`)))).toEqual([]);
  });
});

it('the crontab runs on a schedule, and has no % that cron would take for the end of a line', () => {
  const { schedule, command } = readCrontab();
  expect(isSchedule(schedule)).toBe(true);
  expect(command).not.toContain('%');
});

describe('the units of systemd', () => {
  const settings = new Map(readUnit('trailproof.service').flatMap(({ settings }) => settings));

  it('write only where the service may, and where node_exporter may read', () => {
    expect(settings.get('ProtectSystem')).toBe('strict');
    const files = [...(settings.get('ExecStart') ?? '').matchAll(/ ([a-z]+)=(\S+)/g)];
    const state = `/var/lib/${settings.get('StateDirectory')}`;
    expect(files.map(([, format, file = '']) => [format, path.dirname(file)])).toEqual([
      ['json', state],
      ['prometheus', state],
    ]);
    // The state of a dynamic user lies under a folder that nobody else may enter.
    expect(settings.has('DynamicUser')).toBe(false);
    expect(settings.get('User')).toBe('trailproof');
    expect(settings.get('UMask')).toBe('0022');
    expect(readExample('trailproof.service')).toContain(`--collector.textfile.directory=${state}`);
    // Node compiles at run time.
    expect(settings.has('MemoryDenyWriteExecute')).toBe(false);
  });

  it('find credentials where no home folder is', async () => {
    expect(settings.get('ProtectHome')).toBe('yes');
    expect(settings.get('Environment')).toBe(`AWS_SHARED_CREDENTIALS_FILE=%d/${settings.get('LoadCredential')}`);
    // The file need not be there.
    const world = emptyWorld();
    const { arn } = addTrail(world, trail);
    forgeChain(world, { ...trail, start: START, hours: 1, logsPerHour: 0 });
    const server = await startServer(world);
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path.join(temporaryFolder(), 'aws-credentials'));
    expect((await runMain(['verify', '--trail-arn', arn, '--quiet'], START + 2 * HOUR)).status).toBe(0);
  });

  it('tell somebody when a run does not end with verified', () => {
    const failed = readUnit(settings.get('OnFailure') ?? '').flatMap((section) => section.settings);
    expect(new Map(failed).get('ExecStart')).toContain('mail -s');
  });
});

describe('the Dockerfile', () => {
  const instructions = readDockerfile();
  const copies = instructions.filter(({ instruction }) => instruction === 'COPY').map(({ rest }) => rest.split(' '));
  const fromHere = copies.filter(([first]) => first !== '--from=build').flatMap((words) => words.slice(0, -1));
  const fromBuild = copies.filter(([first]) => first === '--from=build').flatMap((words) => words.slice(1, -1));

  it('copies what there is, and what is not ignored', () => {
    expect(fromHere.filter((source) => !existsSync(path.join(ROOT, source)))).toEqual([]);
    const ignored = readExample('Dockerfile.dockerignore').trim().split('\n');
    expect(ignored[0]).toBe('*');
    expect(ignored.slice(1).sort()).toEqual(fromHere.map((source) => `!${source.replace(/^\.\//, '')}`).sort());
  });

  it('has what the build needs before it builds', () => {
    const build = instructions.findIndex(({ rest }) => rest.startsWith('npm run build'));
    const before = instructions.slice(0, build).filter(({ instruction }) => instruction === 'COPY');
    const copied = before.flatMap(({ rest }) => rest.split(' ').slice(0, -1));
    expect(copied).toEqual(expect.arrayContaining(['package.json', 'package-lock.json']));
    const context = temporaryFolder();
    // The kernel is compiled again only where it is older than its source.
    const as = { recursive: true, preserveTimestamps: true };
    for (const source of copied) cpSync(path.join(ROOT, source), path.join(context, source), as);
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(context, 'node_modules'));
    const { status, stderr } = spawnSync('npm', ['run', 'build'], { cwd: context, encoding: 'utf8' });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    for (const built of ['dist/index.js', 'dist/bin/main.js', 'dist/bin/hash-worker.js', 'dist/lambda/index.js'])
      expect(existsSync(path.join(context, built)), built).toBe(true);
  });

  it('runs as somebody without rights, and holds no secrets', () => {
    const last = (wanted: string) => instructions.findLastIndex(({ instruction }) => instruction === wanted);
    expect(instructions[last('USER')]?.rest).toBe('node');
    expect(last('USER')).toBeGreaterThan(last('COPY'));
    expect(last('ENTRYPOINT')).toBeGreaterThan(last('USER'));
    expect(instructions.filter(({ instruction }) => instruction === 'ARG')).toEqual([]);
    const environment = instructions.filter(({ instruction }) => instruction === 'ENV').map(({ rest }) => rest);
    expect(environment).toEqual(['NODE_ENV=production']);
    expect(instructions[0]?.rest).toMatch(/^node:\d+-slim AS build$/);
  });

  it('makes an image that runs', () => {
    const image = temporaryFolder();
    const bin = fromHere.filter((source) => source === 'bin');
    for (const source of [...bin, ...fromBuild.map((source) => source.replace('/app/', ''))]) {
      if (source === 'node_modules') symlinkSync(path.join(ROOT, source), path.join(image, source));
      else cpSync(path.join(ROOT, source), path.join(image, source), { recursive: true });
    }
    const [program = '', script = ''] = JSON.parse(
      instructions.find(({ instruction }) => instruction === 'ENTRYPOINT')?.rest ?? '[]',
    ) as string[];
    expect(program).toBe('node');
    const run = (...args: string[]) =>
      execFileSync(process.execPath, [script.replace('/app', image), ...args], {
        cwd: ROOT,
        env: launchEnvironment(),
        encoding: 'utf8',
      });
    const command = ['verify', 'testdata/archive', '--keys', 'testdata/keys.json', '--threads', '1'];
    expect(run(...command)).toMatch(/^VERIFIED: /m);
  });
});
