// The roles that the chart brings for the people and the workers of a namespace: what they allow, and that it is all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { group } from '../../src/api/group.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { collectionPath, objectPath } from '../../src/kube/paths.ts';
import {
  adminClient,
  analysisType,
  clientFor,
  endpointType,
  manifest,
  newNamespace,
} from '../support/cluster.ts';
import { until } from '../support/until.ts';
import { serviceAccountKubeconfig } from '../support/worker.ts';

const rbac = { apiGroup: 'rbac.authorization.k8s.io', apiVersion: 'rbac.authorization.k8s.io/v1' };
const spec = { url: 'https://example.com' };

const read = ['get', 'list', 'watch'];
const verbs = [...read, 'create', 'update', 'patch', 'delete', 'deletecollection'];
const resources = ['webhookendpoints', 'webhookendpoints/status', 'analyses', 'analyses/status'];

type Rights = Readonly<Record<string, readonly string[]>>;

/**
 * Whom Kubernetes' own roles make of somebody: no controller is here to aggregate them, so the parts are bound.
 * `may` is by resource, and says all.
 */
const people: Readonly<Record<string, { roles: readonly string[]; may: Rights }>> = {
  view: {
    roles: ['heliograph-view'],
    may: { webhookendpoints: read, analyses: read },
  },
  edit: {
    roles: ['heliograph-view', 'heliograph-edit', 'system:aggregate-to-edit'],
    may: { webhookendpoints: verbs, analyses: verbs },
  },
  admin: {
    roles: ['heliograph-view', 'heliograph-edit', 'heliograph-admin', 'system:aggregate-to-admin'],
    may: { webhookendpoints: verbs, analyses: verbs, 'analyses/status': ['get', 'patch'] },
  },
  worker: {
    roles: ['heliograph-worker'],
    may: { 'analyses/status': ['get', 'patch'] },
  },
};

for (const [name, { roles, may }] of Object.entries(people))
  test(`${name} has these rights and no others, and in its own namespace only`, async (t) => {
    const namespace = await newNamespace(t);
    const client = await person(namespace, name, roles);

    // Rights take a moment to be in force.
    const hasAll = async () => {
      const now = await rightsOf(client, namespace);
      return Object.entries(may).every(([resource, some]) => now[resource]?.length === some.length);
    };
    await until(hasAll, 'the rights are in force');

    assert.deepEqual(await rightsOf(client, namespace), may);
    assert.deepEqual(await rightsOf(client, 'default'), {});
  });

test("the parts are labelled as Kubernetes' own roles look for them", async () => {
  for (const [own, parts] of [
    ['view', ['heliograph-view']],
    ['edit', ['heliograph-view', 'heliograph-edit']],
    ['admin', ['heliograph-view', 'heliograph-edit', 'heliograph-admin']],
  ] as const) {
    const { aggregationRule } = await clusterRole(own);
    const selectors = aggregationRule?.clusterRoleSelectors ?? [];
    for (const part of ['heliograph-view', 'heliograph-edit', 'heliograph-admin', 'heliograph-worker']) {
      const { labels = {} } = (await clusterRole(part)).metadata;
      const isSelected = selectors.some(({ matchLabels }) =>
        Object.entries(matchLabels).every(([label, value]) => labels[label] === value),
      );
      assert.equal(
        isSelected,
        parts.some((one) => one === part),
        `${part} in ${own}`,
      );
    }
  }
});

