// A name server that never answers, for one process alone.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { withinNameserver } from '../test/support/nameserver.ts';

export interface SilentNameserver extends AsyncDisposable {
  /** A command that runs the one behind it with this name server. */
  within: readonly string[];
}

/** Any address of loopback will do; the port is the only one that resolv.conf knows. */
const address = '127.53.53.53';

/**
 * Undefined where that takes rights or a system that we do not have: Linux, and root.
 * @param dir for a file
 */
export async function silentNameserver(dir: string): Promise<SilentNameserver | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const socket = createSocket('udp4');
  socket.bind(53, address);
  await once(socket, 'listening');
  return {
    within: withinNameserver(dir, address),
    [Symbol.asyncDispose]: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
