import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach } from 'vitest';

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RecordingServer {
  /** Where it listens, if not at a socket. */
  readonly url: string;
  /** What it was asked so far. */
  readonly requests: readonly RecordedRequest[];
}

/** What to say to a request: a status, and a body: a text as it is, anything else as JSON. */
export type Answer = (request: RecordedRequest) => { readonly status: number; readonly body: unknown };

/** Starts servers that keep what they are asked, on loopback or at a Unix socket. They end after each test of the file that calls this. */
export function recordingServers(): (answer: Answer, socket?: string) => Promise<RecordingServer> {
  const running: Server[] = [];
  afterEach(() => {
    for (const server of running.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  return async (answer, socket) => {
    const requests: RecordedRequest[] = [];
    const server = createServer(async (message, response) => {
      const { method = '', url: path = '', headers } = message;
      const request = { method, path, headers, body: await text(message) };
      requests.push(request);
      const { status, body } = answer(request);
      const isText = typeof body === 'string';
      response.writeHead(status, { 'content-type': isText ? 'text/xml' : 'application/json' });
      response.end(isText ? body : JSON.stringify(body));
    });
    running.push(server);
    await new Promise<void>((resolve) =>
      socket === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(socket, resolve),
    );
    return { url: socket ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
  };
}
