// An API server that is started again knows nothing of the versions that watches would go on from.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newNamespace } from '../support/cluster.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { startOwnControlPlane } from '../support/own-control-plane.ts';
import { openScene, wholeStory } from '../support/scene.ts';

test('after its watches have expired the operator goes on', async (t) => {
  const { operatorKubeconfig: kubeconfig, apiServer } = await startOwnControlPlane(t);
  const namespace = await newNamespace({ after: () => {} });
  const operator = await startOperator(t, { kubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, await startJournal(t), namespace);
  await scene.analysis('run');
  // Newer than all that the watch of the analyses has told: where that stands is the past for the next API server.
  await scene.endpoint('partner');
  await apiServer.kill('SIGKILL');
  await apiServer.start();
  await scene.report('run', { phase: 'Success' });
  const ended = await scene.settled('run');
  assert.deepEqual(scene.story('partner', ended), wholeStory);
  const expired = await operator.metric('heliograph_reflector_restarts_total', { reason: 'expired' });
  assert.ok(expired > 0, 'a watch has expired');
});
