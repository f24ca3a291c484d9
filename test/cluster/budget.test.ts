// API writes are the budget: how many the operator needs, counted by the API server itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AuditEntry, operatorRequests } from '../support/audit.ts';
import { getEndpoint, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { everyStep, ledgerOf, openScene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';

test('writes of an analysis with 11 events', { concurrency: true }, async (t) => {
  const namespaces = await Promise.all(['steady', 'jump', 'busy'].map(() => newNamespace(t)));
  const [steady = '', jump = '', busy = ''] = namespaces;
  const journal = await startJournal(t);
  const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
  const operator = await startOperator(t, { kubeconfig, namespaces });

  await Promise.all([
    t.test('a change every 5 s costs at most 12, and reads nothing', async (sub) => {
      const scene = await openScene(sub, journal, steady);
      await scene.endpoint('partner');
      await scene.analysis('run');
      for (const [index, step] of everyStep.entries()) {
        if (index > 0) await sleep(5000);
        await scene.report('run', step);
      }
      assert.deepEqual(scene.story('partner', await scene.settled('run')), wholeStory);
      assert.ok(writes(steady).length <= 12, `${writes(steady).length} writes`);
      assert.equal(
        operatorRequests('analyses', steady, 'run').filter(({ verb }) => verb === 'get').length,
        0,
      );
    }),

    t.test('one jump costs 2: the subscription and the record', async (sub) => {
      const scene = await openScene(sub, journal, jump);
      await scene.endpoint('partner');
      await scene.analysis('run');
      await scene.report('run', { phase: 'Success', percentage: 100 });
      assert.deepEqual(scene.story('partner', await scene.settled('run')), wholeStory);
      assert.equal(writes(jump).length, 2);
    }),

    t.test('a worker that patches in a loop costs no second request for a commit', async (sub) => {
      const scene = await openScene(sub, journal, busy);
      await scene.endpoint('partner');
      const names = Array.from({ length: 10 }, (_, index) => `run-${index}`);
      await Promise.all(names.map((name) => scene.analysis(name)));
      await Promise.all(
        names.map(async (name) => {
          await scene.report(name, { phase: 'Analyzing' });
          for (let turn = 1; turn <= 90; turn += 1)
            await scene.report(name, { percentage: turn, message: `turn ${turn}` });
          await scene.report(name, { phase: 'Success' });
        }),
      );
      await Promise.all(names.map((name) => scene.settled(name)));
      const patches = names.flatMap((name) => writes(busy, name));
      const commits = patches.filter(({ responseStatus }) => responseStatus?.code === 200);
      const perCommit = patches.length / commits.length;
      sub.diagnostic(`${patches.length} requests for ${commits.length} commits`);
      assert.ok(perCommit <= 1.05, `${perCommit} requests per commit`);
    }),
  ]);
  assert.equal(await operator.metric('heliograph_ledger_writes_total', { result: 'refused' }), 0);
});

test('I10: the status of a busy endpoint is written at most every 5 s', async (t) => {
  const namespace = await newNamespace(t);
  const journal = await startJournal(t);
  await startOperator(t, { kubeconfig: sharedControlPlane().operatorKubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, journal, namespace);
  await scene.endpoint('partner');
  for (let run = 1; run <= 30; run += 1) {
    await scene.analysis(`run-${run}`);
    await scene.report(`run-${run}`, { phase: 'Analyzing' }, { phase: 'Success' });
    assert.ok(ledgerOf(await scene.settled(`run-${run}`)));
  }
  const counted = async () => (await getEndpoint(namespace, 'partner')).status?.deliveredCount === 330;
  await until(counted, 'all is counted');
  const times = operatorRequests('webhookendpoints', namespace, 'partner')
    .filter(({ verb }) => verb === 'patch')
    .map(({ requestReceivedTimestamp }) => Date.parse(requestReceivedTimestamp));
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  assert.ok(gaps.length > 0);
  // The operator counts from the answer to its last write, the log from when the request came.
  for (const gap of gaps) assert.ok(gap >= 5000, `${gap} ms between two writes`);
});

function writes(namespace: string, name = 'run'): AuditEntry[] {
  return operatorRequests('analyses', namespace, name).filter(({ verb }) => verb === 'patch');
}
