// The container runtime: Debian's containerd with folders, a socket and a network of its own.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listens, type Program } from './program.ts';
import { bridge, type NodeSettings, podNetwork } from './settings.ts';

const socket = '/run/containerd/containerd.sock';

export const runtimeEndpoint = `unix://${socket}`;

export function containerd({ folder, sandboxImage }: NodeSettings): Program {
  const networks = join(folder, 'cni');
  mkdirSync(networks, { recursive: true });
  writeFileSync(join(networks, 'pods.conflist'), JSON.stringify(podNetworks, undefined, 2));
  const file = join(folder, 'containerd.toml');
  writeFileSync(file, configuration(sandboxImage, networks));
  return {
    name: 'containerd',
    command: 'containerd',
    arguments: ['--config', file],
    isReady: () => listens(socket),
  };
}

/** Throws an Error with what ctr says. */
export async function importImages({ imageArchive }: NodeSettings): Promise<void> {
  await promisify(execFile)('ctr', [
    '--address',
    socket,
    '--namespace',
    'k8s.io',
    'images',
    'import',
    imageArchive,
  ]);
}

function configuration(sandboxImage: string, networks: string): string {
  return `version = 2
# In memory, like the node itself, and no overlay, on which there could be no other.
root = "/run/containers"
state = "/run/containerd"

[grpc]
address = "${socket}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = ${JSON.stringify(sandboxImage)}
# A container's root may lack CAP_SYS_RESOURCE.
restrict_oom_score_adj = true
# A profile would be the machine's, and stay.
disable_apparmor = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = ${JSON.stringify(networks)}
`;
}

const podNetworks = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge,
      isGateway: true,
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        dataDir: '/run/cni',
        ranges: [[{ subnet: podNetwork }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};
