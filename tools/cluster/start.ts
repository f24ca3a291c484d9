// Starts a one-node cluster on a folder: everything in namespaces of its own, so that nothing of it can stay behind.
import { mkdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { join, resolve } from 'node:path';
import {
  type BinariesOptions,
  ensureBinaries,
  ensureNodePrograms,
  ensurePrograms,
} from '../control-plane/binaries.ts';
import { type Credentials, prepareCredentials, writeKubeconfig } from '../control-plane/credentials.ts';
import { claimFolder } from '../control-plane/leftovers.ts';
import { freePort } from '../control-plane/ports.ts';
import { coreDns } from '../control-plane/program-sets.ts';
import { forward } from './forward.ts';
import { sandboxImage, writeImages } from './images.ts';
import { prepareMachine } from './machine.ts';
import { NodeProcess } from './node-process.ts';
import { apiSocket, type NodeSettings } from './node/settings.ts';

export interface ClusterOptions {
  /** Created if absent. What the API server has is kept, and served again by the next start. */
  dir: string;
  /** Gets a line of text now and then. */
  progress: (line: string) => void;
  /** Called when the node ends by itself after it was ready. */
  onUnexpectedExit: (error: Error) => void;
  /** Abandons the start: what runs already is stopped, and the promise rejects with the signal's reason. */
  signal: AbortSignal;
}

export interface Cluster {
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  /** Ends everything. May be called twice. */
  stop: () => Promise<void>;
}

/** Of the path of a Unix socket, on Linux. */
const maxSocketBytes = 107;

/** Resolves when pods can run. Throws MachineError, FolderInUseError, BinariesError or ComponentError. */
export async function startCluster({
  dir: given,
  progress,
  onUnexpectedExit,
  signal,
}: ClusterOptions): Promise<Cluster> {
  const dir = resolve(given);
  const folder = join(dir, 'node');
  if (Buffer.byteLength(apiSocket(folder)) > maxSocketBytes)
    throw new Error(`the path ${dir} is too long: a socket in it may have ${maxSocketBytes} bytes`);
  const programs = await prepareCluster({ progress, signal });
  mkdirSync(folder, { recursive: true });
  const claim = await claimFolder(dir, { temporary: false });
  let node: NodeProcess | undefined;
  let server: Server | undefined;
  const end = async () => {
    claim.stopping();
    server?.close();
    await node?.stop();
    claim.release();
  };
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= end());
  try {
    progress('Making the images');
    const imageArchive = join(folder, 'images.tar');
    await writeImages(imageArchive, programs.kubectl);
    progress('Starting the node');
    const credentials = prepareCredentials(folder);
    const settings: NodeSettings = { folder, programs, credentials, imageArchive, sandboxImage };
    const onChange = () => claim.record(node?.processes ?? []);
    node = new NodeProcess(settings, { onChange, onUnexpectedExit });
    await node.start(signal);
    onChange();
    const port = await freePort();
    server = await forward({ host: '127.0.0.1', port }, { path: apiSocket(folder) });
    return { kubeconfig: writeAdminKubeconfig(dir, port, credentials), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Gets what takes minutes the first time: packages and programs. Throws MachineError or BinariesError. */
export async function prepareCluster(options: BinariesOptions): Promise<NodeSettings['programs']> {
  prepareMachine(options.progress ?? (() => {}));
  return {
    ...(await ensureBinaries(options)),
    ...(await ensureNodePrograms(options)),
    coreDns: join(await ensurePrograms(coreDns, options), 'coredns'),
  };
}

function writeAdminKubeconfig(dir: string, port: number, credentials: Credentials): string {
  const path = join(dir, 'kubeconfig');
  const ca = readFileSync(credentials.certificateFile, 'utf8');
  // localhost is the name that the certificate has for loopback addresses.
  writeKubeconfig(path, {
    url: `https://localhost:${port}`,
    ca,
    user: 'admin',
    token: credentials.adminToken,
  });
  return path;
}
