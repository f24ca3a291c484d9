// The operator's requests go to the priority level that the chart makes for it, and nobody else's do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersion } from '../../src/api/group.ts';
import { adminClient, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { chart, helm } from '../support/helm.ts';
import { kubectl } from '../support/kubectl.ts';
import { until } from '../support/until.ts';
import { serviceAccountKubeconfig } from '../support/worker.ts';

// Beside the release that the tests share.
const less = ['crds.enabled', 'tenantRoles.create', 'ledgerPolicy.enabled'].map((value) => `${value}=false`);

test('the operator waits in queues of its own', async (t) => {
  const namespace = await newNamespace(t);
  const scope = ['--namespace', namespace];
  await helm(['install', 'flow', chart, ...scope, '--set', [...less, 'flowControl.enabled=true'].join(',')]);
  t.after(() => helm(['uninstall', 'flow', ...scope]));
  const schemas = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas';
  const { metadata } = await adminClient().get<{ metadata: { uid: string } }>(
    `${schemas}/flow-heliograph.${namespace}`,
  );
  const operator = await serviceAccountKubeconfig(namespace, 'flow-heliograph');

  // The API server takes a moment to take it up.
  await until(async () => (await schemaOf(operator)) === metadata.uid, 'it is in force');

  assert.notEqual(await schemaOf(sharedControlPlane().operatorKubeconfig), metadata.uid);
});

/** The uid of the FlowSchema that a request belonged to, as the API server says in a header. */
async function schemaOf(kubeconfig: string): Promise<string | undefined> {
  const { stderr } = await kubectl(['get', '--raw', `/apis/${apiVersion}/analyses?limit=1`, '-v=8'], {
    kubeconfig,
  });
  return /x-kubernetes-pf-flowschema-uid: (\S+)/i.exec(stderr)?.[1];
}
