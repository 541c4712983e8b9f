#!/usr/bin/env node
import { writeSync } from 'node:fs';
import { main } from '../dist/bin/main.js';

const { stdout, stderr, env } = process;
// Standard error belongs to the results. Which Node versions are supported, package.json says.
env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
/** The exit status of what is incomplete: a report that is cut off is no verdict, and no proof of tampering. */
const INCOMPLETE = 2;
for (const [name, stream] of Object.entries({ 'standard output': stdout, 'standard error': stderr })) {
  stream.on('error', ({ code, message }) => {
    // A reader that has seen enough, like `head`, ends the run as the signal SIGPIPE would: nobody is left to tell anything.
    if (code === 'EPIPE') process.exit(141);
    // Before anything else is done: what could not be told is not to be remembered in a checkpoint.
    try {
      writeSync(
        stderr.fd,
        `trailproof: cannot write to ${name} (${message}). Make room or write elsewhere, and run again.\n`,
      );
    } catch {
      // Then only the status tells it.
    }
    process.exit(INCOMPLETE);
  });
}
// Writing to a pipe that nobody reads must not keep signals from being heard.
for (const { _handle: handle } of [stdout, stderr]) handle?.setBlocking?.(false);
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
if (stop.signal.aborted) {
  // What a stopped run was still waiting for keeps nobody. What it has written goes out first, where anybody reads it.
  stdout.write('', () => stderr.write('', () => process.exit()));
  setTimeout(() => process.exit(), 1_000).unref();
}
