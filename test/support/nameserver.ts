// A name server for one process alone.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A command that runs the one behind it in a mount namespace of its own, where resolv.conf is another file; that is put
 * into the folder. Takes Linux and root.
 */
export function withinNameserver(dir: string, address: string): string[] {
  const file = join(dir, 'resolv.conf');
  writeFileSync(file, `nameserver ${address}\n`);
  return ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"', file];
}
