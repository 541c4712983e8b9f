import { type Dispatcher, ProxyAgent } from 'undici';

/** What all connections to one origin have in common. */
export interface PoolSettings {
  readonly connections: number;
  /** Milliseconds. */
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
  /** How connections are made, those with TLS. */
  readonly connect: { readonly timeout: number; readonly ca?: string };
}

/** Connections to an origin through a proxy: through tunnels where they have TLS, and else by asking for whole URLs. */
export const openProxyPool = (origin: string, proxy: string, { connect, ...settings }: PoolSettings): Dispatcher =>
  new ProxyAgent({
    ...settings,
    uri: proxy,
    requestTls: connect,
    proxyTls: connect,
    proxyTunnel: origin.startsWith('https:'),
  });
