// What a cluster could leave on the machine, seen from outside of it.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, type ProcessIdentity } from '../../tools/control-plane/process-identity.ts';

/** Where the programs of a node write if nobody stops them. */
const folders = ['/etc', '/opt', '/run', '/var/lib', '/var/log'];

/** What the kubelet and kube-proxy set. */
const settings = [
  'kernel/keys/root_maxbytes',
  'kernel/keys/root_maxkeys',
  'kernel/panic',
  'kernel/panic_on_oops',
  'net/ipv4/conf/all/route_localnet',
  'net/ipv4/ip_forward',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
];

/** To be compared with that of another time. */
export function lookAtMachine() {
  const rules = [...outputOf('iptables-save'), ...outputOf('ip6tables-save')];
  return {
    mounts: readFileSync('/proc/self/mounts', 'utf8').split('\n'),
    addresses: outputOf('ip', '-brief', 'address'),
    routes: outputOf('ip', 'route'),
    namedNetworks: outputOf('ip', 'netns', 'list'),
    // The others tell the time.
    rules: rules.filter((line) => !line.startsWith('#')),
    folders: folders.map((folder) => `${folder}: ${readdirSync(folder).toSorted().join(' ')}`),
    settings: settings.map((name) => `${name} ${readFileSync(join('/proc/sys', name), 'utf8')}`),
  };
}

const cgroupRoot = '/sys/fs/cgroup';

/** The folders of the cgroups of nodes, in all hierarchies, and what is in them. */
export function nodeCgroups(): string[] {
  const hierarchies = ['', ...foldersIn(cgroupRoot)].map((name) => join(cgroupRoot, name));
  return hierarchies.flatMap((hierarchy) =>
    foldersIn(hierarchy)
      .filter((name) => name.startsWith('heliograph-node-'))
      .flatMap((name) => tree(join(hierarchy, name))),
  );
}

/** All processes of nodes, those in pods included. */
export function nodeProcesses(): ProcessIdentity[] {
  const pids = nodeCgroups().flatMap((folder) =>
    orNone(() => readFileSync(join(folder, 'cgroup.procs'), 'utf8').trim().split('\n')),
  );
  return [...new Set(pids)].flatMap((pid) => orNone(() => identify(nameOf(pid), Number(pid)) ?? []));
}

function nameOf(pid: string): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

function tree(folder: string): string[] {
  return [folder, ...foldersIn(folder).flatMap((name) => tree(join(folder, name)))];
}

function foldersIn(folder: string): string[] {
  const entries = orNone(() => readdirSync(folder, { withFileTypes: true }));
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Cgroups and processes go while we look. */
function orNone<T>(look: () => T | T[]): T[] {
  try {
    return [look()].flat() as T[];
  } catch {
    return [];
  }
}

function outputOf(command: string, ...parameters: readonly string[]): string[] {
  const { status, stdout, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return stdout.split('\n');
}
