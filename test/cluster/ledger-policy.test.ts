// Nobody but the operator writes the ledger: the admission policy, tried by a worker with a worker's rights.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { collectionPath, objectPath } from '../../src/kube/paths.ts';
import {
  adminClient,
  analysisType,
  applyAnalysis,
  getAnalysis,
  manifest,
  newNamespace,
  operatorClient,
  patchStatus,
} from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { kubectl } from '../support/kubectl.ts';
import { createWorker, type Worker } from '../support/worker.ts';
import { ledger } from './manifests/operator-status.ts';
import { refusalOf } from './manifests/refusal.ts';

const forged = { ...ledger, owner: 'somebody', revision: 2 };
const denial =
  'analyses.heliograph.dev "a" is forbidden: ValidatingAdmissionPolicy \'heliograph.heliograph-system\' with binding ' +
  "'heliograph.heliograph-system' denied request: status.delivery is the record of deliveries, which only heliograph's operator " +
  'may write: patch phase, percentage, message and result alone';
const gone =
  'status.delivery: Forbidden: must stay: it is the record of deliveries. Write phase, percentage, message and result ' +
  'with a patch (kubectl patch --subresource=status --type=merge), not by replacing the status';

test('a worker reports its progress in every way, with a ledger and without', async (t) => {
  const { namespace, worker, path } = await setUp(t, { verbs: ['get', 'patch', 'update'] });
  const write = async (percentage: number) => {
    await worker.client.patchMerge(path, { status: { phase: 'Analyzing', percentage } });
    await worker.client.patchJson(path, [
      { op: 'add', path: '/status/percentage', value: percentage + 1 },
      { op: 'add', path: '/status/message', value: `at ${percentage}` },
    ]);
    const current = await worker.client.get<{ status: object }>(path);
    await worker.client.request({
      method: 'PUT',
      path,
      body: { ...current, status: { ...current.status, percentage: percentage + 2 } },
    });
    await worker.client.request({
      method: 'PATCH',
      path,
      query: { fieldManager: 'worker', force: true },
      contentType: 'application/apply-patch+yaml',
      body: manifest(analysisType, namespace, 'a', {
        status: { phase: 'Analyzing', percentage: percentage + 3 },
      }),
    });
  };

  await write(10);
  await operatorClient().patchMerge(path, { status: { delivery: ledger } });
  await write(20);

  const { status } = await getAnalysis(namespace, 'a');
  assert.equal(status.percentage, 23);
  assert.deepEqual(status.delivery, ledger);
});

test('a worker neither begins a ledger nor changes one, however it writes', async (t) => {
  const { namespace, worker, path } = await setUp(t, { verbs: ['get', 'patch', 'update'] });
  const attempts = {
    'a merge patch': () => worker.client.patchMerge(path, { status: { delivery: forged } }),
    'a merge patch together with its own fields': () =>
      worker.client.patchMerge(path, { status: { phase: 'Analyzing', delivery: forged } }),
    'a JSON patch': () =>
      worker.client.patchJson(path, [{ op: 'add', path: '/status/delivery', value: forged }]),
    'a replacement': async () => {
      const current = await worker.client.get<{ status: object }>(path);
      const body = { ...current, status: { ...current.status, delivery: forged } };
      await worker.client.request({ method: 'PUT', path, body });
    },
    'server-side apply': () =>
      worker.client.request({
        method: 'PATCH',
        path,
        query: { fieldManager: 'worker', force: true },
        contentType: 'application/apply-patch+yaml',
        body: manifest(analysisType, namespace, 'a', { status: { delivery: forged } }),
      }),
  };

  for (const before of [undefined, ledger]) {
    if (before !== undefined) await operatorClient().patchMerge(path, { status: { delivery: before } });
    for (const [title, attempt] of Object.entries(attempts))
      await t.test(`${title} ${before === undefined ? 'on none' : 'on one'}`, async () => {
        assert.equal(await refusalOf(attempt()), denial);
        assert.deepEqual((await getAnalysis(namespace, 'a')).status.delivery, before);
      });
  }
});

test('a worker does not lose the ledger by accident, and is told how to write', async (t) => {
  const { namespace, worker, path } = await setUp(t, { verbs: ['get', 'patch', 'update'] });
  const current = await worker.client.get<object>(path);
  await operatorClient().patchMerge(path, { status: { delivery: ledger } });
  const { metadata } = await worker.client.get<{ metadata: object }>(path);

  const removals = {
    'a replacement of the status': () =>
      worker.client.request({
        method: 'PUT',
        path,
        body: { ...current, metadata, status: { phase: 'Analyzing' } },
      }),
    'a merge patch with null': () => worker.client.patchMerge(path, { status: { delivery: null } }),
    'a JSON patch': () => worker.client.patchJson(path, [{ op: 'remove', path: '/status/delivery' }]),
    'a status of null': () => worker.client.patchMerge(path, { status: null }),
  };

  for (const [title, removal] of Object.entries(removals))
    await t.test(title, async () => assert.equal(await refusalOf(removal()), gone));
  assert.deepEqual((await getAnalysis(namespace, 'a')).status.delivery, ledger);
});

test('kubectl tells whoever writes the ledger what to write, an administrator too', async (t) => {
  const { namespace, worker } = await setUp(t);
  const patch = (status: object, kubeconfig: string) =>
    kubectl(
      [
        'patch',
        'analysis/a',
        '-n',
        namespace,
        '--subresource=status',
        '--type=merge',
        `--patch=${JSON.stringify({ status })}`,
      ],
      { kubeconfig },
    );
  const { kubeconfig: admin } = sharedControlPlane();

  const [byAdmin, byWorker, progress] = await Promise.all([
    patch({ delivery: forged }, admin),
    patch({ delivery: forged }, worker.kubeconfig),
    patch({ phase: 'Analyzing' }, worker.kubeconfig),
  ]);

  const refused = { code: 1, stdout: '', stderr: `Error from server (Forbidden): ${denial}\n` };
  assert.deepEqual(byAdmin, refused);
  assert.deepEqual(byWorker, refused);
  assert.deepEqual(progress, { code: 0, stdout: 'analysis.heliograph.dev/a patched\n', stderr: '' });
});

test('an Analysis is created without a ledger, whatever its manifest says', async (t) => {
  const namespace = await newNamespace(t);

  await adminClient().create(
    collectionPath(analysisType, namespace),
    manifest(analysisType, namespace, 'a', { status: { phase: 'Success', delivery: forged } }),
  );

  assert.deepEqual((await getAnalysis(namespace, 'a')).status, {});
});

test('changes to the object itself pass beside a ledger and do not touch it', async (t) => {
  const { namespace, path } = await setUp(t);
  await operatorClient().patchMerge(path, { status: { delivery: ledger } });

  await adminClient().patchMerge(objectPath(analysisType, namespace, 'a'), {
    metadata: { labels: { a: 'b' } },
    status: { delivery: forged },
  });

  assert.deepEqual((await getAnalysis(namespace, 'a')).status.delivery, ledger);
  await patchStatus(namespace, 'a', { phase: 'Success', percentage: 100 });
  assert.deepEqual((await getAnalysis(namespace, 'a')).status.delivery, ledger);
});

async function setUp(
  t: TestContext,
  options: { verbs?: readonly string[] } = {},
): Promise<{ namespace: string; worker: Worker; path: string }> {
  const namespace = await newNamespace(t);
  const [worker] = await Promise.all([createWorker(namespace, options), applyAnalysis(namespace, 'a')]);
  return { namespace, worker, path: objectPath(analysisType, namespace, 'a', 'status') };
}
