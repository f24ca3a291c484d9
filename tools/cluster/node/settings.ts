// What the node is told by who starts it, and what is the same on every node.
import type { Binaries, NodePrograms } from '../../control-plane/binaries.ts';
import type { Credentials } from '../../control-plane/credentials.ts';

export interface NodeSettings {
  /** Absolute path: where data, configuration and logs live. */
  folder: string;
  programs: Binaries & NodePrograms & { coreDns: string };
  credentials: Credentials;
  /** An OCI archive with what pods run, `sandboxImage` among them. */
  imageArchive: string;
  sandboxImage: string;
}

// There is nothing else in the node's network, so any addresses and ports do.
export const nodeName = 'node';
export const bridge = 'heliograph0';
export const nodeAddress = '10.244.0.1';
export const podNetwork = '10.244.0.0/24';
export const clusterDomain = 'cluster.local';
export const apiServerPort = 6443;
export const etcdPort = 2379;

/** The name that the API server's certificate has for this side of it. */
export const apiServerUrl = `https://localhost:${apiServerPort}`;

/** Where the API server can be reached from outside the node's network, once all is ready. */
export function apiSocket(folder: string): string {
  return `${folder}/api.sock`;
}

/** The authority that has signed the API server's certificate. */
export function authority(folder: string): string {
  return `${folder}/ca.crt`;
}

/** For those who run on the node. */
export function nodeKubeconfig(folder: string): string {
  return `${folder}/kubeconfig`;
}
