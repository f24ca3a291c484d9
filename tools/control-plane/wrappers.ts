// Notices that npm, its shell or the bootstrap was killed, which none of them can pass on.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';

const lookEveryMs = 500;

/**
 * Calls back once when a process that only waits for this one has gone before it: `kill` of npm ends npm's shell and
 * nothing below it, `kill -9` not even that. Does not keep this process, and never calls where nothing wraps it.
 */
export function onWrapperGone(callback: () => void): void {
  const wrappers = wrappersOf();
  const timer = setInterval(() => {
    if (wrappers.every(isRunning)) return;
    clearInterval(timer);
    callback();
  }, lookEveryMs);
  timer.unref();
}

/** The bootstrap that ran us and, under npm, the shell between them and npm itself. Nobody else's end concerns us. */
function wrappersOf(): ProcessIdentity[] {
  const bootstrap = look(process.ppid);
  if (bootstrap === undefined || !isBootstrap(bootstrap)) return [];
  const found = [bootstrap];
  if (process.env['npm_lifecycle_event'] !== undefined) {
    const shell = look(bootstrap.parent);
    if (shell !== undefined && isBootstrap(shell)) found.push(shell);
    const npm = look(found.at(-1)?.parent ?? 0);
    if (npm !== undefined && /\bnpm\b/.test(npm.command)) found.push(npm);
  }
  return found.flatMap(({ pid }) => identify('wrapper', pid) ?? []);
}

/** A shell that npm has made holds the same words in one argument. */
function isBootstrap({ command }: Look): boolean {
  return command.includes('tools/bootstrap.mjs');
}

interface Look {
  pid: number;
  parent: number;
  command: string;
}

function look(pid: number): Look | undefined {
  return process.platform === 'linux' ? lookLinux(pid) : lookElsewhere(pid);
}

function lookLinux(pid: number): Look | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return { pid, parent: Number(parent), command };
  } catch {
    return undefined;
  }
}

function lookElsewhere(pid: number): Look | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,command=', '-p', String(pid)], { encoding: 'utf8' });
  const [, parent, command] = /^\s*(\d+)\s+(.*)/.exec(stdout) ?? [];
  return parent === undefined || command === undefined ? undefined : { pid, parent: Number(parent), command };
}
