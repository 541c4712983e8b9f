import { join } from 'node:path';
import { getHomeDir, loadConfig, loadSharedConfigFiles } from '@smithy/core/config';

/** The profile that is to be used, by its name; AWS_PROFILE where none is given. Undefined where neither names one. */
export interface ConfiguredProfile {
  readonly name: string;
  /** Whether one of the files of the AWS configuration has anything of it. */
  readonly isThere: boolean;
}

/** A URL that AWS requests are to be sent to, and what says so: a variable, or a setting of the profile. */
export interface ConfiguredEndpoint {
  readonly origin: string;
  readonly url: string;
}

const ENDPOINT_VARIABLES = ['S3', 'CLOUDTRAIL', 'STS', 'ORGANIZATIONS'].map((service) => `AWS_ENDPOINT_URL_${service}`);

/** Looks the profile up in the files where the SDK looks, and with its parser. Files that cannot be read hold nothing. */
export async function configuredProfile(given: string | undefined): Promise<ConfiguredProfile | undefined> {
  const name = given || (await fromEnvironment('AWS_PROFILE'));
  if (!name) return undefined;
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  return { name, isThere: Object.hasOwn(configFile, name) || Object.hasOwn(credentialsFile, name) };
}

/** Files of settings that the SDK reads: those that variables name, and those that it looks for in the home folder. */
export async function settingFiles(): Promise<{
  readonly named: readonly string[];
  readonly found: readonly string[];
}> {
  const named: string[] = [];
  const found: string[] = [];
  for (const [variable, name] of Object.entries(FILE_VARIABLES)) {
    const given = await fromEnvironment(variable);
    if (given) named.push(given);
    else if (name !== undefined) found.push(join(getHomeDir(), '.aws', name));
  }
  return { named, found };
}

/** Each with the name of the file in the folder `.aws` that is read without it. */
const FILE_VARIABLES: Readonly<Record<string, string | undefined>> = {
  AWS_CONFIG_FILE: 'config',
  AWS_SHARED_CREDENTIALS_FILE: 'credentials',
  AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
  AWS_CA_BUNDLE: undefined,
  NODE_EXTRA_CA_CERTS: undefined,
};

/** The endpoints that the environment gives, or else the profile for all services. None where they are to be ignored. */
export async function configuredEndpoints(profile: string | undefined): Promise<readonly ConfiguredEndpoint[]> {
  if ((await fromEnvironment('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS')) === 'true') return [];
  const variables = ['AWS_ENDPOINT_URL', ...ENDPOINT_VARIABLES];
  return loadConfig<readonly ConfiguredEndpoint[]>(
    {
      environmentVariableSelector: (environment) => {
        const set = variables.flatMap((origin) => toEndpoint(origin, environment[origin]));
        return set.length > 0 ? set : undefined;
      },
      configFileSelector: ({ endpoint_url }) => toEndpoint('endpoint_url', endpoint_url),
      default: [],
    },
    profile === undefined ? {} : { profile },
  )();
}

/** What leads to hosts, as the environment and the profile say it: empty where they do not. */
export interface ConfiguredNetwork {
  /** A file of certificates, and what names it. */
  readonly caBundle?: { readonly origin: string; readonly file: string };
  /** By the scheme of a URL: the proxy for it, and what names it. */
  readonly proxies: Readonly<Partial<Record<'http' | 'https', ConfiguredEndpoint>>>;
  /** Hosts that are reached without a proxy, separated by commas. */
  readonly noProxy: string;
}

/** The proxies of the environment and the certificates of AWS_CA_BUNDLE, or else of the profile, as the AWS CLI looks for them. */
export async function configuredNetwork(profile: string | undefined): Promise<ConfiguredNetwork> {
  const caBundle = await loadConfig<ConfiguredNetwork['caBundle']>(
    {
      environmentVariableSelector: ({ AWS_CA_BUNDLE: file }) => (file ? { origin: 'AWS_CA_BUNDLE', file } : undefined),
      configFileSelector: ({ ca_bundle: file }) => (file ? { origin: 'ca_bundle', file } : undefined),
      default: undefined,
    },
    profile === undefined ? {} : { profile },
  )();
  const [https, http, no] = await Promise.all(['https_proxy', 'http_proxy', 'no_proxy'].map(eitherCase));
  return {
    ...(caBundle && { caBundle }),
    proxies: { ...(https && { https }), ...(http && { http }) },
    noProxy: no?.url ?? '',
  };
}

/** Small letters win, as in all that is written in Python. */
async function eitherCase(variable: string): Promise<ConfiguredEndpoint | undefined> {
  for (const origin of [variable, variable.toUpperCase()]) {
    const url = await fromEnvironment(origin);
    if (url) return { origin, url };
  }
  return undefined;
}

const toEndpoint = (origin: string, url: string | undefined): readonly ConfiguredEndpoint[] =>
  url ? [{ origin, url }] : [];

/** Of the process, as the SDK reads it. */
const fromEnvironment = (variable: string): Promise<string> =>
  loadConfig<string>({
    environmentVariableSelector: (environment) => environment[variable],
    configFileSelector: () => undefined,
    default: '',
  })();
