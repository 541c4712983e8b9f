import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerS3, toS3Request } from '../support/server-s3.js';
import { answerService } from '../support/server-services.js';
import type { World, WorldObject } from '../support/world.js';
import { readCorpus } from './written-corpus.js';

// Serves a corpus like S3 and CloudTrail on 127.0.0.1, each answer so many milliseconds late, in a process of its own:
//   node server.js CORPUS.json LATENCY
// The first line that it prints is its URL. Objects are answered with as little work as node:http allows.

const [description = '', latency = '0'] = process.argv.slice(2);
const PAGE_SIZE = 1_000;

interface Prepared {
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

function prepare({ body, metadata }: WorldObject): Prepared {
  const pairs = [
    ['content-length', String(body.length)],
    ['content-type', 'application/json'],
    ['content-encoding', 'gzip'],
    ['etag', '"bench"'],
    ['last-modified', 'Thu, 01 Jan 2026 00:00:00 GMT'],
    ...Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]),
  ];
  return { headers: pairs.flat(), body };
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
        });
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(incoming.method === 'HEAD' ? undefined : body);
}

const world = await readCorpus(description);
const objects = new Map<string, Prepared>();
for (const [bucket, contents] of world.buckets)
  for (const [key, object] of contents) objects.set(`/${bucket}/${key}`, prepare(object));

function serve(incoming: IncomingMessage, response: ServerResponse): void {
  const url = incoming.url ?? '';
  const query = url.indexOf('?');
  const object = incoming.method === 'GET' ? objects.get(query === -1 ? url : url.slice(0, query)) : undefined;
  if (!object) {
    answer(world, incoming, response).catch((error: Error) => response.destroy(error));
    return;
  }
  response.writeHead(200, object.headers as string[]);
  response.end(object.body);
}

const server = createServer((incoming, response) => {
  if (latency === '0') serve(incoming, response);
  else setTimeout(serve, Number(latency), incoming, response);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
