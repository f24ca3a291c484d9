// I8 for what was decided and waits for its turn: when that comes, it is looked at again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getAnalysis, getEndpoint, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { type Reply, startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { conditionOf, ledgerOf, openScene } from '../support/scene.ts';
import { until } from '../support/until.ts';

test('what waits for its turn is not sent to an endpoint that was disabled meanwhile', async (t) => {
  const namespace = await newNamespace(t);
  const first = Promise.withResolvers<Reply>();
  const journal = await startJournal(t, () => first.promise);
  const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
  const operator = await startOperator(t, { kubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, journal, namespace);
  const delivery = { maxConcurrent: 1, timeoutSeconds: 30 };
  await scene.endpoint('partner', { delivery });
  for (const name of ['one', 'two']) {
    await scene.analysis(name);
    await scene.report(name, { phase: 'Analyzing' });
  }
  const waiting = () => operator.metric('heliograph_queue_depth', { queue: 'deliveries' });
  await until(async () => journal.receipts.length === 1 && (await waiting()) === 1, 'one is sent, one waits');
  await scene.endpoint('partner', { delivery, enabled: false });
  const delivering = async () => conditionOf(await getEndpoint(namespace, 'partner'), 'Delivering')?.reason;
  await until(async () => (await delivering()) === 'Disabled', 'the endpoint is disabled');
  first.resolve(200);
  const states = async () => {
    const analyses = await Promise.all(['one', 'two'].map((name) => getAnalysis(namespace, name)));
    return analyses.map((analysis) => ledgerOf(analysis)?.endpoints[0]?.deliveries[0]?.state ?? '');
  };
  await until(async () => (await states()).includes('Delivered'), 'the answer is on record');
  assert.deepEqual(new Set(await states()), new Set(['Delivered', 'Owed']));
  assert.equal(journal.receipts.length, 1);
});
