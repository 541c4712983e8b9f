// Loaded into a process with `node --import`: from then on, importing an AWS package or the part of the bundled command
// that holds it, or opening a connection, ends it.
import dgram from 'node:dgram';
import dns from 'node:dns';
import { register } from 'node:module';
import net from 'node:net';

const hooks = `export function resolve(specifier, context, next) {
  if (/@aws-sdk|@smithy|^\\.\\/(?:sdk|s3)-/.test(specifier)) throw new Error('FORBIDDEN import of ' + specifier);
  return next(specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const forbid = (what) => () => {
  process.stderr.write(`FORBIDDEN ${what}\n`);
  process.exit(99);
};
net.Socket.prototype.connect = forbid('connection');
net.Server.prototype.listen = forbid('listening');
dgram.createSocket = forbid('datagram socket');
for (const name of Object.keys(dns)) if (/^(?:lookup|resolve)/.test(name)) dns[name] = forbid(`dns.${name}`);
