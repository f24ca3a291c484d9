// Two releases of one name in one cluster, each with a namespace of its own to watch: neither hinders the other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../src/kube/errors.ts';
import { collectionPath, objectPath } from '../../src/kube/paths.ts';
import { ledger } from '../cluster/manifests/operator-status.ts';
import { refusalOf } from '../cluster/manifests/refusal.ts';
import { adminClient, analysisType, applyAnalysis, clientFor, endpointType } from '../support/cluster.ts';
import { chart, helm, runHelm } from '../support/helm.ts';
import { type Journal, startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { startOwnControlPlane } from '../support/own-control-plane.ts';
import { openScene, wholeStory } from '../support/scene.ts';
import { createWorker, serviceAccountKubeconfig } from '../support/worker.ts';

const tenants = ['red', 'blue'];
const systemOf = (tenant: string) => `${tenant}-system`;

test('two releases', async (t) => {
  await startOwnControlPlane(t, { bare: true });
  for (const name of [...tenants, ...tenants.map(systemOf), 'green']) await createNamespace(name);

  await t.test('the second goes without what is there once in a cluster', async () => {
    await helm(install('red'));

    const { code, stderr } = await runHelm(install('blue'));
    assert.equal(code, 1);
    assert.match(stderr, /CustomResourceDefinition "[a-z.]+" in namespace "" exists and cannot be imported/);

    await helm([...install('blue'), '--set', 'crds.enabled=false,tenantRoles.create=false', '--replace']);
  });

  await t.test('each operator delivers in the namespace that it watches', async (sub) => {
    const journal = await startJournal(sub);

    await Promise.all(tenants.map((tenant) => deliverIn(tenant, journal)));
  });

  await t.test('and has no rights in the other', async () => {
    const [red, blue] = await Promise.all([operatorOf('red'), operatorOf('blue')]);
    const attempts = [
      () => red.list(collectionPath(analysisType, 'blue')),
      () => red.patchMerge(objectPath(analysisType, 'blue', 'run', 'status'), { status: {} }),
      () => red.get('/api/v1/namespaces/blue/secrets/any'),
      () => blue.list(collectionPath(endpointType, 'red')),
      () => blue.list(collectionPath(endpointType)),
    ];

    for (const attempt of attempts)
      await assert.rejects(attempt, (error) => error instanceof ApiError && error.status === 403);
  });

  await t.test('the record of deliveries is safe in both, and no concern of theirs elsewhere', async () => {
    for (const tenant of [...tenants, 'green']) {
      await applyAnalysis(tenant, 'forged');
      const { client } = await createWorker(tenant);
      const path = objectPath(analysisType, tenant, 'forged', 'status');

      const refusal = await refusalOf(client.patchMerge(path, { status: { delivery: ledger } }));

      if (tenant === 'green') assert.equal(refusal, '');
      else
        assert.ok(refusal.includes(`with binding 'heliograph.${systemOf(tenant)}' denied request`), refusal);
    }
  });

  await t.test(
    'when the first goes the other goes on, and can take over what was there once',
    async (sub) => {
      await helm(['uninstall', 'heliograph', '--namespace', systemOf('red')]);
      await deliverIn('blue', await startJournal(sub), 'later');

      await helm(['upgrade', ...install('blue').slice(1), '--reset-values', '--take-ownership']);
      await adminClient().get('/apis/rbac.authorization.k8s.io/v1/clusterroles/heliograph-worker');
    },
  );

  async function deliverIn(tenant: string, journal: Journal, name = 'run'): Promise<void> {
    const kubeconfig = await serviceAccountKubeconfig(systemOf(tenant), 'heliograph');
    const operator = await startOperator(t, { kubeconfig, namespaces: [tenant] });
    const scene = await openScene(t, journal, tenant);
    await scene.endpoint('partner');
    await scene.analysis(name);
    await scene.report(name, { phase: 'Success' });

    assert.deepEqual(scene.story('partner', await scene.settled(name)), wholeStory);
    await operator.kill();
  }
});

function install(tenant: string): string[] {
  const flags = ['--namespace', systemOf(tenant), '--set', `watchNamespaces={${tenant}}`];
  return ['install', 'heliograph', chart, ...flags];
}

async function operatorOf(tenant: string) {
  return clientFor(await serviceAccountKubeconfig(systemOf(tenant), 'heliograph'));
}

async function createNamespace(name: string): Promise<void> {
  await adminClient().create('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  });
}
