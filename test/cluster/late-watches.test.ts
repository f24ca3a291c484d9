// A watch that is late tells of an analysis as it was before, and that must not look like news: neither of what is
// settled (I7) nor of what is at rest, of which the operator keeps nothing.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startApiProxy } from '../support/api-proxy.ts';
import { getAnalysis, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { openScene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';

async function stage(t: TestContext, delayMs: number) {
  const { operatorKubeconfig, dir } = sharedControlPlane();
  const namespace = await newNamespace(t);
  const proxy = await startApiProxy(t, operatorKubeconfig, dir);
  proxy.watchDelayMs = (path) => (path.includes('/analyses?') ? delayMs : 0);
  await startOperator(t, { kubeconfig: proxy.kubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, await startJournal(t), namespace);
  await scene.endpoint('partner');
  return scene;
}

test('a watch that is late makes nothing of what is settled be sent again', async (t) => {
  const scene = await stage(t, 1000);
  // The watch has told everything about the one by the time it tells of the other.
  for (const name of ['past', 'next']) {
    await scene.analysis(name);
    await scene.report(name, { phase: 'Success' });
    await scene.settled(name);
  }
  for (const name of ['past', 'next'])
    assert.deepEqual(scene.story('partner', await scene.analysis(name)), wholeStory);
});

test('a watch that is late makes nothing of what is at rest be sent again', async (t) => {
  // Longer than it takes until what was sent is on record: the ledger before that comes when it is.
  const scene = await stage(t, 4000);
  const analysis = await scene.analysis('half-way');
  await scene.report('half-way', { phase: 'Analyzing', percentage: 50 });
  await until(async () => {
    const { delivery } = (await getAnalysis(scene.namespace, 'half-way')).status;
    const [partner] = delivery?.endpoints ?? [];
    return partner?.deliveries.every(({ state }) => state === 'Delivered') === true;
  }, 'what was reached is on record');
  // The watch tells of this after all that went before.
  await scene.report('half-way', { phase: 'Success' });
  await scene.settled('half-way');
  assert.deepEqual(
    scene.story('partner', analysis).map((event) => Number.parseInt(event)),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  );
});
