// Who has rights in one namespace only can install the chart there, once an administrator has done what README.md says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminClient } from '../support/cluster.ts';
import { chart, helm, runHelm } from '../support/helm.ts';
import { startJournal } from '../support/journal.ts';
import { kubectl } from '../support/kubectl.ts';
import { startOperator } from '../support/operator.ts';
import { startOwnControlPlane } from '../support/own-control-plane.ts';
import { openScene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';
import { serviceAccountKubeconfig } from '../support/worker.ts';

const namespace = 'my-team';
const scope = ['--namespace', namespace, '--set', `watchNamespaces={${namespace}}`];
const without = ['crds.enabled', 'rbac.create', 'tenantRoles.create', 'ledgerPolicy.enabled'];
const less = ['--set', without.map((value) => `${value}=false`).join(',')];

test('a release in one namespace', async (t) => {
  const controlPlane = await startOwnControlPlane(t, { bare: true });
  await adminClient().create('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const kubeconfig = await administratorOf(namespace);
  const asTeam = { ...controlPlane, kubeconfig };

  await t.test('cannot bring what is outside of it', async () => {
    const { code, stderr } = await runHelm(['install', 'heliograph', chart, ...scope], asTeam);

    assert.equal(code, 1);
    assert.match(
      stderr,
      /"system:serviceaccount:default:my-team" cannot get resource "customresourcedefinitions"/,
    );
  });

  await t.test('goes without, after an administrator', async () => {
    const parts = ['templates/crds.yaml', 'templates/rbac/*.yaml'].flatMap((one) => ['--show-only', one]);
    const input = await helm(['template', 'heliograph', chart, ...scope, ...parts]);
    const { code, stderr } = await kubectl(['apply', '--server-side', '-f', '-'], { input });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });

    await helm(['upgrade', '--install', 'heliograph', chart, ...scope, ...less], asTeam);
  });

  await t.test('delivers', async (sub) => {
    const operator = await startOperator(sub, {
      kubeconfig: await serviceAccountKubeconfig(namespace, 'heliograph'),
      namespaces: [namespace],
    });
    const scene = await openScene(sub, await startJournal(sub), namespace);
    await scene.endpoint('partner');
    await scene.analysis('run');
    await scene.report('run', { phase: 'Success' });

    assert.deepEqual(scene.story('partner', await scene.settled('run')), wholeStory);
    await operator.kill();
  });

  await t.test('is uninstalled by the same', async () => {
    await helm(['uninstall', 'heliograph', '--namespace', namespace], asTeam);

    const { stdout } = await kubectl([
      'get',
      'deployments,services,serviceaccounts,secrets',
      '-n',
      namespace,
    ]);
    assert.equal(stdout, '');
  });
});

/** A service account of another namespace with the parts of Kubernetes' own role `admin`, which nobody aggregates here. */
async function administratorOf(team: string): Promise<string> {
  await adminClient().create('/api/v1/namespaces/default/serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace: 'default', name: team },
  });
  for (const part of ['admin', 'edit', 'view']) {
    const role = [`--clusterrole=system:aggregate-to-${part}`, `--serviceaccount=default:${team}`];
    const { code, stderr } = await kubectl(['create', 'rolebinding', part, '--namespace', team, ...role]);
    assert.equal(code, 0, stderr);
  }
  const kubeconfig = await serviceAccountKubeconfig('default', team);
  const isInForce = async () =>
    (await kubectl(['auth', 'can-i', 'create', 'deployments', '-n', team], { kubeconfig })).code === 0;
  await until(isInForce, 'the rights are in force');
  return kubeconfig;
}
