// The Milestone contract, row by row: a worker patches a status, a receiver is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyAnalysis, getAnalysis, newNamespace } from '../support/cluster.ts';
import { sharedControlPlane } from '../support/control-plane.ts';
import { startJournal } from '../support/journal.ts';
import { kubectl } from '../support/kubectl.ts';
import { startOperator } from '../support/operator.ts';
import { playRows, type Row } from '../support/rows.ts';
import { conditionOf, everyStep, ledgerOf, openScene, wholeStory } from '../support/scene.ts';
import { until } from '../support/until.ts';

const rows: Readonly<Record<string, Row>> = {
  'started, each milestone and completed are told in order': async ({ analysis, report, settled, story }) => {
    await analysis('steady');
    await report('steady', ...everyStep);
    const ended = await settled('steady');
    assert.deepEqual(story('partner', ended), wholeStory);
    assert.equal(conditionOf(ended, 'Notified')?.status, 'True');
    const { deliveries = [], lastResponse } = ledgerOf(ended)?.endpoints[0] ?? {};
    assert.deepEqual(
      deliveries.map(({ sequence, state, attempts, statusCode }) => ({
        sequence,
        state,
        attempts,
        statusCode,
      })),
      deliveries.map((_, index) => ({
        sequence: index + 1,
        state: 'Delivered',
        attempts: 1,
        statusCode: 200,
      })),
    );
    assert.equal(lastResponse?.status, '200 OK');
    assert.equal(lastResponse?.body, 'webhook received\n');
    assert.equal(lastResponse?.message, 'webhook event with type analysis.completed succeeded');
  },

  'the payload has the fields of the contract and headers that identify it': async (scene, journal) => {
    const { analysis, report, settled, namespace } = scene;
    const { metadata } = await analysis('payload', { analysisId: 'video-7' });
    await report('payload', { phase: 'Analyzing', percentage: 12 }, { phase: 'Failed' });
    await settled('payload');
    const receipt = journal.at(`/${namespace}/partner`).find(({ id }) => id === `${metadata.uid}-2`);
    assert.ok(receipt);
    const { timestamp, ...rest } = receipt.body;
    assert.deepEqual(rest, {
      analysis_id: 'video-7',
      event_type: 'analysis.progress',
      status: 'analyzing',
      percentage: 10,
      sequence: 2,
    });
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const { headers } = receipt;
    assert.equal(headers['content-type'], 'application/json');
    assert.match(headers['user-agent'] ?? '', /^heliograph\/\d+\.\d+\.\d+$/);
    assert.equal(headers['heliograph-event-type'], 'analysis.progress');
    assert.equal(headers['heliograph-attempt'], '1');
    assert.match(String(headers['traceparent']), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.match(String(headers['webhook-timestamp']), /^\d{10}$/);
  },

  'a jump tells every crossed milestone in order': async ({ analysis, report, settled, story }) => {
    await analysis('jump');
    await report('jump', { phase: 'Analyzing', percentage: 20 }, { percentage: 70 }, { phase: 'Success' });
    assert.deepEqual(story('partner', await settled('jump')), wholeStory);
  },

  'one jump from Queued to Success tells everything': async ({ analysis, report, settled, story }) => {
    await analysis('leap');
    await report('leap', { phase: 'Success', percentage: 100 });
    assert.deepEqual(story('partner', await settled('leap')), wholeStory);
  },

  'a failure tells the last known percentage': async ({ analysis, report, settled, story }) => {
    await analysis('failure');
    await report('failure', { phase: 'Analyzing', percentage: 37 }, { phase: 'Failed' });
    assert.deepEqual(story('partner', await settled('failure')), [
      ...wholeStory.slice(0, 4),
      '11 analysis.failed failed 37',
    ]);
  },

  'a failure straight from Queued is started and failed': async ({ analysis, report, settled, story }) => {
    await analysis('stillborn');
    await report('stillborn', { phase: 'Queued' }, { phase: 'Failed' });
    assert.deepEqual(story('partner', await settled('stillborn')), [
      wholeStory[0],
      '11 analysis.failed failed 0',
    ]);
  },

  'a percentage that goes back repeats nothing': async ({ analysis, report, settled, story }) => {
    await analysis('wavering');
    const percentages = [30, 10, 35, 5, 50].map((percentage) => ({ percentage }));
    await report('wavering', { phase: 'Analyzing' }, ...percentages, { phase: 'Success', percentage: 100 });
    assert.deepEqual(story('partner', await settled('wavering')), wholeStory);
  },

  'aggregating counts as analyzing': async ({ analysis, report, settled, story }) => {
    await analysis('aggregating');
    await report('aggregating', { phase: 'Aggregating', percentage: 90 }, { phase: 'Success' });
    assert.deepEqual(story('partner', await settled('aggregating')), wholeStory);
  },

  'without opt-in nothing is sent, and the record says so': async ({ analysis, report, settled, story }) => {
    await analysis('silent', { notifyViaWebhook: false });
    await report('silent', ...everyStep);
    const ended = await settled('silent');
    assert.deepEqual(story('partner', ended), []);
    assert.equal(conditionOf(ended, 'Notified')?.reason, 'OptedOut');
    assert.equal(ended.status.percentage, 100);
  },

  'opting in after the start is refused with what to do instead': async ({ namespace, analysis, report }) => {
    await analysis('late', { notifyViaWebhook: false });
    await report('late', { phase: 'Analyzing', percentage: 1 });
    const patch = ['patch', 'analysis', 'late', '-n', namespace, '--type=merge', '-p'];
    const { code, stderr } = await kubectl([...patch, '{"spec":{"notifyViaWebhook":true}}']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /spec: Forbidden: must stay as it is once the analysis has started.*create a new Analysis/,
    );
  },

  'an endpoint hears only of the events it asked for': async ({
    endpoint,
    analysis,
    report,
    settled,
    story,
  }) => {
    await endpoint('ends-only', { events: ['analysis.completed', 'analysis.failed'] });
    await analysis('filtered');
    await report('filtered', ...everyStep);
    const ended = await settled('filtered');
    assert.deepEqual(story('ends-only', ended), wholeStory.slice(-1));
    assert.deepEqual(story('partner', ended), wholeStory);
  },

  'a selector picks analyses by label, and All needs no opt-in': async (scene) => {
    const { endpoint, analysis, report, settled, story } = scene;
    const analysisSelector = { matchLabels: { team: 'blue' } };
    await endpoint('blue', { analyses: 'All', analysisSelector });
    await analysis('blue-run', { notifyViaWebhook: false }, { team: 'blue' });
    await analysis('red-run', { notifyViaWebhook: false }, { team: 'red' });
    await report('blue-run', { phase: 'Success' });
    await report('red-run', { phase: 'Success' });
    assert.deepEqual(story('blue', await settled('blue-run')), wholeStory);
    assert.deepEqual(story('blue', await settled('red-run')), []);
  },
};

playRows('the Milestone contract', rows, { prepare: ({ endpoint }) => endpoint('partner') });

test('with no webhook configured an analysis runs, and the record says that nobody was told', async (t) => {
  const namespace = await newNamespace(t);
  await startOperator(t, { kubeconfig: sharedControlPlane().operatorKubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, await startJournal(t), namespace);
  await applyAnalysis(namespace, 'alone', { notifyViaWebhook: true });
  await scene.report('alone', ...everyStep);
  const ended = await scene.settled('alone');
  const { status, reason, message } = conditionOf(ended, 'Notified') ?? {};
  assert.deepEqual({ status, reason }, { status: 'False', reason: 'NotSubscribed' });
  assert.match(message ?? '', /No enabled WebhookEndpoint/);
  const describe = async () => (await kubectl(['describe', 'analysis', 'alone', '-n', namespace])).stdout;
  await until(async () => /Warning\s+NotSubscribed/.test(await describe()), 'the Event is there');
});

test('manifests may be applied in any order, and polling shows the run', async (t) => {
  const namespace = await newNamespace(t);
  await startOperator(t, { kubeconfig: sharedControlPlane().operatorKubeconfig, namespaces: [namespace] });
  const scene = await openScene(t, await startJournal(t), namespace);
  await scene.analysis('first');
  await scene.report('first', { phase: 'Queued' });
  await scene.endpoint('partner');
  await scene.report('first', { phase: 'Success', percentage: 100 });
  assert.deepEqual(scene.story('partner', await scene.settled('first')), wholeStory);
  const polled = await getAnalysis(namespace, 'first');
  assert.deepEqual([polled.status.phase, polled.status.percentage], ['Success', 100]);
});
