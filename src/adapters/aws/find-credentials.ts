import { type AwsCredentials, type CredentialsSource, SILENT_LOGGER } from '../../ports/credentials.js';
import { type AwsSettings, toClientSettings } from './client-settings.js';
import { configuredProfile } from './shared-config.js';

/** Characters that are told of why there are no credentials: a command may have much to say. */
const MOST_WORDS = 500;

/**
 * The credentials that the SDK finds: of the environment, the profile, the machine. They are looked up when they are first asked for,
 * once for all clients, and again when they are about to end. Where there are none, the source throws the cause that the profile has: the SDK
 * only says that it found none.
 */
export function findCredentials({ profile, network }: Pick<AwsSettings, 'profile' | 'network'>): CredentialsSource {
  let opening: Promise<(options?: object) => Promise<AwsCredentials>> | undefined;
  return async (options?: object) => {
    opening ??= openChain(profile, network);
    const find = await opening;
    try {
      // The SDK writes into what it is given.
      return { ...(await find(options)) };
    } catch (error) {
      throw (await causeIn(profile, error)) ?? error;
    }
  };
}

async function openChain(profile: string | undefined, network: AwsSettings['network']) {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  const { requestHandler } = toClientSettings(network ? { network } : {}, '');
  return fromNodeProviderChain({
    logger: SILENT_LOGGER,
    ...(network && { clientConfig: { requestHandler } }),
    ...(profile !== undefined && { profile }),
  });
}

/** What the profile alone says to it, which the SDK passes over to look further. */
async function causeIn(profile: string | undefined, error: unknown): Promise<Error | undefined> {
  if (!(error instanceof Error) || !/^Could not load credentials from any providers/.test(error.message))
    return undefined;
  const { name, isThere } = (await configuredProfile(profile)) ?? (await configuredProfile('default')) ?? {};
  if (name === undefined || !isThere) return undefined;
  const { fromIni } = await import('@aws-sdk/credential-providers');
  const cause = await fromIni({ profile: name, logger: SILENT_LOGGER })().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(cause instanceof Error)) return undefined;
  const message = `profile ${name}: ${toWords(cause.message)}`;
  return Object.assign(new Error(message, { cause: error }), { name: error.name });
}

/** In one line. The command of `credential_process` is left out, for what stands in it may be secret: its own words are told. */
function toWords(message: string): string {
  const [first = '', ...rest] = message.split('\n').map((line) => line.trim());
  const said = rest.filter((line) => line !== '').join(' ');
  if (!first.startsWith('Command failed: ')) return [first, said].join(' ').trim().slice(0, MOST_WORDS);
  return `its credential_process failed${said === '' ? ' and said nothing' : `: ${said.slice(0, MOST_WORDS)}`}`;
}
