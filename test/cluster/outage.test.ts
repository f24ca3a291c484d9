// The API server dies and comes back under load, and the operator goes on by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newNamespace } from '../support/cluster.ts';
import { startJournal } from '../support/journal.ts';
import { checkInvariants } from '../support/model.ts';
import { startOperator } from '../support/operator.ts';
import { startOwnControlPlane } from '../support/own-control-plane.ts';
import { everyStep, openScene, wholeStory } from '../support/scene.ts';

test('the API server is killed and started three times under load: I1 to I5 hold', async (t) => {
  const controlPlane = await startOwnControlPlane(t);
  const namespace = await newNamespace({ after: () => {} });
  const journal = await startJournal(t);
  const scene = await openScene(t, journal, namespace);
  for (const name of ['first', 'second']) await scene.endpoint(name);
  const names = Array.from({ length: 20 }, (_, index) => `run-${index}`);
  await Promise.all(names.map((name) => scene.analysis(name)));
  const operator = await startOperator(t, { kubeconfig: controlPlane.operatorKubeconfig });

  const working = Promise.all(names.map((name) => scene.persist(name, ...everyStep)));
  for (const receipts of [60, 180, 300]) {
    await journal.until(`${receipts} receipts`, () => journal.receipts.length >= receipts);
    await controlPlane.apiServer.kill('SIGKILL');
    await controlPlane.apiServer.start();
  }
  await working;

  const analyses = await Promise.all(names.map((name) => scene.settled(name, 60_000)));
  const repeats = checkInvariants(analyses, scene.receipts());
  for (const analysis of analyses)
    for (const endpoint of ['first', 'second'])
      assert.deepEqual([...new Set(scene.story(endpoint, analysis))], wholeStory);
  // It remembers what it has sent: an outage of the API server alone repeats nothing.
  assert.equal(repeats, 0);
  assert.equal((await fetch(`${operator.healthUrl}/livez`)).status, 200);
});
