import { X509Certificate } from 'node:crypto';
import type { ConfiguredNetwork } from '../../adapters/aws/shared-config.js';
import { readInput } from '../../adapters/local/input-file.js';
import { decodeSavedText } from '../../core/encoding/decode-saved-text.js';
import type { Network, OpenedNetwork } from '../../ports/network.js';
import { UsageError } from '../errors/usage-error.js';

/** The authorities of the world are some hundred kilobytes. */
const MAX_BUNDLE_BYTES = 16 * 1024 * 1024;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Proxies and authorities as the AWS CLI finds them: HTTPS_PROXY, HTTP_PROXY, NO_PROXY, AWS_CA_BUNDLE and the profile's
 * `ca_bundle`. Undefined where there are none.
 * @throws {UsageError} for a proxy that is no URL, and for a file without certificates
 */
export async function openNetwork(profile: string | undefined): Promise<OpenedNetwork | undefined> {
  const { configuredNetwork } = await import('../../adapters/aws/shared-config.js');
  const configured = await configuredNetwork(profile);
  const ca = configured.caBundle && (await readBundle(configured.caBundle));
  const proxyFor = proxiesOf(configured);
  if (ca === undefined && Object.keys(configured.proxies).length === 0) return undefined;
  const { withAgents } = await import('../../adapters/node/proxy-agents.js');
  return withAgents({ proxyFor, ...(ca !== undefined && { ca }) });
}

async function readBundle({ origin, file }: NonNullable<ConfiguredNetwork['caBundle']>): Promise<string> {
  const refuse = (why: string) => new UsageError(`${origin} ${file}: ${why}\nName a file of certificates in PEM.`);
  let text: string | undefined;
  try {
    text = decodeSavedText((await readInput(file, MAX_BUNDLE_BYTES)).bytes);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  const certificates = text?.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw refuse('no certificate in it');
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate);
    } catch {
      throw refuse(`certificate ${index + 1} in it cannot be read`);
    }
  }
  return certificates.join('\n');
}

function proxiesOf({ proxies, noProxy }: Pick<ConfiguredNetwork, 'proxies' | 'noProxy'>): Network['proxyFor'] {
  const urls = new Map(Object.entries(proxies).map(([scheme, proxy]) => [`${scheme}:`, toProxy(proxy)]));
  const exempt = noProxy.split(',').map((entry) => entry.trim().toLowerCase().replace(/^\./, ''));
  return (url) => {
    const { protocol, hostname, host, port } = new URL(url);
    const names = [hostname, host, `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`];
    const isExempt = exempt.some(
      (entry) => entry === '*' || (entry !== '' && names.some((name) => name === entry || name.endsWith(`.${entry}`))),
    );
    return isExempt ? undefined : urls.get(protocol);
  };
}

/** @throws {UsageError} */
function toProxy({ origin, url }: { readonly origin: string; readonly url: string }): string {
  const proxy = url.includes('://') ? url : `http://${url}`;
  if (/^https?:/i.test(proxy) && URL.canParse(proxy)) return proxy;
  throw new UsageError(`${origin}: no URL of a proxy; write it like http://proxy.example.com:3128`);
}
