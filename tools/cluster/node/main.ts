// Runs inside the node's namespaces: starts what a cluster consists of, then lets the API server be reached from outside.
// Nobody has to stop it: when it ends, or the first of its programs does, everything in its namespaces ends with it.
import { readFileSync, writeFileSync } from 'node:fs';
import { ApiClient } from '../../control-plane/api-client.ts';
import { writeKubeconfig } from '../../control-plane/credentials.ts';
import { until } from '../../control-plane/poll.ts';
import { messageOf } from '../../command-line.ts';
import { forward } from '../forward.ts';
import { containerd, importImages } from './containers.ts';
import { coreDns } from './dns.ts';
import { apiServer, controllerManager, etcd, kubelet, proxy, scheduler } from './kubernetes.ts';
import { type Program, start } from './program.ts';
import {
  apiServerPort,
  apiServerUrl,
  apiSocket,
  authority,
  nodeKubeconfig,
  nodeName,
  type NodeSettings,
} from './settings.ts';

const settings = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as NodeSettings;
const { folder, credentials } = settings;

try {
  await run();
} catch (error) {
  fail(error);
}

async function run(): Promise<void> {
  const since = Date.now();
  await Promise.all([startControlPlane(), startContainers()]);
  await Promise.all(
    [controllerManager, scheduler, proxy, kubelet, coreDns].map((program) => startNow(program(settings))),
  );
  await untilPodsCanRun(since);
  await forward({ path: apiSocket(folder) }, { host: '127.0.0.1', port: apiServerPort });
}

async function startControlPlane(): Promise<void> {
  await startNow(etcd(settings));
  await startNow(apiServer(settings, async () => (await get('/readyz')).status === 200));
  // The file has the API server's own certificate first, then that of the authority it has made for it.
  const ca =
    readFileSync(credentials.certificateFile, 'utf8')
      .split(/(?=-----BEGIN)/)
      .at(-1) ?? '';
  writeFileSync(authority(folder), ca);
  writeKubeconfig(nodeKubeconfig(folder), {
    url: apiServerUrl,
    ca,
    user: 'admin',
    token: credentials.adminToken,
  });
}

async function startContainers(): Promise<void> {
  await startNow(containerd(settings));
  await importImages(settings);
}

/** Since that time: what an earlier run on the folder has left in etcd says nothing of this one. */
async function untilPodsCanRun(since: number): Promise<void> {
  await until('the node to be ready', async () =>
    isReadySince((await get(`/api/v1/nodes/${nodeName}`)).body, since),
  );
  for (const path of ['serviceaccounts/default', 'configmaps/kube-root-ca.crt'])
    await until(path, async () => (await get(`/api/v1/namespaces/default/${path}`)).status === 200);
}

interface Condition {
  type: string;
  status: string;
  lastHeartbeatTime: string;
}

function isReadySince(body: unknown, since: number): boolean {
  const { status } = body as { status?: { conditions?: Condition[] } | string };
  if (typeof status !== 'object') return false;
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  // Times in Kubernetes are whole seconds.
  return ready?.status === 'True' && Date.parse(ready.lastHeartbeatTime) >= since - 1000;
}

/** The certificate's file is absent until the API server has made it: that throws, so it is not ready yet. */
async function get(path: string) {
  const ca = readFileSync(credentials.certificateFile, 'utf8');
  const client = new ApiClient({ url: apiServerUrl, token: credentials.adminToken, ca });
  try {
    return await client.send('GET', path);
  } finally {
    client.close();
  }
}

async function startNow(program: Program): Promise<void> {
  await start(program, folder, fail);
}

/** Its output is a log, whose end is shown to who has started it. */
function fail(error: unknown): never {
  console.error(messageOf(error));
  process.exit(1);
}
