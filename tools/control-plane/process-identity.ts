// Names a process so that a later one that got the same pid is never mistaken for it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  name: string;
  pid: number;
  /** When it started, in a form that only compares with itself. */
  started: string;
}

/** Identifies a running process; undefined where there is none. A zombie has ended: it counts as none. */
export function identify(name: string, pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? startedLinux(pid) : startedElsewhere(pid);
  return started === undefined ? undefined : { name, pid, started };
}

/** True while that very process runs. */
export function isRunning({ name, pid, started }: ProcessIdentity): boolean {
  return identify(name, pid)?.started === started;
}

function startedLinux(pid: number): string | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the command's name, which may hold spaces and parentheses; the rest starts after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  // Ticks since boot alone would match a process of an earlier boot.
  const boot = readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return `${boot}:${fields[19]}`;
}

function startedElsewhere(pid: number): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
  });
  const [state, ...start] = stdout.trim().split(/\s+/);
  return status !== 0 || state === undefined || state.startsWith('Z') ? undefined : start.join(' ');
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
