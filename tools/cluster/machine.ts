// Sees to it that this machine can be a node.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** This machine cannot be a node; the message says what to do instead. Do not retry. */
class MachineError extends Error {
  readonly code = 'NO_NODE_HERE';
}

/** What a node takes beside Kubernetes' own programs, by the Debian package that has it. */
const needed: Readonly<Record<string, string>> = {
  containerd: '/usr/bin/containerd',
  runc: '/usr/sbin/runc',
  'containernetworking-plugins': '/usr/lib/cni/bridge',
  iptables: '/usr/sbin/iptables',
  iproute2: '/usr/sbin/ip',
};

const elsewhere =
  'run `kind create cluster` (https://kind.sigs.k8s.io) or `k3d cluster create` (https://k3d.io) and use its kubeconfig';

/** Installs the packages that are missing. Throws MachineError. */
export function prepareMachine(progress: (line: string) => void): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new MachineError(`a node of its own takes root on Linux; else ${elsewhere}`);
  const missing = missingPackages();
  if (missing.length === 0) return;
  progress(`Installing with apt-get: ${missing.join(', ')}`);
  const installed = aptGet(['update']) && aptGet(['install', '--yes', '--no-install-recommends', ...missing]);
  if (!installed || missingPackages().length > 0)
    throw new MachineError(
      `a node takes the Debian packages ${missing.join(', ')}, and apt-get could not install them: do it, or ${elsewhere}`,
    );
}

function missingPackages(): string[] {
  return Object.keys(needed).filter((name) => !existsSync(needed[name] ?? ''));
}

/** What it says about a failure is shown as it comes. */
function aptGet(parameters: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return (
    spawnSync('apt-get', ['-qq', ...parameters], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  );
}
