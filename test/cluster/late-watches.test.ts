// I7: a watch that is late tells of what is settled as it was before, and that must not look like a new analysis.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApiProxy } from '../support/api-proxy.ts';
import { newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { openScene, wholeStory } from '../support/scene.ts';

test('a watch that is late makes nothing of what is settled be sent again', async (t) => {
  const { operatorKubeconfig, dir } = sharedControlPlane();
  const namespace = await newNamespace(t);
  const proxy = await startApiProxy(t, operatorKubeconfig, dir);
  proxy.watchDelayMs = (path) => (path.includes('/analyses?') ? 1000 : 0);
  await startOperator(t, { kubeconfig: proxy.kubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, await startJournal(t), namespace);
  await scene.endpoint('partner');
  // The watch has told everything about the one by the time it tells of the other.
  for (const name of ['past', 'next']) {
    await scene.analysis(name);
    await scene.report(name, { phase: 'Success' });
    await scene.settled(name);
  }
  for (const name of ['past', 'next'])
    assert.deepEqual(scene.story('partner', await scene.analysis(name)), wholeStory);
});
