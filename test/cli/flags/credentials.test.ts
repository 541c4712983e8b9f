import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { loopbackServers } from '../../support/aws/loopback-servers.js';
import { runMain } from '../../support/run/run-main.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';
import { emptyWorld } from '../../support/worlds/world.js';

const newFolder = temporaryFolders();
const startServer = loopbackServers();
const ROLE = 'arn:aws:iam::111122223333:role/audit';

/** Runs with a configuration of AWS and nothing else that credentials could come from. */
async function run(profiles: readonly string[], args: readonly string[]) {
  const config = path.join(newFolder(), 'config');
  writeFileSync(config, profiles.join('\n'));
  vi.stubEnv('AWS_CONFIG_FILE', config);
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
  const server = await startServer(emptyWorld());
  return { server, ...(await runMain([...args, '--endpoint-url', server.url])) };
}

const CAUSES: [string, string[], string][] = [
  [
    'what credential_process says, without its command, which may hold a secret',
    ['credential_process = sh -c "echo the vault is sealed: >&2; echo ask ops >&2; exit 3" --token s3cr3t'],
    'profile audit: its credential_process failed: the vault is sealed: ask ops.',
  ],
  [
    'that credential_process says nothing',
    ['credential_process = false'],
    'its credential_process failed and said nothing',
  ],
  ['that it says no JSON', ['credential_process = echo nonsense'], 'credential_process returned invalid JSON'],
  [
    'that it gives expired ones',
    [
      `credential_process = echo '{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"2020-01-01T00:00:00Z"}'`,
    ],
    'credential_process returned expired credentials',
  ],
  [
    'the source_profile that is missing',
    [`role_arn = ${ROLE}`, 'source_profile = gone'],
    'Could not resolve credentials using profile: [gone]',
  ],
  [
    'a source_profile that leads in a circle',
    [`role_arn = ${ROLE}`, 'source_profile = other'],
    'Profiles visited: other, audit',
  ],
  [
    'a session that is over',
    ['sso_session = my', 'sso_account_id = 111122223333', 'sso_role_name = r'],
    "To refresh this SSO session run 'aws sso login'",
  ],
  [
    'the credentials of a container, outside of any',
    [`role_arn = ${ROLE}`, 'credential_source = EcsContainer'],
    'AWS_CONTAINER_CREDENTIALS',
  ],
  [
    'a token that is not there',
    [`role_arn = ${ROLE}`, 'web_identity_token_file = /nowhere/token'],
    "open '/nowhere/token'",
  ],
];
const OTHERS = [
  '[profile other]',
  `role_arn = ${ROLE}`,
  'source_profile = audit',
  '[sso-session my]',
  'sso_region = us-east-1',
  'sso_start_url = https://example.awsapps.com/start',
];

const COMMANDS: [string, string[]][] = [
  ['verify of a bucket', ['verify', 's3://trails', '--keys', 'testdata/keys.json']],
  ['keys fetch', ['keys', 'fetch', '--region', 'us-east-1']],
  ['verify as a role', ['verify', 's3://trails', '--keys', 'testdata/keys.json', '--role-arn', ROLE]],
];

it.each(CAUSES)('why there are no credentials is told: %s', async (_, lines, words) => {
  const { status, stderr, server } = await run(
    ['[profile audit]', ...lines, ...OTHERS],
    [...(COMMANDS[0]?.[1] ?? []), '--profile', 'audit'],
  );
  expect(stderr).toContain(words);
  expect(stderr).not.toContain('s3cr3t');
  expect(stderr).toContain('CredentialsProviderError');
  expect(status).toBe(2);
  expect(server.requests).toEqual([]);
});

it.each(COMMANDS)('why there are no credentials is told by %s', async (_, args) => {
  const lines = ['[default]', 'credential_process = sh -c "echo the vault is sealed >&2; exit 3"'];
  const { status, stderr } = await run(lines, args);
  expect(stderr).toContain('profile default: its credential_process failed: the vault is sealed.');
  expect(status).toBe(2);
});

it('a credential_process is run once for all regions and services', async () => {
  const folder = newFolder();
  const given = '{"Version":1,"AccessKeyId":"AKIDPROCESS","SecretAccessKey":"b"}';
  const program = path.join(folder, 'program');
  writeFileSync(program, `#!/bin/sh\necho run >> ${folder}/runs\necho '${given}'\n`, { mode: 0o755 });
  const args = ['keys', 'fetch', '--region', 'us-east-1', '--region', 'eu-west-1'];
  const { server } = await run(['[default]', `credential_process = ${program}`], args);
  expect(server.requests.map(({ accessKeyId }) => accessKeyId)).toEqual(server.requests.map(() => 'AKIDPROCESS'));
  expect(server.requests.length).toBeGreaterThan(2);
  expect(readFileSync(`${folder}/runs`, 'utf8')).toBe('run\n');
});
