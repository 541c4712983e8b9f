import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';

/** What a function did with one event. */
export interface Invocation {
  /** What it answered; undefined where it failed. */
  readonly response?: unknown;
  /** Why it failed, or could not be loaded. */
  readonly error?: unknown;
  /** Its log. */
  readonly log: string;
}

export interface FunctionOptions {
  /** `index.mjs` of the npm package `aws-lambda-ric`. */
  readonly client: string;
  /** Where the client may be put together. */
  readonly folder: string;
  /** Where the function is unpacked. */
  readonly taskRoot: string;
  /** As the function's configuration names it. */
  readonly handler: string;
  readonly event: unknown;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The client speaks to Lambda by a compiled module, which npm builds only where there are compilers. This one does the same. It
 * posts from a process of its own, because the client waits for it.
 */
const NATIVE_CLIENT = `
const { execFileSync } = require('node:child_process');
const POST = 'fetch(process.argv[1], { method: "POST", body: require("node:fs").readFileSync(0) })';
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/';
const post = (path, body) => execFileSync(process.execPath, ['-e', POST, api + path], { input: body });
exports.next = async () => {
  const answer = await fetch(api + 'next');
  return { bodyJson: await answer.text(), headers: Object.fromEntries(answer.headers) };
};
exports.done = (id, body) => post(id + '/response', body);
exports.error = (id, body) => post(id + '/error', body);
`;

const FUNCTION = 'arn:aws:lambda:us-east-1:111122223333:function:trailproof';

/** What the service says of the function to its runtime. */
const DESCRIPTION = {
  AWS_LAMBDA_FUNCTION_NAME: 'trailproof',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/trailproof',
  AWS_LAMBDA_LOG_STREAM_NAME: 'first',
};

/** Starts a function as Lambda does, gives it one event, and ends it when it has answered. */
export async function runFunction(options: FunctionOptions): Promise<Invocation> {
  const { client, folder, taskRoot, handler, event, env } = options;
  copyFileSync(client, path.join(folder, 'index.mjs'));
  mkdirSync(path.join(folder, 'rapid-client.node'));
  writeFileSync(path.join(folder, 'rapid-client.node/index.js'), NATIVE_CLIENT);

  let settle = (_result: Omit<Invocation, 'log'>) => {};
  let fail = (_error: Error) => {};
  const answered = new Promise<Omit<Invocation, 'log'>>((resolve, reject) => {
    [settle, fail] = [resolve, reject];
  });
  const server = createServer((request, response) => {
    answer(request, response, event, settle).catch(fail);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const child = spawn(process.execPath, [path.join(folder, 'index.mjs')], {
    cwd: taskRoot,
    env: {
      ...env,
      ...DESCRIPTION,
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: taskRoot,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
  });
  const log = Promise.all([text(child.stdout), text(child.stderr)]);
  child.once('error', fail);
  child.once('exit', async (status) => fail(new Error(`the runtime ended with ${status}: ${(await log).join('')}`)));
  try {
    const result = await answered;
    child.kill();
    return { ...result, log: (await log).join('') };
  } finally {
    child.kill();
    server.closeAllConnections();
    server.close();
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  event: unknown,
  answered: (result: Omit<Invocation, 'log'>) => void,
): Promise<void> {
  const path = request.url?.replace('/2018-06-01/runtime/', '');
  if (path === 'invocation/next') {
    response.setHeader('lambda-runtime-aws-request-id', 'first');
    response.setHeader('lambda-runtime-invoked-function-arn', FUNCTION);
    response.setHeader('lambda-runtime-deadline-ms', String(Date.now() + 900_000));
    response.end(JSON.stringify(event));
    return;
  }
  const body: unknown = JSON.parse(await text(request));
  response.statusCode = 202;
  response.end();
  answered(path === 'invocation/first/response' ? { response: body } : { error: body });
}
