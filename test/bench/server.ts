import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { answerS3, toS3Request } from '../support/aws/server-s3.js';
import { answerService } from '../support/aws/server-services.js';
import type { World, WorldObject } from '../support/worlds/world.js';
import { readCorpus } from './written-corpus.js';

// Serves a corpus like S3 and CloudTrail on 127.0.0.1, each answer so many milliseconds late, in a process of its own:
//   node server.js CORPUS.json LATENCY
// The first line that it prints is its URL. It shares the machine with what is measured, so that objects are answered
// with as little work as can be: what looks like a plain GET of one needs no more of HTTP.

const [description = '', latency = '0'] = process.argv.slice(2);
const PAGE_SIZE = 1_000;

/** An answer as it is sent. */
function prepare({ body, metadata }: WorldObject): Buffer {
  const headers = {
    'content-length': body.length,
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    etag: '"bench"',
    'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`), body]);
}

async function answer(world: World, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const asked = Buffer.concat(chunks);
  const target = incoming.headers['x-amz-target'];
  const region = /Credential=[^/]+\/\d{8}\/([^/]+)\//.exec(incoming.headers.authorization ?? '')?.[1];
  const signed = region === undefined ? {} : { region };
  const { status, headers, body } =
    typeof target === 'string'
      ? answerService(world, { operation: target.split('.').at(-1) ?? '', ...signed }, asked, PAGE_SIZE)
      : answerS3(world, toS3Request(incoming, asked), {
          region,
          pageSize: PAGE_SIZE,
          enforceRegions: false,
          writableBuckets: [],
          ignoresConditions: [],
        });
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(incoming.method === 'HEAD' ? undefined : body);
}

const world = await readCorpus(description);
const objects = new Map<string, Buffer>();
for (const [bucket, contents] of world.buckets)
  for (const [key, object] of contents) objects.set(`/${bucket}/${key}`, prepare(object));

const delayed = (act: () => void): void => {
  if (latency === '0') act();
  else setTimeout(act, Number(latency));
};

const others = createServer((incoming, response) =>
  delayed(() => {
    answer(world, incoming, response).catch((error: Error) => response.destroy(error));
  }),
);
others.keepAliveTimeout = 60_000;

/** What is asked for by a GET that came in one piece, as requests without a body do. */
function objectAskedFor(request: Buffer): Buffer | undefined {
  if (!request.subarray(0, 4).equals(GET) || !request.subarray(-4).equals(END)) return undefined;
  const target = request.toString('latin1', 4, request.indexOf(' ', 4));
  const query = target.indexOf('?');
  return objects.get(query === -1 ? target : target.slice(0, query));
}

const GET = Buffer.from('GET ');
const END = Buffer.from('\r\n\r\n');

function serve(socket: Socket): void {
  const onRequest = (request: Buffer) => {
    const object = objectAskedFor(request);
    if (object) {
      delayed(() => socket.write(object));
      return;
    }
    // From here on the connection is one of HTTP in full.
    socket.off('data', onRequest).pause().unshift(request);
    others.emit('connection', socket);
    process.nextTick(() => socket.resume());
  };
  socket.on('data', onRequest);
  socket.on('error', () => socket.destroy());
}

const server = createSocketServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
