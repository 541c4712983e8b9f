import type { Argv } from 'yargs';
import { fetchKeys } from '../../app/keys/fetch-keys.js';
import { UsageError } from '../../compose/errors/usage-error.js';
import { findRegion, findRegions, openAws, readKeys } from '../../compose/source/open-source.js';
import { toAwsOptions } from '../../config/aws-options.js';
import { toInstant } from '../../config/parse-time.js';
import { fromFlags } from '../../config/settings.js';
import type { ListedKey } from '../../core/keys/key-list.js';
import { formatKeySnapshot, type KeySnapshot, type RegionKeys } from '../../core/keys/key-snapshot.js';
import { fingerprintOf, MIN_MODULUS_BITS, readPublicKey } from '../../core/keys/public-key.js';
import { isRegionName } from '../../core/objects/cloudtrail-key.js';
import { formatInstant, type Instant, type Interval } from '../../core/time/instant.js';
import { escapeTerminal, toSafeJson } from '../../render/strings/escape-terminal.js';
import { countOf } from '../../render/strings/numbers-and-times.js';
import { awsFlags } from '../flags/aws.js';
import { example, refuseRepeated } from '../flags/yargs-checks.js';
import { toFile, toStream } from '../output/report-file.js';
import { EXIT } from '../process/exit-status.js';
import { type Terminal, write } from '../process/terminal.js';

const FALLBACK_REGION = 'us-east-1';

/** The flags of `trailproof keys fetch`. */
export const fetchFlags = (yargs: Argv) =>
  awsFlags(yargs)
    .option('region', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'only this region (repeatable); default: every region of the partition',
    })
    .option('from', { type: 'string', requiresArg: true, default: '-90d', describe: 'keys in use since then' })
    .option('to', { type: 'string', requiresArg: true, default: 'now', describe: 'keys in use until then' })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      describe: 'write them to this file; default: standard output',
    })
    .check(refuseRepeated('region'))
    .example(example('$0 keys fetch --from 2026-01-01 --output keys.json', 'the keys of every region since January'))
    .example(example('$0 keys fetch --region eu-west-1 --from -24h', 'one region, one day'))
    .epilog(
      'Writes JSON: there is no --format. Exit status: 0 every region asked answered or is not enabled, 2 some did not, 64 wrong usage.',
    );

type FetchFlags = Awaited<ReturnType<typeof fetchFlags>['argv']>;

/** Saves the public keys of regions, with when, for which time and by whom they were asked for. */
export async function runKeysFetch(flags: FetchFlags, terminal: Terminal): Promise<number> {
  const now = terminal.now();
  const asked = { start: toInstant('--from', flags.from, now), end: toInstant('--to', flags.to, now) };
  if (asked.start >= asked.end) throw new UsageError('--from must lie before --to');
  const home = flags.region?.[0] ?? (await findRegion(flags.profile)) ?? FALLBACK_REGION;
  const regions = flags.region ?? (await findRegions(home));
  for (const region of regions)
    if (!isRegionName(region)) throw new UsageError(`--region ${region}: no region has such a name`);

  // Opened before anybody is asked: a wrong path should not cost the answers of every region.
  const output = flags.output === undefined ? toStream(terminal.stdout) : await toFile(flags.output);
  try {
    const snapshot = await takeSnapshot(flags, home, regions, asked, now);
    await output.write(formatKeySnapshot(snapshot));
    await output.finish();
    return await tellAnswers(snapshot.regions, terminal);
  } finally {
    await output.abandon();
  }
}

async function takeSnapshot(
  flags: FetchFlags,
  home: string,
  regions: readonly string[],
  asked: Interval,
  takenAt: Instant,
): Promise<KeySnapshot> {
  const aws = await openAws(toAwsOptions(fromFlags(flags)));
  try {
    const answers = await fetchKeys(aws.keys, regions, asked);
    const takenBy = await aws.describeCaller(home).catch(() => undefined);
    return {
      takenAt,
      asked,
      regions: answers,
      ...(takenBy !== undefined && { takenBy }),
      ...(aws.endpoint !== undefined && { endpointUrl: aws.endpoint }),
    };
  } finally {
    await aws.close();
  }
}

// So answers a region that the account has not opted into: it has delivered nothing either.
const NOT_ENABLED: ReadonlySet<string> = new Set([
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'OptInRequired',
]);

