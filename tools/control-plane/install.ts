// Brings the CRDs, the operator's role and the ledger's policy into a running API server.
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from './api-client.ts';
import { type CustomResourceDefinition, type Manifest, operatorManifests, readCrds } from './manifests.ts';
import { untilPoliciesAreEnforced } from './policy-probe.ts';
import { until } from './poll.ts';

// Reading the plural from discovery would cost a request per group; these are all that there is to install.
const plurals: Record<string, string> = {
  CustomResourceDefinition: 'customresourcedefinitions',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
};

/**
 * Applies the manifests, and resolves when all of it works: both users can list the custom
 * resources and the policies deny. Throws an Error that names the manifest that the API server refused.
 */
export async function install(admin: ApiClient, operator: ApiClient, signal?: AbortSignal): Promise<void> {
  const manifests = [...readCrds(), ...operatorManifests()];
  const applied = await Promise.all(manifests.map((manifest) => apply(admin, manifest)));
  await untilServed(admin, operator, { signal });
  // The API server swaps an updated CRD's storage when its own watch tells it, which nothing shows from outside.
  if (applied.includes('updated')) await delay(500);
}

interface UntilServedOptions {
  /** Where the operator has its rights; everywhere when undefined. */
  namespace?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Resolves when both users can list the custom resources, and when the policies deny. */
export async function untilServed(
  admin: ApiClient,
  operator: ApiClient,
  { namespace, signal }: UntilServedOptions = {},
): Promise<void> {
  const lists = { admin, operator, scope: namespace === undefined ? '' : `namespaces/${namespace}/`, signal };
  await Promise.all([
    ...readCrds().map((crd) => untilListed(crd, lists)),
    untilPoliciesAreEnforced(admin, signal),
  ]);
}

/** Server-side apply: creates, or updates what an earlier run installed, and removes fields that are gone. */
async function apply(admin: ApiClient, manifest: Manifest): Promise<'created' | 'updated'> {
  const { apiVersion, kind, metadata } = manifest;
  const plural = plurals[kind];
  if (plural === undefined) throw new Error(`the control plane does not know how to install a ${kind}`);
  const path = `/apis/${apiVersion}/${plural}/${metadata.name}?fieldManager=heliograph-control-plane&force=true`;
  const { status, body } = await admin.send('PATCH', path, {
    body: manifest,
    contentType: 'application/apply-patch+yaml',
  });
  if (status === 201) return 'created';
  if (status === 200) return 'updated';
  throw new Error(`the API server refused ${kind} ${metadata.name}: ${status} ${JSON.stringify(body)}`);
}

interface Lists {
  admin: ApiClient;
  operator: ApiClient;
  /** Of the path. */
  scope: string;
  signal: AbortSignal | undefined;
}

/** A new CRD answers 404 until it is established, then its first list 429 "storage is (re)initializing". */
async function untilListed(
  { spec, metadata }: CustomResourceDefinition,
  { admin, operator, scope, signal }: Lists,
): Promise<void> {
  const crdPath = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata.name}`;
  const established = async () => isEstablished((await admin.send('GET', crdPath)).body);
  await until(`${metadata.name} to be established`, established, { signal });
  for (const version of spec.versions.filter(({ served }) => served)) {
    const path = `/apis/${spec.group}/${version.name}/${scope}${spec.names.plural}?limit=1`;
    const lists = async (client: ApiClient) => (await client.send('GET', path)).status === 200;
    await until(`a list of ${metadata.name}`, () => lists(admin), { signal });
    await until(`the operator's right to list ${metadata.name}`, () => lists(operator), { signal });
  }
}

function isEstablished(body: unknown): boolean {
  const crd = body as { status?: { conditions?: { type: string; status: string }[] } };
  return (
    crd.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true
  );
}
