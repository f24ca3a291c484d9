// Heliograph as its users install it: a release of the chart, whose ServiceAccount the operator of the tests is.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ApiClient } from '../../tools/control-plane/api-client.ts';
import { untilServed } from '../../tools/control-plane/install.ts';
import type { ControlPlaneInfo } from '../../tools/control-plane/start.ts';
import { chart, helm } from './helm.ts';
import { serviceAccountKubeconfig } from './worker.ts';

const release = 'heliograph';
const namespace = 'heliograph-system';

/** As the API server's audit log names the operator of the tests. */
export const operatorUser = `system:serviceaccount:${namespace}:${release}`;

/**
 * Installs the chart with its default values into a bare control plane. Its Deployment gets no pods, because nothing
 * makes them there: tests start the operator as a process with `operatorKubeconfig`, which is the ServiceAccount's.
 *
 * @param options.values as `helm install --set` takes them
 * @param options.watchNamespaces where it has rights; everywhere when empty
 */
export async function installRelease(
  bare: ControlPlaneInfo,
  {
    values = [],
    watchNamespaces = [],
  }: { values?: readonly string[]; watchNamespaces?: readonly string[] } = {},
): Promise<ControlPlaneInfo> {
  const scope = watchNamespaces.length === 0 ? [] : [`watchNamespaces={${watchNamespaces.join(',')}}`];
  const set = [...scope, ...values].flatMap((value) => ['--set', value]);
  await helm(['install', release, chart, '--namespace', namespace, '--create-namespace', ...set], bare);
  const operatorKubeconfig = await serviceAccountKubeconfig(namespace, release, bare);
  const [admin, operator] = [clientOf(bare.kubeconfig), clientOf(operatorKubeconfig)];
  try {
    await untilServed(admin, operator, { namespace: watchNamespaces.at(-1) });
  } finally {
    admin.close();
    operator.close();
  }
  return { ...bare, operatorKubeconfig };
}

function clientOf(kubeconfig: string): ApiClient {
  const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const { server, 'certificate-authority-data': authority } = clusters[0].cluster;
  const ca = Buffer.from(authority, 'base64').toString();
  return new ApiClient({ url: server, token: users[0].user.token, ca });
}

interface Kubeconfig {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
  users: [{ user: { token: string } }];
}
