// The operator dies, or has a twin: the invariants hold all the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { analysisType, getAnalysis, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startApiProxy } from '../support/api-proxy.ts';
import { startJournal } from '../support/journal.ts';
import { checkInvariants } from '../support/model.ts';
import { startOperator } from '../support/operator.ts';
import { everyStep, openScene, type Scene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';
import { collectionPath } from '../../src/kube/paths.ts';

const endpoints = ['first', 'second'];

/** Applies both endpoints and many analyses, and returns the names of these. */
async function populate(scene: Scene, count: number): Promise<string[]> {
  for (const name of endpoints) await scene.endpoint(name);
  const names = Array.from({ length: count }, (_, index) => `run-${index}`);
  await Promise.all(names.map((name) => scene.analysis(name)));
  return names;
}

/** Every analysis goes through every step, some of them pausing in between as real ones do. */
async function work(scene: Scene, names: readonly string[]): Promise<void> {
  await Promise.all(
    names.map(async (name, index) => {
      for (const step of everyStep) {
        await scene.report(name, step);
        await sleep((index % 5) * 10);
      }
    }),
  );
}

async function atRest(scene: Scene, names: readonly string[]): Promise<number> {
  const analyses = await Promise.all(names.map((name) => scene.settled(name, 60_000)));
  const repeats = checkInvariants(analyses, scene.receipts());
  for (const analysis of analyses) {
    for (const endpoint of endpoints) {
      const told = new Set(scene.story(endpoint, analysis));
      assert.deepEqual([...told], wholeStory, `${analysis.metadata.name} told ${endpoint} everything`);
    }
  }
  return repeats;
}

test('kill -9 in the middle of 50 analyses, three times: I1 to I5', async (t) => {
  const namespace = await newNamespace(t);
  const journal = await startJournal(t);
  const scene = await openScene(t, journal, namespace);
  const names = await populate(scene, 50);
  const options = { kubeconfig: sharedControlPlane().operatorKubeconfig, namespaces: [namespace] };
  let operator = await startOperator(t, options);
  const working = work(scene, names);
  for (const receipts of [100, 400, 800]) {
    await journal.until(`${receipts} receipts`, () => journal.receipts.length >= receipts);
    await operator.kill('SIGKILL');
    operator = await startOperator(t, options);
  }
  await working;
  const repeats = await atRest(scene, names);
  t.diagnostic(`${journal.receipts.length} receipts, ${repeats} of them repeats`);
  assert.ok(repeats <= 3 * names.length * endpoints.length * 11, 'at most what one crash can repeat');
});

test('SIGTERM under load: what was answered is on record, and nothing comes twice', async (t) => {
  const namespace = await newNamespace(t);
  const journal = await startJournal(t);
  const scene = await openScene(t, journal, namespace);
  const names = await populate(scene, 20);
  const options = { kubeconfig: sharedControlPlane().operatorKubeconfig, namespaces: [namespace] };
  const operator = await startOperator(t, options);
  const working = work(scene, names);
  await journal.until('some receipts', () => journal.receipts.length >= 100);
  assert.equal(await operator.kill('SIGTERM'), 0);
  await startOperator(t, options);
  await working;
  assert.equal(await atRest(scene, names), 0);
});

test('two operators at once: repeats only, and the first subscription stays', async (t) => {
  const namespace = await newNamespace(t);
  const journal = await startJournal(t);
  const scene = await openScene(t, journal, namespace);
  const names = await populate(scene, 20);
  const options = { kubeconfig: sharedControlPlane().operatorKubeconfig, namespaces: [namespace] };
  const twins = await Promise.all([startOperator(t, options), startOperator(t, options)]);
  const owners = twins.map(({ log }) => log[0]?.['identity']);
  const working = work(scene, names);
  const opened = new Map<string, string>();
  await journal.until('some receipts', () => journal.receipts.length >= 200);
  for (const name of names) {
    const { delivery } = (await getAnalysis(namespace, name)).status;
    if (delivery !== undefined) opened.set(name, subscribed(delivery));
  }
  await working;
  await atRest(scene, names);
  for (const [name, first] of opened) {
    const { delivery } = (await getAnalysis(namespace, name)).status;
    assert.ok(delivery);
    assert.equal(subscribed(delivery), first, `${name} keeps its first subscription`);
    assert.ok(owners.includes(delivery.owner));
  }
});

test('the subscription is committed before the first POST, also where the answer to it is lost', async (t) => {
  const { operatorKubeconfig, dir } = sharedControlPlane();
  const namespace = await newNamespace(t);
  const proxy = await startApiProxy(t, operatorKubeconfig, dir);
  const committed = new Set<string>();
  const journal = await startJournal(t, async ({ id, path }) => {
    const uid = id.slice(0, id.lastIndexOf('-'));
    const analyses = await Promise.all(['lost', 'refused'].map((name) => getAnalysis(namespace, name)));
    const { status } = analyses.find(({ metadata }) => metadata.uid === uid) ?? {};
    if (status?.delivery !== undefined) committed.add(`${path} ${id}`);
    return 200;
  });
  const scene = await openScene(t, journal, namespace);
  for (const name of endpoints) await scene.endpoint(name);
  await scene.analysis('lost');
  await scene.analysis('refused');
  await startOperator(t, { kubeconfig: proxy.kubeconfig, namespaces: [namespace] });
  const met = new Set<string>();
  proxy.decide = ({ method, path }) => {
    const name = ['lost', 'refused'].find((one) => path === statusPath(namespace, one));
    if (method !== 'PATCH' || name === undefined || met.has(name)) return 'pass';
    met.add(name);
    return name === 'lost' ? 'lose' : 'refuse';
  };
  await scene.report('lost', { phase: 'Success' });
  await scene.report('refused', { phase: 'Success' });
  assert.equal(await atRest(scene, ['lost', 'refused']), 0);
  assert.equal(met.size, 2);
  assert.equal(committed.size, journal.receipts.length);
});

test('a record whose answer is lost is read again, and nothing is sent twice', async (t) => {
  const { operatorKubeconfig, dir } = sharedControlPlane();
  const namespace = await newNamespace(t);
  const proxy = await startApiProxy(t, operatorKubeconfig, dir);
  const journal = await startJournal(t);
  const scene = await openScene(t, journal, namespace);
  const [name = ''] = await populate(scene, 1);
  await startOperator(t, { kubeconfig: proxy.kubeconfig, namespaces: [namespace] });
  let writes = 0;
  proxy.decide = ({ method, path }) => {
    if (method !== 'PATCH' || path !== statusPath(namespace, name)) return 'pass';
    writes += 1;
    return writes === 1 ? 'pass' : writes === 2 ? 'lose' : 'refuse';
  };
  await scene.report(name, { phase: 'Analyzing', percentage: 45 });
  await journal.until('the first events', () => journal.receipts.length >= 2 * 5);
  await until(() => writes === 2, 'they are written, and the answer to it is lost');
  await scene.report(name, { phase: 'Success' });
  await until(() => writes >= 4, 'the last record was refused twice');
  proxy.decide = () => 'pass';
  assert.equal(await atRest(scene, [name]), 0);
});

function statusPath(namespace: string, name: string): string {
  return `${collectionPath(analysisType, namespace)}/${name}/status`;
}

function subscribed({ endpoints: subscriptions }: { endpoints: readonly { uid: string }[] }): string {
  return subscriptions.map(({ uid }) => uid).join(' ');
}
