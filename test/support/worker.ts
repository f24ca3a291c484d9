// A worker as platform teams deploy it: a service account that may read and patch the status of analyses.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { group } from '../../src/api/group.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { until } from '../../tools/control-plane/poll.ts';
import type { ControlPlaneInfo } from '../../tools/control-plane/start.ts';
import { adminClient, clientFor } from './cluster.ts';
import { sharedControlPlane } from './control-plane.ts';

export interface Worker {
  kubeconfig: string;
  client: KubeClient;
}

const rbac = { apiGroup: 'rbac.authorization.k8s.io', apiVersion: 'rbac.authorization.k8s.io/v1' };

/** Resolves when its rights are in force. `verbs` are what it may do with the status. */
export async function createWorker(
  namespace: string,
  { name = 'worker', verbs = ['get', 'patch'] }: { name?: string; verbs?: readonly string[] } = {},
): Promise<Worker> {
  const rules = [{ apiGroups: [group], resources: ['analyses/status'], verbs }];
  const kubeconfig = await createServiceAccount(namespace, name, rules);
  const client = clientFor(kubeconfig);
  await until("the worker's rights", () => mayPatchStatus(client, namespace));
  return { kubeconfig, client };
}

/** As in a Role. */
export interface PolicyRule {
  apiGroups: readonly string[];
  resources: readonly string[];
  verbs: readonly string[];
}

/** Creates it with a Role of these rules in its namespace, and returns the path of a kubeconfig with its token. */
export async function createServiceAccount(
  namespace: string,
  name: string,
  rules: readonly PolicyRule[],
): Promise<string> {
  const metadata = { namespace, name };
  const core = `/api/v1/namespaces/${namespace}`;
  const roles = `/apis/${rbac.apiVersion}/namespaces/${namespace}`;
  await adminClient().create(`${core}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata,
  });
  await adminClient().create(`${roles}/roles`, {
    apiVersion: rbac.apiVersion,
    kind: 'Role',
    metadata,
    rules,
  });
  await adminClient().create(`${roles}/rolebindings`, {
    apiVersion: rbac.apiVersion,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: rbac.apiGroup, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', namespace, name }],
  });
  return await serviceAccountKubeconfig(namespace, name);
}

/** Writes a kubeconfig with a token of the service account and returns its path. */
export async function serviceAccountKubeconfig(
  namespace: string,
  name: string,
  { kubeconfig, dir }: ControlPlaneInfo = sharedControlPlane(),
): Promise<string> {
  const issued = await clientFor(kubeconfig).create(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3600 },
    },
  );
  const { token } = (issued as { status: { token: string } }).status;
  const config = parse(readFileSync(kubeconfig, 'utf8')) as { users: { name: string }[] };
  const path = join(dir, `${namespace}.${name}.kubeconfig`);
  const users = config.users.map((user) => ({ name: user.name, user: { token } }));
  writeFileSync(path, stringify({ ...config, users }), { mode: 0o600 });
  return path;
}

async function mayPatchStatus(client: KubeClient, namespace: string): Promise<boolean> {
  const review = await client.create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {
      resourceAttributes: { group, resource: 'analyses', subresource: 'status', verb: 'patch', namespace },
    },
  });
  return (review as { status: { allowed: boolean } }).status.allowed;
}
