// Where the API server is and how to authenticate: a kubeconfig, or the service account of the pod.
import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { bufferFromFileOrString, type Cluster, KubeConfig, type User } from '@kubernetes/client-node';
import { ConfigError } from './errors.ts';

interface TlsOptions {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  rejectUnauthorized?: boolean;
  servername?: string;
}

export interface ClusterConfig {
  /** May have a path, as behind Rancher. */
  baseUrl: URL;
  /** Of the pod or of the context; `default` where neither names one. */
  namespace: string;
  tls: TlsOptions;
  /** Authentication, refreshed every minute. Rejects when a credential plugin or a token file fails. */
  headers(): Promise<Readonly<Record<string, string>>>;
}

/** Kubelet renews a token long before it ends; a plugin's process must not run for every request. */
const headersTtlMs = 60_000;

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * From `KUBECONFIG`, else from the pod's service account, else from `~/.kube/config`: like kubectl's order,
 * except that in a pod its own account comes before a file.
 *
 * @throws {ConfigError} where there is none or it cannot be used
 */
export function loadClusterConfig(
  env: { KUBECONFIG?: string | undefined },
  now: () => number = () => performance.now(),
): ClusterConfig {
  const { kubeConfig, source } = read(env.KUBECONFIG);
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null)
    throw new ConfigError(`${source}: the current context '${kubeConfig.currentContext}' has no cluster`);
  if (cluster.proxyUrl !== undefined) throw new ConfigError(`${source}: proxy-url is not supported`);
  const namespace = kubeConfig.getContextObject(kubeConfig.currentContext)?.namespace?.trim();
  return {
    baseUrl: baseUrlOf(cluster, source),
    namespace: namespace === undefined || namespace === '' ? 'default' : namespace,
    tls: tlsOf(cluster, kubeConfig.getCurrentUser(), source),
    headers: cached(() => headersOf(kubeConfig), now),
  };
}

function read(fromEnv: string | undefined): { kubeConfig: KubeConfig; source: string } {
  const kubeConfig = new KubeConfig();
  const home = join(homedir(), '.kube', 'config');
  if (fromEnv !== undefined && fromEnv !== '') {
    const [first = '', ...rest] = fromEnv.split(delimiter).filter((file) => file !== '');
    load(kubeConfig, first);
    for (const file of rest) kubeConfig.mergeConfig(load(new KubeConfig(), file), true);
    return { kubeConfig, source: first };
  }
  if (existsSync(serviceAccountToken)) {
    kubeConfig.loadFromCluster();
    return { kubeConfig, source: 'service account' };
  }
  if (existsSync(home)) return { kubeConfig: load(kubeConfig, home), source: home };
  throw new ConfigError(`no cluster: KUBECONFIG is not set, this is no pod, and ${home} does not exist`);
}

function load(kubeConfig: KubeConfig, file: string): KubeConfig {
  try {
    kubeConfig.loadFromFile(file);
    return kubeConfig;
  } catch (error) {
    throw new ConfigError(`cannot read the kubeconfig ${file}: ${firstLine(error)}`, { cause: error });
  }
}

function baseUrlOf(cluster: Cluster, source: string): URL {
  const url = URL.parse(cluster.server);
  // client-node makes `https://undefined:undefined` where the pod has no KUBERNETES_SERVICE_HOST.
  if (url === null || url.hostname === 'undefined' || !/^https?:$/.test(url.protocol))
    throw new ConfigError(`${source}: the server of the cluster is no http or https URL`);
  return url;
}

function tlsOf(cluster: Cluster, user: User | null, source: string): TlsOptions {
  const tls: TlsOptions = {};
  try {
    const ca = bufferFromFileOrString(cluster.caFile, cluster.caData);
    const cert = bufferFromFileOrString(user?.certFile, user?.certData);
    const key = bufferFromFileOrString(user?.keyFile, user?.keyData);
    if (ca !== null) tls.ca = ca;
    if (cert !== null) tls.cert = cert;
    if (key !== null) tls.key = key;
  } catch (error) {
    throw new ConfigError(`${source}: ${firstLine(error)}`, { cause: error });
  }
  if (cluster.skipTLSVerify) tls.rejectUnauthorized = false;
  if (cluster.tlsServerName !== undefined) tls.servername = cluster.tlsServerName;
  return tls;
}

async function headersOf(kubeConfig: KubeConfig): Promise<Readonly<Record<string, string>>> {
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  // A token file that ends with a newline would not make a header.
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
  if (typeof options.auth === 'string')
    headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return headers;
}

/** Keeps a result for a minute and a failure not at all; callers at the same time share one run. */
function cached<T>(compute: () => Promise<T>, now: () => number): () => Promise<T> {
  let current: { value: Promise<T>; at: number } | undefined;
  return () => {
    if (current !== undefined && now() - current.at < headersTtlMs) return current.value;
    const entry = { value: compute(), at: now() };
    current = entry;
    entry.value.catch(() => {
      if (current === entry) current = undefined;
    });
    return entry.value;
  };
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}
