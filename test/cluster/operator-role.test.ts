// The operator's own user may do what it needs and nothing more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../src/kube/errors.ts';
import { collectionPath, objectPath } from '../../src/kube/paths.ts';
import {
  analysisType,
  applyAnalysis,
  applyEndpoint,
  endpointType,
  manifest,
  newNamespace,
  operatorClient,
} from '../support/cluster.ts';
import { applySecret } from '../support/secrets.ts';

const url = 'https://example.com';

test('the operator may read both kinds and what they refer to, patch their status and record events', async (t) => {
  const namespace = await newNamespace(t);
  await applyAnalysis(namespace, 'a');
  await applyEndpoint(namespace, 'b', { url });
  const operator = operatorClient();

  for (const type of [analysisType, endpointType]) {
    await operator.list(collectionPath(type, namespace), { watch: false });
  }
  await operator.get(objectPath(analysisType, namespace, 'a'));
  await applySecret(namespace, 'c', { token: 'x' });
  await operator.get(`/api/v1/namespaces/${namespace}/secrets/c`);
  await operator.patchMerge(objectPath(analysisType, namespace, 'a', 'status'), { status: {} });
  await operator.patchMerge(objectPath(endpointType, namespace, 'b', 'status'), { status: {} });
  await operator.create(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`, {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { generateName: 'a-', namespace },
    eventTime: '2026-11-24T21:38:20.000000Z',
    type: 'Warning',
    reason: 'DeliveryFailed',
    action: 'Deliver',
    reportingController: 'heliograph.dev/operator',
    reportingInstance: 'operator-0',
    regarding: { apiVersion: 'heliograph.dev/v1alpha1', kind: 'Analysis', namespace, name: 'a' },
  });
});

test('the operator may not change what users write, nor list or change Secrets', async (t) => {
  const namespace = await newNamespace(t);
  await applyAnalysis(namespace, 'a');
  await applyEndpoint(namespace, 'b', { url });
  await applySecret(namespace, 'c', { token: 'x' });
  const operator = operatorClient();
  const analysisPath = objectPath(analysisType, namespace, 'a');
  const endpointPath = objectPath(endpointType, namespace, 'b');

  const forbidden = {
    'patch a spec of an Analysis': () =>
      operator.patchMerge(analysisPath, { spec: { notifyViaWebhook: true } }),
    'patch a spec of an endpoint': () => operator.patchMerge(endpointPath, { spec: { enabled: false } }),
    'label an Analysis': () => operator.patchMerge(analysisPath, { metadata: { labels: { a: 'b' } } }),
    'replace a status': async () =>
      operator.request({
        method: 'PUT',
        path: `${analysisPath}/status`,
        body: await operator.get(analysisPath),
      }),
    'create an Analysis': () =>
      operator.create(collectionPath(analysisType, namespace), manifest(analysisType, namespace, 'd')),
    'delete an Analysis': () => operator.request({ method: 'DELETE', path: analysisPath }),
    'delete all endpoints': () =>
      operator.request({ method: 'DELETE', path: collectionPath(endpointType, namespace) }),
    'change a secret': () =>
      operator.patchMerge(`/api/v1/namespaces/${namespace}/secrets/c`, { data: { token: 'eA==' } }),
    'watch the secrets of a namespace': () =>
      operator.list(`/api/v1/namespaces/${namespace}/secrets`, { watch: true, timeoutSeconds: 1 }),
    'list secrets': () => operator.list('/api/v1/secrets'),
    'list the secrets of a namespace': () => operator.list(`/api/v1/namespaces/${namespace}/secrets`),
    'list configuration maps': () => operator.list('/api/v1/configmaps'),
    'list pods': () => operator.list('/api/v1/pods'),
    'list events': () => operator.list('/apis/events.k8s.io/v1/events'),
    'read its own role': () =>
      operator.get('/apis/rbac.authorization.k8s.io/v1/clusterroles/heliograph.heliograph-system'),
    'change the policy of the ledger': () =>
      operator.request({
        method: 'DELETE',
        path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/heliograph.heliograph-system',
      }),
  };

  for (const [title, attempt] of Object.entries(forbidden))
    await t.test(title, () =>
      assert.rejects(attempt, (error) => error instanceof ApiError && error.status === 403),
    );
});
