// Passes connections on, so that one can be made from outside the node's network.
import { once } from 'node:events';
import { connect, createServer, type ListenOptions, type NetConnectOpts, type Server } from 'node:net';
import { pipeline } from 'node:stream';

/** Resolves when it listens. Each connection there becomes one to the other place. */
export async function forward(from: ListenOptions, to: NetConnectOpts): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const other = connect({ ...to, allowHalfOpen: true });
    // Either end may break off, and then the pipeline ends the other.
    pipeline(socket, other, socket, () => {});
  });
  server.listen(from);
  await once(server, 'listening');
  return server;
}
