// Receivers that fail: what they see, and what the records and kubectl show of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getAnalysis, getEndpoint, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { type Receipt, type Reply, startJournal } from '../support/journal.ts';
import { kubectl } from '../support/kubectl.ts';
import { startOperator } from '../support/operator.ts';
import { playRows, type Row } from '../support/rows.ts';
import { conditionOf, ledgerOf, openScene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';

const quick = { initialBackoffSeconds: 1, maxBackoffSeconds: 1 };

/** What each scene's receivers do, by their path. */
const replies = new Map<string, (receipt: Receipt) => Reply>();

const rows: Readonly<Record<string, Row>> = {
  'an answer of 500 is tried again until it is 200, and the order stays': async (scene) => {
    const { namespace, endpoint, analysis, report, settled, story } = scene;
    replies.set(`/${namespace}/flaky`, ({ sequence, attempt }) =>
      sequence === 2 && attempt <= 2 ? 500 : 200,
    );
    await endpoint('flaky', { delivery: quick });
    await analysis('run');
    await report('run', { phase: 'Analyzing', percentage: 10 }, { phase: 'Failed' });
    const ended = await settled('run');
    const [started = '', ten = ''] = wholeStory;
    assert.deepEqual(story('flaky', ended), [started, ten, ten, ten, '11 analysis.failed failed 10']);
    const second = ledgerOf(ended)?.endpoints[0]?.deliveries[1];
    assert.deepEqual([second?.state, second?.attempts, second?.statusCode], ['Delivered', 3, 200]);
    await until(async () => (await getEndpoint(namespace, 'flaky')).status?.deliveredCount === 3, 'counted');
    const { recentDeliveries = [] } = (await getEndpoint(namespace, 'flaky')).status ?? {};
    const shown = recentDeliveries.map((one) => [one.sequence, one.attempt, one.response.statusCode]);
    assert.deepEqual(shown, [
      [11, 1, 200],
      [2, 3, 200],
      [2, 2, 500],
      [2, 1, 500],
      [1, 1, 200],
    ]);
    assert.equal(recentDeliveries[2]?.response.status, '500 Internal Server Error');
    assert.match(recentDeliveries[2]?.response.message ?? '', /type analysis\.progress failed: answered 500/);
  },

  'after maxAttempts an event is given up, with an Event, and the next one is tried': async (scene) => {
    const { namespace, endpoint, analysis, report, settled, story } = scene;
    replies.set(`/${namespace}/broken`, ({ sequence }) => (sequence === 1 ? 503 : 200));
    await endpoint('broken', { delivery: { ...quick, maxAttempts: 2 } });
    await analysis('run');
    await report('run', { phase: 'Failed' });
    const ended = await settled('run');
    const [started = ''] = wholeStory;
    assert.deepEqual(story('broken', ended), [started, started, '11 analysis.failed failed 0']);
    const [first, last] = ledgerOf(ended)?.endpoints[0]?.deliveries ?? [];
    assert.deepEqual([first?.state, first?.reason, first?.attempts], ['GivenUp', 'MaxAttemptsReached', 2]);
    assert.equal(last?.state, 'Delivered');
    assert.equal(conditionOf(ended, 'Notified')?.reason, 'DeliveryFailed');
    const describe = async () => (await kubectl(['describe', 'analysis', 'run', '-n', namespace])).stdout;
    const told =
      /Warning\s+DeliveryGivenUp.*Event 1 for WebhookEndpoint broken was given up after 2 attempts.*503/;
    await until(async () => told.test(await describe()), 'the Event is there');
    await until(async () => (await getEndpoint(namespace, 'broken')).status?.failedCount === 1, 'counted');
  },

  'a refused connection and a hang are recorded in words, and waited for': async (scene) => {
    const { namespace, endpoint, analysis, report } = scene;
    replies.set(`/${namespace}/hung`, () => 'hang');
    await endpoint('refused', { url: 'http://127.0.0.1:1/hook' });
    await endpoint('hung', { delivery: { timeoutSeconds: 1 } });
    await endpoint('well');
    await analysis('run');
    await report('run', { phase: 'Success' });
    const answers = async () => {
      const subscribed = ledgerOf(await getAnalysis(namespace, 'run'))?.endpoints ?? [];
      return Object.fromEntries(subscribed.map(({ name, lastResponse }) => [name, lastResponse]));
    };
    const allAnswered = async () => Object.values(await answers()).filter(Boolean).length === 3;
    await until(allAnswered, 'all are on record');
    const { refused, hung, well } = await answers();
    assert.match(refused?.message ?? '', /failed: connection refused$/);
    assert.equal(refused?.statusCode, undefined);
    assert.match(hung?.message ?? '', /failed: timed out after 1 s$/);
    assert.equal(well?.sequence, 11);
    const { delivery } = (await getAnalysis(namespace, 'run')).status;
    const states = delivery?.endpoints.map(({ name, deliveries }) => [name, deliveries[0]?.state]);
    assert.deepEqual(Object.fromEntries(states ?? []), { refused: 'Owed', hung: 'Owed', well: 'Delivered' });
    const retrying = async () => conditionOf(await getEndpoint(namespace, 'refused'), 'Delivering');
    await until(async () => (await retrying())?.reason === 'Retrying', 'the endpoint says so');
    assert.match(
      (await retrying())?.message ?? '',
      /11 events are owed; the newest attempt: .*connection refused\. Next/,
    );
  },

  'an answer after a failure without one shows nothing of it': async (scene) => {
    const { namespace, endpoint, analysis, report, settled } = scene;
    await endpoint('moving');
    await analysis('good');
    await report('good', { phase: 'Failed' });
    await settled('good');
    const last = async () => (await getEndpoint(namespace, 'moving')).status?.lastDelivery?.response;
    await until(async () => (await last())?.statusCode === 200, 'the success is shown');
    await endpoint('moving', { url: 'http://127.0.0.1:1/hook' });
    await analysis('bad');
    await report('bad', { phase: 'Failed' });
    await until(async () => /refused/.test((await last())?.message ?? ''), 'the failure is shown');
    assert.deepEqual(Object.keys((await last()) ?? {}), ['message']);
  },

  'Retry-After is waited for': async (scene) => {
    const { namespace, endpoint, analysis, report, settled } = scene;
    replies.set(`/${namespace}/busy`, ({ sequence, attempt }) =>
      sequence > 1 || attempt > 1 ? 200 : (response) => response.writeHead(429, { 'retry-after': '3' }).end(),
    );
    await endpoint('busy', { delivery: quick });
    await analysis('run');
    await report('run', { phase: 'Failed' });
    const owed = async () => ledgerOf(await getAnalysis(namespace, 'run'))?.endpoints[0]?.deliveries[0];
    await until(async () => (await owed())?.attempts === 1, 'the attempt is on record');
    const { time = '', nextAttemptTime = '' } = (await owed()) ?? {};
    const waitMs = Date.parse(nextAttemptTime) - Date.parse(time);
    assert.ok(waitMs >= 3000, `waits ${waitMs} ms`);
    await settled('run');
  },

  '410 stops the endpoint until its spec changes': async (scene) => {
    const { namespace, endpoint, analysis, report, settled, story } = scene;
    replies.set(`/${namespace}/gone`, () => 410);
    await endpoint('gone', { delivery: quick });
    await analysis('run');
    await report('run', { phase: 'Failed' });
    const delivering = async () => conditionOf(await getEndpoint(namespace, 'gone'), 'Delivering');
    await until(async () => (await delivering())?.reason === 'Gone', 'the endpoint says so');
    replies.set(`/${namespace}/gone`, () => 200);
    await endpoint('gone', { delivery: quick, description: 'back again' });
    const [started = ''] = wholeStory;
    assert.deepEqual(story('gone', await settled('run')), [started, started, '11 analysis.failed failed 0']);
  },

  'an address and a scheme that are not allowed make the endpoint not Ready, with what to do': async (
    scene,
  ) => {
    const { namespace, endpoint } = scene;
    await endpoint('private', { url: 'https://10.1.2.3/hook' });
    const ready = async () => conditionOf(await getEndpoint(namespace, 'private'), 'Ready');
    await until(async () => (await ready())?.status === 'False', 'it is refused');
    assert.equal((await ready())?.reason, 'EgressDenied');
    assert.match(
      (await ready())?.message ?? '',
      /10\.1\.2\.3.*add 10\.1\.2\.3\/32 to --egress-allowed-cidrs/,
    );
    const describe = async () => (await kubectl(['describe', 'whe', 'private', '-n', namespace])).stdout;
    await until(async () => /Warning\s+EgressDenied/.test(await describe()), 'the Event is there');
  },
};

playRows('failing receivers', rows, { reply: (receipt) => replies.get(receipt.path)?.(receipt) ?? 200 });

test('an operator without permission for http or loopback sends nothing and says why', async (t) => {
  const namespace = await newNamespace(t);
  const journal = await startJournal(t);
  const flags = ['--egress-allow-http=false', '--egress-allowed-cidrs='];
  const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
  await startOperator(t, { kubeconfig, namespaces: [namespace], flags });
  const { endpoint, analysis, report } = await openScene(t, journal, namespace);
  await endpoint('plain');
  await endpoint('loopback', { url: 'https://localhost:8443/hook' });
  await analysis('run');
  await report('run', { phase: 'Success' });
  const responses = async () =>
    (ledgerOf(await getAnalysis(namespace, 'run'))?.endpoints ?? []).map(
      ({ lastResponse }) => lastResponse?.message,
    );
  await until(async () => (await responses()).filter(Boolean).length === 2, 'both attempts are on record');
  const [plain = '', loopback = ''] = (await responses()).toSorted((a = '', b = '') => a.localeCompare(b));
  assert.match(loopback, /127\.0\.0\.1 is not allowed: .*--egress-allowed-cidrs/);
  assert.match(
    plain,
    /plain http is not allowed: use https, or an administrator can set --egress-allow-http/,
  );
  assert.equal(journal.receipts.length, 0);
});

test("the API server's own address stays closed in an open network, unless it is listed itself", async (t) => {
  const namespace = await newNamespace(t);
  const journal = await startJournal(t);
  const flags = ['--egress-allowed-cidrs=127.0.0.0/8'];
  const { operatorKubeconfig: kubeconfig } = sharedControlPlane();
  await startOperator(t, { kubeconfig, namespaces: [namespace], flags });
  const { endpoint, analysis, report } = await openScene(t, journal, namespace);
  // The tests' API server and their receivers both are on this address.
  await endpoint('inside');
  await analysis('run');
  await report('run', { phase: 'Failed' });
  const ready = async () => conditionOf(await getEndpoint(namespace, 'inside'), 'Ready');
  await until(async () => (await ready())?.reason === 'EgressDenied', 'it is refused');
  assert.match((await ready())?.message ?? '', /127\.0\.0\.1.*add 127\.0\.0\.1\/32/);
  assert.equal(journal.receipts.length, 0);
});
