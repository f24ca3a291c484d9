// Finds or makes the programs of the control plane, once per machine.
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildBinaries } from './build.ts';
import { BinariesError } from './binaries-error.ts';
import { downloadEnvtest } from './envtest.ts';
import { cacheFolder, toolFolder } from './paths.ts';

/** Absolute paths. */
export interface Binaries {
  etcd: string;
  kubeApiserver: string;
  kubectl: string;
}

export interface BinariesOptions {
  /** Gets a line of text now and then: a build takes minutes. */
  progress?: (line: string) => void;
  signal?: AbortSignal;
  env?: NodeJS.ProcessEnv;
}

const names = ['etcd', 'kube-apiserver', 'kubectl'];

/**
 * In this order: the folder named by KUBEBUILDER_ASSETS, an earlier result, the official archive of the pinned
 * version, a build from Go modules. Throws BinariesError, whose message says what to do.
 */
export async function ensureBinaries(options: BinariesOptions = {}): Promise<Binaries> {
  const { progress = () => {}, signal, env = process.env } = options;
  const assets = env['KUBEBUILDER_ASSETS'];
  if (assets !== undefined && assets !== '') return requireAll(resolve(assets));
  const cache = cacheFolder(env);
  const folder = join(cache, cacheKey());
  if (!isComplete(folder)) await fill(cache, folder, { progress, env, ...(signal && { signal }) });
  return pathsIn(folder);
}

/** Works in a folder of its own and renames it, so that a copy under the final name is always complete. */
async function fill(
  cache: string,
  folder: string,
  options: Required<Omit<BinariesOptions, 'signal'>> & BinariesOptions,
) {
  mkdirSync(cache, { recursive: true });
  removeAbandoned(cache);
  const work = mkdtempSync(join(cache, 'making-'));
  try {
    const downloaded = await downloadEnvtest(work, { ...options, version: pinnedVersion() });
    if (!downloaded) await buildBinaries(work, { ...options, version: pinnedVersion() });
    if (!isComplete(work))
      throw new BinariesError(`${work} lacks one of ${names.join(', ')} although all was made`);
    moveInto(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** For a folder that somebody has named: it must do, and the message says what it lacks. */
function requireAll(folder: string): Binaries {
  const missing = names.filter((name) => !isProgram(join(folder, name)));
  if (missing.length > 0)
    throw new BinariesError(
      `KUBEBUILDER_ASSETS is ${folder}, which has no executable ${missing.join(', ')}; ` +
        'name a folder that has, or unset it to have the programs downloaded or built',
    );
  return pathsIn(folder);
}

/** Changes with whatever can change the result. */
function cacheKey(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(toolFolder, file)));
  return [pinnedVersion(), process.platform, process.arch, hash.digest('hex').slice(0, 12)].join('-');
}

/** The version of Kubernetes, with its v. */
function pinnedVersion(): string {
  const version = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(
    readFileSync(join(toolFolder, 'go.mod'), 'utf8'),
  )?.[1];
  if (version === undefined) throw new Error(`${join(toolFolder, 'go.mod')} does not pin k8s.io/kubernetes`);
  return version;
}

function isComplete(folder: string): boolean {
  return names.every((name) => isProgram(join(folder, name)));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function pathsIn(folder: string): Binaries {
  return {
    etcd: join(folder, 'etcd'),
    kubeApiserver: join(folder, 'kube-apiserver'),
    kubectl: join(folder, 'kubectl'),
  };
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

function moveInto(work: string, folder: string): void {
  try {
    renameSync(work, folder);
  } catch (error) {
    // Another process was at the same and was faster.
    if (isComplete(folder)) return;
    if (!existsSync(folder)) throw error;
    // Somebody has removed a program from it.
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
  }
}
