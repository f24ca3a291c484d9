// Finds or makes the programs of the control plane, once per machine.
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { buildPrograms } from './build.ts';
import { BinariesError } from './binaries-error.ts';
import { downloadEnvtest } from './envtest.ts';
import { cacheFolder } from './paths.ts';
import {
  cacheKey,
  controlPlanes,
  helm,
  kubelet,
  releaseOf,
  nodeControllers,
  type ProgramSet,
} from './program-sets.ts';

/** Absolute paths. */
export interface Binaries {
  etcd: string;
  kubeApiserver: string;
  kubectl: string;
}

/** Absolute paths. */
export interface NodePrograms {
  kubeControllerManager: string;
  kubeScheduler: string;
  kubeProxy: string;
  kubelet: string;
}

export interface BinariesOptions {
  /** Gets a line of text now and then: a build takes minutes. */
  progress?: (line: string) => void;
  signal?: AbortSignal;
  env?: NodeJS.ProcessEnv;
}

/**
 * In this order: the folder named by KUBEBUILDER_ASSETS, an earlier result, the official archive of the pinned
 * version, a build from Go modules. Throws BinariesError, whose message says what to do.
 */
export async function ensureBinaries(
  options: BinariesOptions & { release?: ProgramSet } = {},
): Promise<Binaries> {
  const { release = controlPlanes[0], env = process.env } = options;
  const assets = env['KUBEBUILDER_ASSETS'];
  const named = assets !== undefined && assets !== '';
  const folder = named ? requireAll(resolve(assets), release) : await ensurePrograms(release, options);
  return {
    etcd: join(folder, 'etcd'),
    kubeApiserver: join(folder, 'kube-apiserver'),
    kubectl: join(folder, 'kubectl'),
  };
}

/** The path of helm. Throws BinariesError. */
export async function ensureHelm(options: BinariesOptions = {}): Promise<string> {
  return join(await ensurePrograms(helm, options), 'helm');
}

/** What makes a node of a control plane. Throws BinariesError. */
export async function ensureNodePrograms(options: BinariesOptions = {}): Promise<NodePrograms> {
  const controllers = await ensurePrograms(nodeControllers, options);
  return {
    kubeControllerManager: join(controllers, 'kube-controller-manager'),
    kubeScheduler: join(controllers, 'kube-scheduler'),
    kubeProxy: join(controllers, 'kube-proxy'),
    kubelet: join(await ensurePrograms(kubelet, options), 'kubelet'),
  };
}

/** Returns the folder that holds all programs of the set: an earlier result, or what is fetched or built now. */
export async function ensurePrograms(set: ProgramSet, options: BinariesOptions = {}): Promise<string> {
  const { progress = () => {}, signal, env = process.env } = options;
  const cache = cacheFolder(env);
  const folder = join(cache, cacheKey(set));
  if (missingFrom(folder, set).length > 0)
    await fill(set, { cache, folder }, { progress, env, ...(signal && { signal }) });
  return folder;
}

/** Works in a folder of its own and renames it, so that a copy under the final name is always complete. */
async function fill(
  set: ProgramSet,
  { cache, folder }: { cache: string; folder: string },
  options: Required<Omit<BinariesOptions, 'signal'>> & BinariesOptions,
) {
  mkdirSync(cache, { recursive: true });
  removeAbandoned(cache);
  const work = mkdtempSync(join(cache, 'making-'));
  try {
    const downloaded =
      set.isPublished && (await downloadEnvtest(work, { ...options, version: releaseOf(set) }));
    if (!downloaded) await buildPrograms(set, work, options);
    const missing = missingFrom(work, set);
    if (missing.length > 0)
      throw new BinariesError(`${work} lacks ${missing.join(', ')} although all was made`);
    moveInto(work, folder, set);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** For a folder that somebody has named: it must do, and the message says what it lacks. */
function requireAll(folder: string, set: ProgramSet): string {
  const missing = missingFrom(folder, set);
  if (missing.length > 0)
    throw new BinariesError(
      `KUBEBUILDER_ASSETS is ${folder}, which has no executable ${missing.join(', ')}; ` +
        'name a folder that has, or unset it to have the programs downloaded or built',
    );
  return folder;
}

function missingFrom(folder: string, { programs }: ProgramSet): string[] {
  return Object.keys(programs)
    .filter((name) => !isProgram(join(folder, name)))
    .toSorted();
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Removes what a killed process was making. A younger folder may be somebody's who is at it. */
function removeAbandoned(cache: string): void {
  const oldestMs = Date.now() - 3_600_000;
  for (const name of readdirSync(cache).filter((entry) => entry.startsWith('making-'))) {
    const path = join(cache, name);
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (made !== undefined && made < oldestMs) rmSync(path, { recursive: true, force: true });
  }
}

function moveInto(work: string, folder: string, set: ProgramSet): void {
  try {
    renameSync(work, folder);
  } catch (error) {
    // Another process was at the same and was faster.
    if (missingFrom(folder, set).length === 0) return;
    if (!existsSync(folder)) throw error;
    // Somebody has removed a program from it.
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
  }
}
