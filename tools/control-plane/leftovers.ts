// Remembers which processes belong to a control plane, and ends those whose launcher was killed.
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './paths.ts';
import { until } from './poll.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';

interface Claim {
  dir: string;
  /** The folder goes with the control plane. */
  temporary: boolean;
  launcher: ProcessIdentity;
  /** The launcher is on its way out. */
  stopping?: boolean;
  processes: ProcessIdentity[];
}

/** A launcher's claim to a folder. */
export interface FolderClaim {
  /** Records the processes that run now. */
  record: (processes: readonly { name: string; pid: number | undefined }[]) => void;
  /** Lets the next launcher wait for this one instead of giving up. */
  stopping: () => void;
  release: () => void;
}

/** Another living launcher runs a control plane on this folder. Retry when that one has stopped. */
class FolderInUseError extends Error {
  readonly code = 'FOLDER_IN_USE';
}

// A launcher that has just lost its terminal or its npm needs a moment to notice, and longer to stop.
const noticingMs = 3000;
const stoppingMs = 15_000;

/**
 * Ends what killed launchers have left, on this folder and on others, then claims the folder for this process.
 * Throws FolderInUseError when another launcher lives.
 */
export async function claimFolder(dir: string, { temporary }: { temporary: boolean }): Promise<FolderClaim> {
  const register = join(cacheFolder(), 'running');
  const own = join(dir, 'processes.json');
  const copy = join(register, `${createHash('sha256').update(dir).digest('hex').slice(0, 16)}.json`);
  mkdirSync(register, { recursive: true });
  await waitForLauncher(own);
  // The register is for folders on which nobody starts again, as those of tests.
  for (const file of readdirSync(register)) await endLeftovers(join(register, file));
  await endLeftovers(own);
  const launcher = identify('launcher', process.pid);
  if (launcher === undefined)
    throw new Error('the system does not show this process, so it cannot own others');
  const claim: Claim = { dir, temporary, launcher, processes: [] };
  writeNew(own, claim);
  write(copy, claim);
  return {
    record: (processes) => {
      claim.processes = processes.flatMap(({ name, pid }) => {
        return pid === undefined ? [] : (identify(name, pid) ?? []);
      });
      write(own, claim);
      write(copy, claim);
    },
    stopping: () => {
      claim.stopping = true;
      write(own, claim);
    },
    release: () => {
      rmSync(own, { force: true });
      rmSync(copy, { force: true });
    },
  };
}

async function waitForLauncher(file: string): Promise<void> {
  const launcher = read(file)?.launcher;
  if (launcher === undefined) return;
  const gone = async () => !isRunning(launcher);
  try {
    await until('the other launcher to stop', async () => (await gone()) || read(file)?.stopping === true, {
      timeoutMs: noticingMs,
    });
    await until('the other launcher to end', gone, { timeoutMs: stoppingMs });
  } catch {
    throw new FolderInUseError(`process ${launcher.pid} runs a control plane on this folder (${file})`);
  }
}

/** Does nothing while the launcher lives. */
async function endLeftovers(file: string): Promise<void> {
  const claim = read(file);
  if (claim !== undefined) {
    if (isRunning(claim.launcher)) return;
    const left = claim.processes.filter(isRunning);
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    await until('processes of an earlier launcher to end', async () => !left.some(isRunning));
    if (claim.temporary) rmSync(claim.dir, { recursive: true, force: true });
  }
  rmSync(file, { force: true });
}

/** Undefined where there is no claim, or nothing that can be read as one. */
function read(file: string): Claim | undefined {
  try {
    const claim: Claim = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(claim.processes) && claim.launcher.pid > 0 ? claim : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the file as a whole, because the next launcher reads what this one had written when it was killed. */
function write(file: string, claim: Claim): void {
  renameSync(writeAside(file, claim), file);
}

/** Of two launchers that start at the same time only one gets through here. */
function writeNew(file: string, claim: Claim): void {
  const aside = writeAside(file, claim);
  try {
    linkSync(aside, file);
  } catch (cause) {
    throw new FolderInUseError(`another launcher starts a control plane on this folder (${file})`, { cause });
  } finally {
    rmSync(aside);
  }
}

function writeAside(file: string, claim: Claim): string {
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, JSON.stringify(claim, undefined, 2), { mode: 0o600 });
  return aside;
}
