// The node's own cgroup: whatever its container runtime makes is below it, so it can be removed as a whole.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const prefix = 'heliograph-node-';

/** Makes the cgroup, in each hierarchy under cgroup v1, and returns its folders. */
export function createCgroup(name: string): string[] {
  return hierarchies().map((hierarchy) => {
    const folder = join(hierarchy, `${prefix}${name}`);
    mkdirSync(folder, { recursive: true });
    // Under v1 these start empty, and then nobody can move in.
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      if (isUnset(join(folder, file)))
        writeFileSync(join(folder, file), readFileSync(join(hierarchy, file), 'utf8'));
    return folder;
  });
}

/** Removes the cgroups of this tool that have no process, whoever has made them. */
export function removeEmptyCgroups(): void {
  for (const hierarchy of hierarchies())
    for (const name of readdirSync(hierarchy)) if (name.startsWith(prefix)) removeTree(join(hierarchy, name));
}

/** Their files belong to the kernel, so only folders are removed. One with a process stays. */
function removeTree(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) removeTree(join(folder, entry.name));
    rmdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EBUSY' && code !== 'ENOENT') throw error;
  }
}

/** Where cgroups are mounted: once under v2, else once for each group of controllers. */
function hierarchies(): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const ofType = (wanted: string) => mounts.flatMap(([, path = '', type]) => (type === wanted ? [path] : []));
  const version1 = ofType('cgroup');
  // Beside those of version 1 the one of version 2 has no use.
  return version1.length > 0 ? version1 : ofType('cgroup2');
}

function isUnset(file: string): boolean {
  return (
    existsSync(file) &&
    readFileSync(file, 'utf8').trim() === '' &&
    !existsSync(join(file, '..', 'cgroup.controllers'))
  );
}
