// The base of the images that run on Node: what the distroless Node image has, as far as Node asks for it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../control-plane/paths.ts';
import { type TarEntry, withFolders } from './tar.ts';

/** The user that owns nothing, with distroless' number. */
export const nonroot = 65532;

/** For getaddrinfo and for the user's home folder. Node brings its own certificate authorities. */
const configuration = {
  'etc/passwd': `root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:${nonroot}:${nonroot}:nonroot:/home/nonroot:/sbin/nologin\n`,
  'etc/group': `root:x:0:\nnonroot:x:${nonroot}:\n`,
  'etc/nsswitch.conf': 'hosts: files dns\n',
};

/** Of this machine's architecture. Throws where the pinned Node is not installed or does not run here. */
export function nodeBase(): TarEntry[] {
  const node = join(repository, 'node_modules', `node-linux-${process.arch}`, 'bin/node');
  if (!existsSync(node)) throw new Error(`the image needs ${node}: run npm ci on Linux, x64 or arm64`);
  return withFolders([
    { path: 'nodejs/bin/node', mode: 0o755, content: { file: node } },
    ...sharedObjects(node).map((file) => ({ path: file.slice(1), mode: 0o755, content: { file } })),
    ...Object.entries(configuration).map(([path, content]) => ({ path, mode: 0o644, content })),
    { path: 'home/nonroot/', mode: 0o700, owner: nonroot },
    { path: 'tmp/', mode: 0o1777 },
  ]);
}

/** The loader and the libraries, at the paths where the loader looks for them. */
function sharedObjects(program: string): string[] {
  const { status, stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  const files = [...(stdout ?? '').matchAll(/(\/\S+) \(0x/g)].map(([, file = '']) => file);
  if (status !== 0 || files.length === 0) throw new Error(`ldd cannot tell what ${program} needs`);
  return files;
}
