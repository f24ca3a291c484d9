// What tests do on the shared API server: clients, namespaces, objects.
import type { TestContext } from 'node:test';
import { type Analysis, storedAnalysis } from '../../src/api/analysis.ts';
import { analyses, apiVersion, group, version, webhookEndpoints } from '../../src/api/group.ts';
import { storedWebhookEndpoint, type WebhookEndpoint } from '../../src/api/webhook-endpoint.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { loadClusterConfig } from '../../src/kube/config.ts';
import { collectionPath, objectPath, type ResourceType } from '../../src/kube/paths.ts';
import { isNamespaced, sharedControlPlane } from './control-plane.ts';
import { takeFromPool } from './namespace-pool.ts';

export const analysisType: ResourceType = { group, version, ...analyses };
export const endpointType: ResourceType = { group, version, ...webhookEndpoints };
const namespaceType: ResourceType = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' };

const clients = new Map<string, KubeClient>();

/** One client for each kubeconfig. Its idle connections do not keep the process. */
export function clientFor(kubeconfig: string): KubeClient {
  const client =
    clients.get(kubeconfig) ??
    new KubeClient(loadClusterConfig({ KUBECONFIG: kubeconfig }), { userAgent: 'heliograph-test' });
  clients.set(kubeconfig, client);
  return client;
}

export function adminClient(): KubeClient {
  return clientFor(sharedControlPlane().kubeconfig);
}

/** Has the operator's role and nothing more; the policy of the ledger knows its user. */
export function operatorClient(): KubeClient {
  return clientFor(sharedControlPlane().operatorKubeconfig);
}

/**
 * Creates a namespace and returns its name. After the test its analyses and endpoints go; the namespace itself
 * stays terminating, because no controller finishes that.
 */
export async function newNamespace(t: Pick<TestContext, 'after'>): Promise<string> {
  const name = isNamespaced() ? await takeFromPool(adminClient()) : await createNamespace();
  t.after(async () => {
    for (const path of [
      collectionPath(analysisType, name),
      collectionPath(endpointType, name),
      objectPath(namespaceType, undefined, name),
    ])
      await adminClient().request({ method: 'DELETE', path });
  });
  return name;
}

async function createNamespace(): Promise<string> {
  const created = await adminClient().create(collectionPath(namespaceType), {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { generateName: 'test-' },
  });
  return (created as { metadata: { name: string } }).metadata.name;
}

type Labels = Readonly<Record<string, string>>;

/** Creates it, or makes an existing one have just this spec and these labels. */
export async function applyEndpoint(
  namespace: string,
  name: string,
  spec: object,
  labels: Labels = {},
): Promise<WebhookEndpoint> {
  return storedWebhookEndpoint.parse(await apply(endpointType, namespace, name, spec, labels));
}

/** Creates it, or makes an existing one have just this spec and these labels. */
export async function applyAnalysis(
  namespace: string,
  name: string,
  spec: object = {},
  labels: Labels = {},
): Promise<Analysis> {
  return storedAnalysis.parse(await apply(analysisType, namespace, name, spec, labels));
}

/** What a worker does: a merge patch of an Analysis' status. */
export async function patchStatus(namespace: string, name: string, status: object): Promise<Analysis> {
  const path = objectPath(analysisType, namespace, name, 'status');
  return storedAnalysis.parse(await adminClient().patchMerge(path, { status }));
}

export async function getAnalysis(namespace: string, name: string): Promise<Analysis> {
  return storedAnalysis.parse(await adminClient().get(objectPath(analysisType, namespace, name)));
}

export async function getEndpoint(namespace: string, name: string): Promise<WebhookEndpoint> {
  return storedWebhookEndpoint.parse(await adminClient().get(objectPath(endpointType, namespace, name)));
}

/** A manifest as a user writes it. */
export function manifest({ kind }: ResourceType, namespace: string, name: string, rest: object = {}) {
  return { apiVersion, kind, metadata: { namespace, name }, ...rest };
}

async function apply(
  type: ResourceType,
  namespace: string,
  name: string,
  spec: object,
  labels: Labels,
): Promise<unknown> {
  const { body } = await adminClient().request({
    method: 'PATCH',
    path: objectPath(type, namespace, name),
    query: { fieldManager: 'heliograph-test', force: true, fieldValidation: 'Strict' },
    contentType: 'application/apply-patch+yaml',
    body: { apiVersion, kind: type.kind, metadata: { namespace, name, labels }, spec },
  });
  return body;
}