test('people write specs, workers write progress, and neither writes the rest of a status', async (t) => {
  const namespace = await newNamespace(t);
  const editor = await person(namespace, 'edit', people['edit']?.roles ?? []);
  const worker = await person(namespace, 'worker', people['worker']?.roles ?? []);
  const endpoint = objectPath(endpointType, namespace, 'partner');
  const analysis = objectPath(analysisType, namespace, 'run');
  const mayPatch = async () =>
    (await rightsOf(worker, namespace))['analyses/status']?.includes('patch') === true;
  const mayWrite = async () => (await rightsOf(editor, namespace))['analyses']?.includes('create') === true;
  await until(mayPatch, 'the worker may report');
  await until(mayWrite, 'the editor may write');

  await editor.create(
    collectionPath(endpointType, namespace),
    manifest(endpointType, namespace, 'partner', { spec }),
  );
  await editor.create(collectionPath(analysisType, namespace), manifest(analysisType, namespace, 'run'));
  await worker.patchMerge(`${analysis}/status`, { status: { phase: 'Analyzing', percentage: 40 } });
  await editor.patchMerge(endpoint, { spec: { enabled: false } });

  const forbidden = [
    () => editor.patchMerge(`${analysis}/status`, { status: { percentage: 50 } }),
    () => editor.patchMerge(`${endpoint}/status`, { status: { deliveredCount: 5 } }),
    () => worker.patchMerge(`${endpoint}/status`, { status: { deliveredCount: 5 } }),
    () => worker.patchMerge(analysis, { spec: { notifyViaWebhook: true } }),
    () => worker.get(endpoint),
    () => worker.list(collectionPath(analysisType, namespace)),
    () => worker.request({ method: 'DELETE', path: analysis }),
  ];
  for (const attempt of forbidden) await assertForbidden(attempt);
});

test("an administrator of a namespace can give a worker its role; an editor can't", async (t) => {
  const namespace = await newNamespace(t);
  const administrator = await person(namespace, 'admin', people['admin']?.roles ?? []);
  const editor = await person(namespace, 'edit', [
    ...(people['edit']?.roles ?? []),
    'system:aggregate-to-admin',
  ]);
  const give = (client: KubeClient, name: string) =>
    bind(client, namespace, { name, role: 'heliograph-worker', serviceAccount: 'somebody' });

  await until(
    () => succeeds(() => give(administrator, 'by-administrator')),
    'the administrator may bind the role',
  );

  await assertForbidden(() => give(editor, 'by-editor'));
});

/** A service account with these ClusterRoles in its namespace. */
async function person(namespace: string, name: string, roles: readonly string[]): Promise<KubeClient> {
  await adminClient().create(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace, name },
  });
  for (const role of roles)
    await bind(adminClient(), namespace, { name: `${name}-${role}`, role, serviceAccount: name });
  return clientFor(await serviceAccountKubeconfig(namespace, name));
}

async function bind(
  client: KubeClient,
  namespace: string,
  { name, role, serviceAccount }: { name: string; role: string; serviceAccount: string },
): Promise<void> {
  await client.create(`/apis/${rbac.apiVersion}/namespaces/${namespace}/rolebindings`, {
    apiVersion: rbac.apiVersion,
    kind: 'RoleBinding',
    metadata: { namespace, name },
    roleRef: { apiGroup: rbac.apiGroup, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', namespace, name: serviceAccount }],
  });
}

/** The verbs that are allowed, by resource. */
async function rightsOf(client: KubeClient, namespace: string): Promise<Rights> {
  const rights: Record<string, string[]> = {};
  for (const resource of resources)
    for (const verb of verbs)
      if (await isAllowed(client, { namespace, resource, verb })) (rights[resource] ??= []).push(verb);
  return rights;
}

async function isAllowed(
  client: KubeClient,
  { namespace, resource, verb }: { namespace: string; resource: string; verb: string },
): Promise<boolean> {
  const [name, subresource] = resource.split('/');
  const review = await client.create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { group, namespace, verb, resource: name, subresource } },
  });
  return (review as { status: { allowed: boolean } }).status.allowed;
}

interface ClusterRole {
  metadata: { labels?: Readonly<Record<string, string>> };
  aggregationRule?: { clusterRoleSelectors: { matchLabels: Readonly<Record<string, string>> }[] };
}

async function clusterRole(name: string): Promise<ClusterRole> {
  return await adminClient().get(`/apis/${rbac.apiVersion}/clusterroles/${name}`);
}

async function assertForbidden(attempt: () => Promise<unknown>): Promise<void> {
  await assert.rejects(attempt, (error) => error instanceof ApiError && error.status === 403);
}

async function succeeds(attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return false;
    throw error;
  }
}
