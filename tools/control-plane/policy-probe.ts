// Tells when the API server enforces admission policies: it takes them up once a second, and nothing shows it.
import type { ApiClient } from './api-client.ts';
import { until } from './poll.ts';

const name = 'heliograph-control-plane-probe';
const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';

const policy = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name },
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
      ],
    },
    matchConditions: [{ name: 'probe', expression: `object.metadata.name == '${name}'` }],
    validations: [{ expression: 'false', message: 'policies are enforced' }],
  },
};

const binding = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name },
  spec: { policyName: name, validationActions: ['Deny'] },
};

/**
 * Resolves when every policy applied before this call is enforced. The API server takes up all policies together, so
 * one that denies a configuration map of its own name, created as a dry run, answers for the others.
 */
export async function untilPoliciesAreEnforced(admin: ApiClient, signal?: AbortSignal): Promise<void> {
  // What a launcher that was killed here has left behind would answer too early.
  await remove(admin);
  const enforced = async () => (await dryRun(admin)) === 422;
  await until('the last probe of the policies to be forgotten', async () => !(await enforced()), { signal });
  await create(admin, policies, policy);
  await create(admin, bindings, binding);
  await until('the policies to be enforced', enforced, { signal });
  await remove(admin);
}

async function dryRun(admin: ApiClient): Promise<number> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } };
  return (await admin.send('POST', '/api/v1/namespaces/default/configmaps?dryRun=All', { body })).status;
}

async function create(admin: ApiClient, path: string, body: unknown): Promise<void> {
  const answer = await admin.send('POST', path, { body });
  if (answer.status !== 201)
    throw new Error(`the probe of the policies was refused: ${JSON.stringify(answer)}`);
}

async function remove(admin: ApiClient): Promise<void> {
  await admin.send('DELETE', `${bindings}/${name}`);
  await admin.send('DELETE', `${policies}/${name}`);
}
