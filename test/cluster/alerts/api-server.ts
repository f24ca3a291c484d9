// What an administrator of the API server may do to the operator.
import { request } from 'node:https';
import type { TestContext } from 'node:test';
import { group, version } from '../../../src/api/group.ts';
import { collectionPath, objectPath, type ResourceType } from '../../../src/kube/paths.ts';
import { loadClusterConfig } from '../../../src/kube/config.ts';
import { adminClient, endpointType } from '../../support/cluster.ts';
import { sharedControlPlane } from '../../support/control-plane.ts';

const admission = { group: 'admissionregistration.k8s.io', version: 'v1' };
const flowControl = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1' };

const policies: ResourceType = {
  ...admission,
  plural: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
};
const bindings: ResourceType = {
  ...admission,
  plural: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
};
const schemas: ResourceType = { ...flowControl, plural: 'flowschemas', kind: 'FlowSchema' };
const levels: ResourceType = {
  ...flowControl,
  plural: 'prioritylevelconfigurations',
  kind: 'PriorityLevelConfiguration',
};

/** The ServiceAccount of the chart's release. */
const operator = { namespace: 'heliograph-system', name: 'heliograph' };

/** A rule against what the ledgers of a namespace say after the start of an analysis. */
export async function refuseLedgers(t: TestContext, namespace: string): Promise<void> {
  const name = `no-progress.${namespace}`;
  await create(t, policies, name, {
    failurePolicy: 'Fail',
    matchConstraints: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      resourceRules: [
        {
          apiGroups: [group],
          apiVersions: [version],
          operations: ['UPDATE'],
          resources: ['analyses/status'],
        },
      ],
    },
    // It comes into force at any time, and a worker whose analysis has a later event by then may go on.
    matchConditions: [
      {
        name: 'the-operator',
        expression: `request.userInfo.username == 'system:serviceaccount:${operator.namespace}:${operator.name}'`,
      },
    ],
    validations: [
      {
        expression: '!has(object.status.delivery) || object.status.delivery.lastSequence < 2',
        message: 'Progress is nobody’s business.',
      },
    ],
  });
  await create(t, bindings, name, { policyName: name, validationActions: ['Deny'] });
}

/** A priority level with room for one request, for the operator's writes to the status of endpoints of a namespace. */
export async function narrowStatusWrites(t: TestContext, namespace: string): Promise<void> {
  const name = `narrow-${namespace}`;
  await create(t, levels, name, {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: 0,
      lendablePercent: 0,
      borrowingLimitPercent: 0,
      limitResponse: { type: 'Reject' },
    },
  });
  await create(t, schemas, name, {
    priorityLevelConfiguration: { name },
    matchingPrecedence: 100,
    rules: [
      {
        subjects: [{ kind: 'ServiceAccount', serviceAccount: operator }],
        resourceRules: [
          {
            verbs: ['patch'],
            apiGroups: [group],
            resources: ['webhookendpoints/status'],
            namespaces: [namespace],
          },
        ],
      },
    ],
  });
}

/** Takes the room: a request whose body does not come to an end. */
export async function occupyStatusWrites(namespace: string, signal: AbortSignal): Promise<void> {
  const cluster = loadClusterConfig({
    KUBECONFIG: sharedControlPlane().operatorKubeconfig,
  });
  const url = new URL(objectPath(endpointType, namespace, 'nobody', 'status'), cluster.baseUrl);
  const hanging = request(url, {
    method: 'PATCH',
    headers: {
      ...(await cluster.headers()),
      'content-type': 'application/merge-patch+json',
      'content-length': 100,
    },
    ...cluster.tls,
    agent: false,
    signal,
  });
  hanging.on('error', () => {});
  hanging.write('{');
}

async function create(t: TestContext, type: ResourceType, name: string, spec: object): Promise<void> {
  t.after(() => adminClient().request({ method: 'DELETE', path: objectPath(type, undefined, name) }));
  await adminClient().create(collectionPath(type), {
    apiVersion: `${type.group}/${type.version}`,
    kind: type.kind,
    metadata: { name },
    spec,
  });
}
