// Objects that do not fit the operator's schema, as after a change of the CRDs: they say so, and nothing breaks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectPath, type ResourceType } from '../../src/kube/paths.ts';
import { adminClient, analysisType, endpointType, newNamespace } from '../support/cluster.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { startOwnControlPlane } from '../support/own-control-plane.ts';
import { conditionOf, openScene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';

const crdType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: '',
};

test('an object that cannot be read gets a condition, and the others are served', async (t) => {
  const { operatorKubeconfig: kubeconfig } = await startOwnControlPlane(t);
  const schema = '/spec/versions/0/schema/openAPIV3Schema/properties';
  await loosen('analyses.heliograph.dev', `${schema}/status/properties/phase/enum`);
  await loosen('webhookendpoints.heliograph.dev', `${schema}/spec/properties/format/enum`);
  const namespace = await newNamespace({ after: () => {} });
  const journal = await startJournal(t);
  const operator = await startOperator(t, { kubeconfig });
  const scene = await openScene(t, journal, namespace);
  await scene.endpoint('partner');
  await until(
    async () => applied(endpointType, namespace, 'odd', { url: 'https://a.example', format: 'Odd' }),
    'odd',
  );
  await scene.analysis('weird');
  await scene.analysis('plain');
  const weird = { status: { phase: 'Pondering' } };
  await until(
    async () => patched(objectPath(analysisType, namespace, 'weird', 'status'), weird),
    'it is weird',
  );
  const condition = async (type: ResourceType, name: string, wanted: string) =>
    conditionOf(await adminClient().get(objectPath(type, namespace, name)), wanted);
  const notified = () => condition(analysisType, 'weird', 'Notified');
  await until(async () => (await notified())?.reason === 'Unreadable', 'the analysis says so');
  assert.match((await notified())?.message ?? '', /cannot read this Analysis: status\.phase: Invalid option/);
  const ready = () => condition(endpointType, 'odd', 'Ready');
  await until(async () => (await ready())?.reason === 'InvalidSpec', 'the endpoint says so');
  assert.match((await ready())?.message ?? '', /The spec cannot be read: spec\.format: Invalid/);
  await scene.report('plain', { phase: 'Success' });
  assert.deepEqual(scene.story('partner', await scene.settled('plain')), wholeStory);
  assert.equal((await fetch(`${operator.healthUrl}/livez`)).status, 200);
});

/** Takes a restriction out of a CRD. */
async function loosen(crd: string, path: string): Promise<void> {
  await adminClient().patchJson(objectPath(crdType, undefined, crd), [{ op: 'remove', path }]);
}

/** False while the API server still has the old schema. */
async function applied(type: ResourceType, namespace: string, name: string, spec: object): Promise<boolean> {
  const body = {
    apiVersion: `${type.group}/${type.version}`,
    kind: type.kind,
    metadata: { namespace, name },
    spec,
  };
  const request = {
    method: 'PATCH',
    path: objectPath(type, namespace, name),
    query: { fieldManager: 'test', force: true },
    contentType: 'application/apply-patch+yaml',
    body,
  } as const;
  return await adminClient()
    .request(request)
    .then(...succeeded);
}

async function patched(path: string, body: object): Promise<boolean> {
  return await adminClient()
    .patchMerge(path, body)
    .then(...succeeded);
}

const succeeded = [() => true, () => false] as const;
