import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';

/** How hosts are reached, where that is not the plain way. */
export interface Network {
  /** Certificates of the authorities that are trusted, in PEM, in place of those of Node; those where absent. */
  readonly ca?: string;
  /** The proxy for a URL; undefined where there is none. */
  readonly proxyFor: (url: string) => string | undefined;
}

/** A network with agents for Node's HTTP that go by it. */
export interface OpenedNetwork extends Network {
  /** For one client, which closes them. */
  newAgents(): { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
}