async function tellAnswers(answers: readonly RegionKeys[], terminal: Terminal): Promise<number> {
  const refused = answers.flatMap((answer) => ('refusal' in answer ? [answer] : []));
  const answered = answers.flatMap((answer) => ('keys' in answer ? [answer] : []));
  const keys = answered.reduce((sum, answer) => sum + answer.keys.length, 0);
  const without = answered.filter((answer) => answer.keys.length === 0).map(({ region }) => region);
  const failed = refused.filter(({ refusal }) => !NOT_ENABLED.has(refusal.errorCode));
  for (const { region, refusal } of failed) {
    await write(
      terminal.stderr,
      `trailproof: ${region} gave no keys (${escapeTerminal(refusal.errorCode)}): ${escapeTerminal(refusal.message)}\n`,
    );
  }
  const skipped = refused.length - failed.length;
  const parts = [
    `${countOf(keys, 'key')} from ${countOf(answered.length - without.length, 'region')}`,
    ...(without.length > 0 ? [`none of that time in ${without.join(', ')}`] : []),
    ...(skipped > 0 ? [`${skipped} not enabled for this account`] : []),
  ];
  await write(terminal.stderr, `${parts.join('; ')}\n`);
  return failed.length > 0 || keys === 0 ? EXIT.undetermined : EXIT.verified;
}

/** The flags of `trailproof keys show`. */
export const showFlags = (yargs: Argv) =>
  yargs
    .positional('file', {
      type: 'string',
      array: true,
      describe: 'saved answers of list-public-keys, files or folders',
    })
    .option('format', { choices: ['text', 'json'] as const, default: 'text' as const, describe: 'how to list them' })
    .example(example('$0 keys show keys.json', 'what is in a file of keys'))
    .epilog('Exit status: 0 every key is what it says, 1 some are not, 64 wrong usage or no keys.');

type ShowFlags = Awaited<ReturnType<typeof showFlags>['argv']>;

/** Lists keys, their fingerprints computed anew. */
export async function runKeysShow(flags: ShowFlags, terminal: Terminal): Promise<number> {
  if (!flags.file || flags.file.length === 0) throw new UsageError('name a file of public keys');
  const keys = await readKeys(flags.file);
  if (keys.length === 0)
    throw new UsageError(
      `no public key in ${flags.file.join(', ')}\nName a file that trailproof keys fetch has written, or an answer of aws cloudtrail list-public-keys.`,
    );
  const looked = await Promise.all(keys.map(lookAt));
  await write(terminal.stdout, flags.format === 'json' ? keysAsJson(looked) : keysAsText(looked));
  return looked.every(({ fault }) => fault === undefined) ? EXIT.verified : EXIT.failed;
}

/** A key that was listed, and what it is. */
interface SeenKey {
  readonly listed: ListedKey;
  /** The fingerprint, computed anew. */
  readonly computed: string;
  /** Absent where it is no RSA key. */
  readonly key?: { readonly modulusBits: number; readonly form: 'pkcs1' | 'spki' };
  readonly fault?: keyof typeof FAULTS;
}

const FAULTS = {
  mismatch: ({ fingerprint }: ListedKey) => `MISMATCH: claims to be ${escapeTerminal(fingerprint)}`,
  unreadable: () => 'UNREADABLE',
  'too-short': () => 'TOO SHORT to prove anything',
} as const;

async function lookAt(listed: ListedKey): Promise<SeenKey> {
  const computed = fingerprintOf(listed.der);
  const key = await readPublicKey(listed.der);
  const seen = { listed, computed, ...(key && { key: { modulusBits: key.modulusBits, form: key.form } }) };
  if (computed !== listed.fingerprint.toLowerCase()) return { ...seen, fault: 'mismatch' };
  if (key === undefined) return { ...seen, fault: 'unreadable' };
  return key.modulusBits < MIN_MODULUS_BITS ? { ...seen, fault: 'too-short' } : seen;
}

const FORMS = { pkcs1: 'PKCS #1', spki: 'SPKI' } as const;

function keysAsText(keys: readonly SeenKey[]): string {
  const lines = keys.map(({ listed, computed, key, fault }) => {
    const kind = key === undefined ? 'no RSA key' : `RSA-${key.modulusBits} ${FORMS[key.form]}`;
    const cells = [computed, formatValidity(listed.validity), (listed.region ?? '-').padEnd(14), kind];
    return [...cells.map(escapeTerminal), ...(fault === undefined ? [] : [FAULTS[fault](listed)])].join('  ');
  });
  const isSound = keys.every(({ fault }) => fault === undefined);
  const closing = `${countOf(keys.length, 'key')}${isSound ? ', each with the fingerprint it claims' : ''}`;
  return [...lines, closing].map((line) => `${line}\n`).join('');
}

/** A list of objects; times as ISO 8601 text. */
const keysAsJson = (keys: readonly SeenKey[]): string =>
  `${toSafeJson(
    keys.map(({ listed: { fingerprint, validity, region }, computed, key, fault }) => ({
      fingerprint: computed,
      ...(fault === 'mismatch' && { claimed: fingerprint }),
      ...(validity && { validFrom: formatInstant(validity.start), validUntil: formatInstant(validity.end) }),
      ...(region !== undefined && { region }),
      ...(key && { rsaBits: key.modulusBits, form: key.form }),
      ...(fault !== undefined && { fault }),
    })),
  )}\n`;

const formatValidity = (validity: Interval | undefined): string =>
  validity === undefined
    ? 'validity unknown'.padEnd(44)
    : `${formatInstant(validity.start)} to ${formatInstant(validity.end)}`;
