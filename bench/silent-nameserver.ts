// A name server that never answers, for one process alone.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SilentNameserver extends AsyncDisposable {
  /** A command that runs the one behind it with this name server. */
  within: readonly string[];
}

/** Any address of loopback will do; the port is the only one that resolv.conf knows. */
const address = '127.53.53.53';

/** Undefined where that takes rights or a system that we do not have: Linux, and root. */
export async function silentNameserver(): Promise<SilentNameserver | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const socket = createSocket('udp4');
  socket.bind(53, address);
  await once(socket, 'listening');
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-resolv-'));
  const file = join(dir, 'resolv.conf');
  writeFileSync(file, `nameserver ${address}\n`);
  // A mount namespace of its own, which goes with the process.
  const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  return {
    within: ['unshare', '--mount', 'sh', '-c', script, file],
    [Symbol.asyncDispose]: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
