// Who is told is decided once, when the analysis starts, and nobody who was there is missed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApiProxy } from '../support/api-proxy.ts';
import { adminClient, endpointType, getAnalysis, getEndpoint, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { startOperator } from '../support/operator.ts';
import { playRows, type Row } from '../support/rows.ts';
import { conditionOf, everyStep, ledgerOf, openScene, type Scene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';
import { objectPath } from '../../src/kube/paths.ts';

const rows: Readonly<Record<string, Row>> = {
  'an endpoint that is added later does not join': async (scene) => {
    const { analysis, report, endpoint, settled, story } = scene;
    await analysis('run');
    await report('run', { phase: 'Analyzing', percentage: 15 });
    await until(async () => isOpen(scene, 'run'), 'the subscription is committed');
    await endpoint('latecomer');
    await report('run', { phase: 'Success' });
    const ended = await settled('run');
    assert.deepEqual(story('partner', ended), wholeStory);
    assert.deepEqual(story('latecomer', ended), []);
    assert.deepEqual(namesOf(ended), ['partner']);
  },

  'an endpoint that wants other events later keeps what it wanted at the start': async (scene) => {
    const { analysis, report, endpoint, settled, story } = scene;
    await analysis('run');
    await report('run', { phase: 'Analyzing' });
    await until(async () => isOpen(scene, 'run'), 'the subscription is committed');
    await endpoint('partner', { events: ['analysis.failed'], analyses: 'All' });
    await report('run', { phase: 'Success' });
    assert.deepEqual(story('partner', await settled('run')), wholeStory);
  },

  'an endpoint that is disabled at the start is not told, now or later': async (scene) => {
    const { analysis, report, endpoint, settled, story } = scene;
    await endpoint('partner', { enabled: false });
    await analysis('run');
    await report('run', { phase: 'Analyzing', percentage: 50 });
    const ended = await settled('run');
    await endpoint('partner');
    await report('run', { phase: 'Success' });
    assert.deepEqual(story('partner', ended), []);
    assert.equal(conditionOf(ended, 'Notified')?.reason, 'NotSubscribed');
  },

  'what came while an endpoint was disabled is delivered, in order, when it is enabled': async (
    scene,
    journal,
  ) => {
    const { namespace, analysis, report, endpoint, settled, story } = scene;
    await analysis('run');
    await report('run', { phase: 'Analyzing', percentage: 10 });
    await journal.until('the first events', () => journal.at(`/${namespace}/partner`).length === 2);
    await endpoint('partner', { enabled: false });
    await untilDelivering(scene, 'Disabled');
    await report('run', { percentage: 50 }, { phase: 'Success' });
    const isKept = async () => owedOf(await getAnalysis(namespace, 'run')) === 9;
    await until(isKept, 'all that is owed is on record');
    assert.equal(journal.at(`/${namespace}/partner`).length, 2);
    await endpoint('partner');
    assert.deepEqual(story('partner', await settled('run')), wholeStory);
  },

  'the newest URL is used from the next attempt on': async (scene, journal) => {
    const { namespace, analysis, report, endpoint, settled, story } = scene;
    await analysis('run');
    await report('run', { phase: 'Analyzing' });
    await journal.until('the first event', () => journal.at(`/${namespace}/partner`).length === 1);
    await endpoint('partner', { url: journal.url(`/${namespace}/moved`) });
    await untilDelivering(scene, 'Idle', 2);
    await report('run', { phase: 'Success' });
    const ended = await settled('run');
    assert.deepEqual(story('partner', ended), wholeStory.slice(0, 1));
    assert.deepEqual(story('moved', ended), wholeStory.slice(1));
  },

  'what a deleted endpoint was owed is given up, and its successor inherits nothing': async (scene) => {
    const { namespace, analysis, report, endpoint, settled, story } = scene;
    await endpoint('doomed', { url: 'http://127.0.0.1:1/refuses' });
    await analysis('run');
    await report('run', ...everyStep);
    await until(async () => isOpen(scene, 'run'), 'the subscription is committed');
    await adminClient().request({ method: 'DELETE', path: objectPath(endpointType, namespace, 'doomed') });
    await endpoint('doomed');
    const ended = await settled('run');
    assert.deepEqual(story('doomed', ended), []);
    assert.deepEqual(story('partner', ended), wholeStory);
    const doomed = ledgerOf(ended)?.endpoints.find(({ name }) => name === 'doomed');
    assert.ok(
      doomed?.deliveries.every(({ state, reason }) => state === 'GivenUp' && reason === 'EndpointDeleted'),
    );
    assert.equal(conditionOf(ended, 'Notified')?.reason, 'DeliveryFailed');
  },

  'of more than 32 endpoints the oldest are told, and a condition names the others': async (scene) => {
    const { analysis, report, endpoint, settled, story } = scene;
    // The API server's times have whole seconds: of one second the names decide.
    for (let index = 1; index <= 33; index += 1) await endpoint(`q${String(index).padStart(2, '0')}`);
    await analysis('run');
    await report('run', { phase: 'Failed' });
    const ended = await settled('run');
    assert.equal(namesOf(ended).length, 32);
    assert.ok(namesOf(ended).includes('partner'));
    const limit = conditionOf(ended, 'EndpointLimitExceeded');
    assert.equal(limit?.status, 'True');
    assert.match(limit?.message ?? '', /the oldest 32 are notified\. Left out: q32, q33/);
    assert.equal(story('q33', ended).length, 0);
    assert.equal(story('q31', ended).length, 2);
  },
};

playRows('the decision at the start', rows, { prepare: ({ endpoint }) => endpoint('partner') });

test('I13: an endpoint that was there at the start is told although the endpoint watch is cut', async (t) => {
  const { operatorKubeconfig, dir } = sharedControlPlane();
  const journal = await startJournal(t);
  const namespace = await newNamespace(t);
  const proxy = await startApiProxy(t, operatorKubeconfig, dir);
  await startOperator(t, { kubeconfig: proxy.kubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, journal, namespace);
  proxy.decide = ({ path }) => (isEndpointWatch(path) ? 'blackhole' : 'pass');
  proxy.cutWatches('webhookendpoints');
  for (let run = 1; run <= 5; run += 1) {
    await scene.endpoint(`partner-${run}`);
    await scene.analysis(`run-${run}`);
    await scene.report(`run-${run}`, { phase: 'Success' });
    const ended = await scene.settled(`run-${run}`);
    for (let endpoint = 1; endpoint <= run; endpoint += 1)
      assert.deepEqual(scene.story(`partner-${endpoint}`, ended), wholeStory);
  }
});

test('analyses that start together share the look at the endpoints', async (t) => {
  const { operatorKubeconfig, dir } = sharedControlPlane();
  const namespace = await newNamespace(t);
  const proxy = await startApiProxy(t, operatorKubeconfig, dir);
  await startOperator(t, { kubeconfig: proxy.kubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, await startJournal(t), namespace);
  const names = Array.from({ length: 40 }, (_, index) => `run-${index}`);
  await Promise.all(names.map((name) => scene.analysis(name)));
  await Promise.all(names.map((name) => scene.report(name, { phase: 'Failed' })));
  await Promise.all(names.map((name) => scene.settled(name)));
  const looks = proxy.requests.filter(
    ({ path }) => path.includes('/webhookendpoints?') && !path.includes('watch=true'),
  );
  // One of them is the reflector's.
  assert.ok(looks.length - 1 < names.length, `${looks.length - 1} looks for ${names.length} analyses`);
});

async function isOpen({ namespace }: Scene, name: string): Promise<boolean> {
  return ledgerOf(await getAnalysis(namespace, name)) !== undefined;
}

function namesOf(analysis: Awaited<ReturnType<typeof getAnalysis>>): string[] {
  return (ledgerOf(analysis)?.endpoints ?? []).map(({ name }) => name);
}

function owedOf(analysis: Awaited<ReturnType<typeof getAnalysis>>): number {
  const deliveries = ledgerOf(analysis)?.endpoints.flatMap((one) => one.deliveries) ?? [];
  return deliveries.filter(({ state }) => state === 'Owed').length;
}

/** Resolves when the operator has seen the endpoint as it is now. */
async function untilDelivering({ namespace }: Scene, reason: string, generation?: number): Promise<void> {
  await until(async () => {
    const { status } = await getEndpoint(namespace, 'partner');
    const seen = generation === undefined || status?.observedGeneration === generation;
    return seen && conditionOf({ status }, 'Delivering')?.reason === reason;
  }, `the endpoint is ${reason}`);
}

function isEndpointWatch(path: string): boolean {
  return path.includes('/webhookendpoints?') && path.includes('watch=true');
}
