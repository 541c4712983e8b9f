import {
  type AgentOptions,
  type ClientRequest,
  Agent as HttpAgent,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Network, OpenedNetwork } from '../../ports/network.js';

/** Milliseconds that a proxy may take to open a tunnel. */
const TUNNEL_TIMEOUT = 10_000;

/** Adds agents for Node's HTTP that reach each host through the proxy that is named for it, and trust the given authorities. */
export function withAgents(network: Network): OpenedNetwork {
  const { ca, proxyFor } = network;
  // The connection time-out also counts the wait for a free socket. Callers bound what is under way.
  const options: AgentOptions = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };
  const newAgents = () => ({
    httpAgent: new ForwardingAgent(proxyFor, options),
    httpsAgent: new TunnellingAgent(proxyFor, ca, options),
  });
  return { ...network, newAgents };
}

/** What Node's own agents do with a request; it is not in their published types. */
type AddRequest = (request: ClientRequest, options: RequestOptions) => void;

/** Asks a proxy for plain HTTP by the whole URL. */
class ForwardingAgent extends HttpAgent {
  readonly #proxyFor: Network['proxyFor'];

  constructor(proxyFor: Network['proxyFor'], options: AgentOptions) {
    super(options);
    this.#proxyFor = proxyFor;
  }

  addRequest(request: ClientRequest, options: RequestOptions): void {
    const add = (HttpAgent.prototype as unknown as { readonly addRequest: AddRequest }).addRequest;
    const origin = `http://${hostOf(options)}`;
    const proxy = this.#proxyFor(origin);
    if (proxy === undefined) {
      add.call(this, request, options);
      return;
    }
    const { hostname, port, auth } = partsOf(proxy);
    request.path = new URL(request.path, origin).href;
    if (auth !== undefined) request.setHeader('proxy-authorization', auth);
    add.call(this, request, { ...options, host: hostname, port });
  }
}

/** Has a proxy open a tunnel, in which the host is spoken to as ever. */
class TunnellingAgent extends HttpsAgent {
  readonly #proxyFor: Network['proxyFor'];
  readonly #ca: string | undefined;

  constructor(proxyFor: Network['proxyFor'], ca: string | undefined, options: AgentOptions) {
    super({ ...options, ...(ca !== undefined && { ca }) });
    this.#proxyFor = proxyFor;
    this.#ca = ca;
  }

  override createConnection(
    options: RequestOptions & ConnectionOptions,
    done: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    const proxy = this.#proxyFor(`https://${hostOf(options)}`);
    if (proxy === undefined) return super.createConnection(options, done);
    this.#openTunnel(proxy, hostOf(options)).then(
      (socket) => done(null, connectTls({ ...options, socket, servername: options.servername ?? options.host ?? '' })),
      (error: Error) => (done as (error: Error) => void)(error),
    );
    return undefined;
  }

  #openTunnel(proxy: string, host: string): Promise<Socket> {
    const { protocol, hostname, port, auth } = partsOf(proxy);
    const ask = protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const request = ask({
        method: 'CONNECT',
        hostname,
        port,
        path: host,
        headers: { host, ...(auth !== undefined && { 'proxy-authorization': auth }) },
        agent: false,
        timeout: TUNNEL_TIMEOUT,
        ...(this.#ca !== undefined && { ca: this.#ca }),
      });
      request.once('connect', ({ statusCode }, socket: Socket) => {
        socket.setTimeout(0);
        if (statusCode === 200) return resolve(socket);
        socket.destroy();
        return reject(proxyError(`the proxy ${hostname}:${port} answered ${statusCode}`));
      });
      request.once('timeout', () => request.destroy(proxyError(`the proxy ${hostname}:${port} does not answer`)));
      request.once('response', ({ statusCode }) => {
        request.destroy(proxyError(`the proxy ${hostname}:${port} answered ${statusCode}`));
      });
      request.once('error', reject);
      request.end();
    });
  }
}

const hostOf = ({ host, port }: RequestOptions): string => {
  const name = host ?? '';
  return `${name.includes(':') && !name.startsWith('[') ? `[${name}]` : name}:${port}`;
};

/** With the code of what a proxy does to a connection that it does not let through. */
const proxyError = (message: string): Error => Object.assign(new Error(message), { code: 'EPROXY' });

function partsOf(proxy: string) {
  const { protocol, hostname, port, username, password } = new URL(proxy);
  const secret = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    protocol,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
    auth: username === '' ? undefined : `Basic ${Buffer.from(secret).toString('base64')}`,
  };
}
