// A dead endpoint with many waiting analyses: it is probed, costs next to nothing, and gets everything when it is back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { operatorRequestsIn } from '../support/audit.ts';
import { getAnalysis, getEndpoint, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { conditionOf, ledgerOf, openScene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';

/** The writes that are counted must not be of the time before all attempts and records of it have ended. */
const quietMs = 4000;
const watchedMs = 16_000;

test('a dead endpoint with 1,000 waiting analyses', async (t) => {
  const namespace = await newNamespace(t);
  let isDead = true;
  const journal = await startJournal(t, () => (isDead ? 503 : 200));
  const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
  const operator = await startOperator(t, { kubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, journal, namespace);
  await scene.endpoint('dead', { delivery: { initialBackoffSeconds: 2, maxBackoffSeconds: 2 } });
  const names = Array.from({ length: 1000 }, (_, index) => `run-${index}`);
  for (let begin = 0; begin < names.length; begin += 50)
    await Promise.all(
      names.slice(begin, begin + 50).map(async (name) => {
        await scene.analysis(name);
        await scene.report(name, { phase: 'Failed' });
      }),
    );
  const delivering = async () => conditionOf(await getEndpoint(namespace, 'dead'), 'Delivering');
  await until(async () => (await delivering())?.reason === 'CircuitOpen', 'the circuit is open', 60_000);
  assert.match(
    (await delivering())?.message ?? '',
    /only probes are sent, the next at \d{4}-.*Z; \d+ events are owed/,
  );
  const owed = async () => await operator.metric('heliograph_deliveries_owed');
  await until(async () => (await owed()) === 2000, 'all of them wait', 60_000);

  await sleep(quietMs);
  const writes = (plural: string) =>
    operatorRequestsIn(plural, namespace).filter(({ verb }) => verb === 'patch').length;
  const before = {
    analyses: writes('analyses'),
    endpoints: writes('webhookendpoints'),
    posts: journal.receipts.length,
  };
  await sleep(watchedMs);
  const probes = journal.receipts.slice(before.posts);
  assert.equal(writes('analyses'), before.analyses, 'no analysis is written while the circuit is open');
  assert.ok(writes('webhookendpoints') - before.endpoints <= watchedMs / 5000 + 1);
  assert.ok(probes.length >= 2 && probes.length <= watchedMs / 1000, `${probes.length} probes`);
  const probed = probes.map(({ id }) => id);
  assert.equal(new Set(probed).size, probed.length, 'they rotate over the analyses');

  // Its state survives a restart of the operator.
  assert.equal(await operator.kill('SIGTERM'), 0);
  const posts = journal.receipts.length;
  await startOperator(t, { kubeconfig, namespaces: [namespace] });
  await journal.until('a probe', () => journal.receipts.length > posts);
  assert.ok(journal.receipts.length - posts <= 3, 'it does not rush at the receiver');

  isDead = false;
  const isOver = async () => (await getEndpoint(namespace, 'dead')).status?.pendingCount === 0;
  await until(isOver, 'everything is delivered', 120_000);
  for (const name of ['run-0', 'run-500', 'run-999']) {
    const analysis = await scene.settled(name, 60_000);
    assert.deepEqual(
      [...new Set(scene.story('dead', analysis))],
      [wholeStory[0], '11 analysis.failed failed 0'],
    );
    assert.ok(
      ledgerOf(await getAnalysis(namespace, name))?.endpoints[0]?.deliveries.every(
        ({ attempts }) => attempts < 15,
      ),
    );
  }
});
