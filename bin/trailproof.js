#!/usr/bin/env node
import { main } from '../dist/bin/main.js';

const { stdout, stderr, env } = process;
// Standard error belongs to the results. Which Node versions are supported, package.json says.
env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
for (const stream of [stdout, stderr]) {
  stream.on('error', (error) => {
    // A reader that has seen enough, like `head`, ends the run as the signal SIGPIPE would: nobody is left to tell anything.
    if (error.code === 'EPIPE') process.exit(141);
    throw error;
  });
}
const elapsed = () => performance.now();
const after = (milliseconds, callback) => {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
};
const stop = new AbortController();
const stopSignal = () => {
  // The second time, the process is ended as ever.
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stop.abort());
  return stop.signal;
};
const { random } = Math;
const cwd = process.cwd();
const terminal = { stdout, stderr, env, cwd, now: Date.now, elapsed, after, random, stopSignal };
process.exitCode = await main(process.argv.slice(2), terminal);
// What a stopped run was still waiting for keeps nobody. What it has written goes out first.
if (stop.signal.aborted) stdout.write('', () => stderr.write('', () => process.exit()));
