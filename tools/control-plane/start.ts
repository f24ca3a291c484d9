// Starts a control plane on a folder: a real etcd and API server with Heliograph's resources installed.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ApiClient } from './api-client.ts';
import { ensureBinaries } from './binaries.ts';
import type { Component } from './component.ts';
import { type Credentials, operatorUser, prepareCredentials, writeKubeconfig } from './credentials.ts';
import { install } from './install.ts';
import { claimFolder } from './leftovers.ts';
import type { ProgramSet } from './program-sets.ts';
import { Programs } from './programs.ts';

export interface ControlPlaneOptions {
  /** Created if absent. Kept data is served again; CRDs and policies are brought up to date. */
  dir: string;
  /** Writes `audit.log` into the folder: one JSON line per finished request, a watch when it ends. */
  audit?: boolean;
  /** Removes the folder on `stop`, or at somebody's next start if this process is killed. */
  temporary?: boolean;
  /** The release of Kubernetes; the newest by default. */
  release?: ProgramSet;
  /** Install nothing: for who brings the custom resources and roles in another way. */
  bare?: boolean;
  /** More flags for kube-apiserver. */
  apiServerArguments?: readonly string[];
  /** Gets a line of text now and then. */
  progress?: (line: string) => void;
  /** Called when etcd or the API server ends by itself after it was ready. */
  onUnexpectedExit?: (error: Error) => void;
  /** Abandons the start: what runs already is stopped, and the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What another process needs to use a control plane; plain JSON. */
export interface ControlPlaneInfo {
  dir: string;
  /** Path of the administrator's kubeconfig (group system:masters). */
  kubeconfig: string;
  /** Path of a kubeconfig with the operator's role only; with no role where the control plane is bare. */
  operatorKubeconfig: string;
  url: string;
  ports: { etcd: number; apiServer: number };
  /** Path of the program. */
  kubectl: string;
  /** Absent without `audit`. */
  auditLog?: string;
}

/** A program of a running control plane, for tests of outages. `start` takes it up on the same port and data. */
type Program = Pick<Component, 'pid' | 'kill' | 'start'>;

export interface ControlPlane extends ControlPlaneInfo {
  apiServer: Program;
  etcd: Program;
  /** Ends both programs. May be called twice. */
  stop: () => Promise<void>;
}

const graceMs = 5000;

/**
 * Resolves when everything works: the kubeconfigs are written, and unless it is bare the custom resources can be
 * listed and the policies are enforced. Throws FolderInUseError, BinariesError, ComponentError, or an Error about a refused manifest.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { temporary = false, bare = false, release, onUnexpectedExit = () => {}, signal } = options;
  const { progress = () => {} } = options;
  const binaries = await ensureBinaries({ progress, ...(release && { release }), ...(signal && { signal }) });
  const dir = resolve(options.dir);
  mkdirSync(dir, { recursive: true });
  const claim = await claimFolder(dir, { temporary });
  const credentials = prepareCredentials(dir);
  const auditLog = options.audit === true ? join(dir, 'audit.log') : undefined;
  const programs = new Programs({
    dir,
    binaries,
    credentials,
    auditLog,
    extraApiServerArguments: options.apiServerArguments ?? [],
    isApiServerReady: (url) => isReady(url, credentials),
    onChange: claim.record,
    onUnexpectedExit,
    signal,
  });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= end());
  const end = async () => {
    claim.stopping();
    await programs.stop(temporary ? 0 : graceMs);
    claim.release();
    if (temporary) rmSync(dir, { recursive: true, force: true });
  };
  try {
    progress('Starting etcd and the API server');
    const { etcd, apiServer, url, ports } = await programs.start();
    if (!bare) {
      progress('Installing the custom resources, the role of the operator and the policy of the ledger');
      await installAs(url, credentials, signal);
    }
    const kubeconfigs = writeKubeconfigs(dir, url, credentials);
    const info = {
      dir,
      ...kubeconfigs,
      url,
      ports,
      kubectl: binaries.kubectl,
      ...(auditLog && { auditLog }),
    };
    return { ...info, etcd, apiServer, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function isReady(url: string, credentials: Credentials): Promise<boolean> {
  // The certificate's file is absent until the API server has signed it: that rejects, so not ready yet.
  const client = clientOf(url, credentials, credentials.adminToken);
  try {
    const ready = await client.send('GET', '/readyz');
    return ready.status === 200 && (await client.send('GET', '/api/v1/namespaces/default')).status === 200;
  } finally {
    client.close();
  }
}

async function installAs(url: string, credentials: Credentials, signal?: AbortSignal): Promise<void> {
  const admin = clientOf(url, credentials, credentials.adminToken);
  const operator = clientOf(url, credentials, credentials.operatorToken);
  try {
    await install(admin, operator, signal);
  } finally {
    admin.close();
    operator.close();
  }
}

function writeKubeconfigs(dir: string, url: string, credentials: Credentials) {
  const kubeconfig = join(dir, 'kubeconfig');
  const operatorKubeconfig = join(dir, 'operator.kubeconfig');
  const ca = authority(credentials);
  writeKubeconfig(kubeconfig, { url, ca, user: 'admin', token: credentials.adminToken });
  writeKubeconfig(operatorKubeconfig, { url, ca, user: operatorUser, token: credentials.operatorToken });
  return { kubeconfig, operatorKubeconfig };
}

function clientOf(url: string, credentials: Credentials, token: string): ApiClient {
  return new ApiClient({ url, token, ca: authority(credentials) });
}

function authority({ certificateFile }: Credentials): string {
  return readFileSync(certificateFile, 'utf8');
}
