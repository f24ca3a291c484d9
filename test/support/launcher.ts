// Runs the launchers of the control plane and of the cluster as people do, as a process with children of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { repository } from '../../tools/control-plane/paths.ts';
import { isRunning, type ProcessIdentity } from '../../tools/control-plane/process-identity.ts';
import { until } from './until.ts';

export interface Launcher {
  /** What the test has started: the bootstrap, or npm. */
  process: ChildProcess;
  /** So far. */
  stdout: string;
  stderr: string;
  /** Resolves with the exit code; null when a signal ended it. */
  exited: Promise<number | null>;
}

/** What a launcher records of itself in its folder. */
interface Claim {
  launcher: ProcessIdentity;
  processes: ProcessIdentity[];
}

/** A folder that goes with the test, together with what runs on it. */
export function temporaryFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-launcher-'));
  t.after(async () => {
    const left = processesOn(dir).filter(isRunning);
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    await until(() => !left.some(isRunning), 'what a test left behind has ended');
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

/** `npm run control-plane -- …`, or with what npm runs. */
export function launch(
  parameters: readonly string[],
  { npm = false, tool = 'control-plane' }: { npm?: boolean; tool?: 'control-plane' | 'cluster' } = {},
): Launcher {
  const [command, ...first] = npm
    ? ['npm', 'run', tool, '--']
    : [process.execPath, 'tools/bootstrap.mjs', `tools/${tool}/main.ts`];
  const child = spawn(command, [...first, ...parameters], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const launcher: Launcher = {
    process: child,
    stdout: '',
    stderr: '',
    exited: once(child, 'close').then(([code]) => code as number | null),
  };
  child.stdout.on('data', (chunk: Buffer) => (launcher.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (launcher.stderr += chunk.toString()));
  return launcher;
}

/** Resolves when it has said so; rejects when it ends first. */
export async function untilReady(launcher: Launcher, timeoutMs = 60_000): Promise<void> {
  const { process: child } = launcher;
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  await until(() => launcher.stdout.includes('\n') || ended(), 'the launcher is ready', timeoutMs);
  if (!launcher.stdout.includes('Ready.')) throw new Error(`the launcher ended: ${launcher.stderr}`);
}

/** The launcher itself and its programs, as far as the folder tells. */
export function processesOn(dir: string): ProcessIdentity[] {
  const file = join(dir, 'processes.json');
  if (!existsSync(file)) return [];
  const { launcher, processes } = JSON.parse(readFileSync(file, 'utf8')) as Claim;
  return [launcher, ...processes];
}
