import { createServer, request as requestHttp } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { THROWAWAY_SERVER } from './throwaway-tls.js';

export interface ProxyServer {
  readonly url: string;
  /** The first line of each request, and who it says it is from. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** Where everything leads, whatever name it is asked for by: a port of 127.0.0.1 each for tunnels and for plain HTTP. */
  readonly tls: number;
  readonly plain: number;
  /** Refuses whoever does not show this: `user:password`. */
  readonly credentials?: string;
}

/** A proxy of HTTP on 127.0.0.1 that opens tunnels (CONNECT) and forwards what is asked by a whole URL. */
export async function startProxy({ tls, plain, credentials }: ProxyOptions): Promise<ProxyServer> {
  const asked: string[] = [];
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    if (wanted !== undefined && incoming.headers['proxy-authorization'] !== wanted) {
      response.writeHead(407).end();
      return;
    }
    const { pathname, search } = new URL(incoming.url ?? '');
    const { method, headers } = incoming;
    const forwarded = requestHttp({ port: plain, host: '127.0.0.1', path: pathname + search, method, headers });
    forwarded.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    forwarded.once('error', () => response.destroy());
    incoming.pipe(forwarded);
  });
  const sockets = new Set<Socket>();
  server.on('connect', ({ url, headers }, socket: Socket) => {
    asked.push(`CONNECT ${url}`);
    socket.on('error', () => {});
    if (wanted !== undefined && headers['proxy-authorization'] !== wanted) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const upstream = connect(tls, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  });
  return { ...(await listen(server, sockets, 'http')), asked };
}

/** Speaks TLS for a server that speaks HTTP at a port of 127.0.0.1, as {@link THROWAWAY_SERVER}. */
export async function startTlsFront(plain: number): Promise<Omit<ProxyServer, 'asked'> & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createTlsServer(THROWAWAY_SERVER, (socket) => {
    const upstream = connect(plain, '127.0.0.1');
    upstream.pipe(socket).pipe(upstream);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
  });
  const front = await listen(server, sockets, 'https');
  return { ...front, port: Number(new URL(front.url).port) };
}

async function listen(server: Server, sockets: Set<Socket>, scheme: string): Promise<Omit<ProxyServer, 'asked'>> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
