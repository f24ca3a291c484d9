// What the contract says of analyses that are started with webhooks, of their events, and of polling.
import assert from 'node:assert/strict';
import { applyAnalysis, getAnalysis } from '../../../support/cluster.ts';
import type { MilestoneBody } from '../../../support/journal.ts';
import { conditionOf, everyStep, ledgerOf, wholeStory } from '../../../support/scene.ts';
import { until } from '../../../support/until.ts';
import { type Row, shown, shownAnalysis } from '../contract.ts';

export const events: Readonly<Record<string, Row>> = {
  'if you omit notify_via_webhook or set it to false, no webhook events are sent for that analysis': async (
    stage,
  ) => {
    const { namespace, endpoint, report, settled, received } = stage;
    await endpoint('partner');
    await applyAnalysis(namespace, 'omitted');
    await applyAnalysis(namespace, 'false', { notifyViaWebhook: false });
    const read = 'jsonpath={.spec.notifyViaWebhook}';
    assert.equal(await shown('get', 'analysis', 'omitted', '-n', namespace, '-o', read), 'false');
    for (const name of ['omitted', 'false']) {
      await report(name, ...everyStep);
      const { status } = await settled(name);
      assert.deepEqual([status.phase, status.percentage], ['Success', 100]);
      assert.equal(conditionOf({ status }, 'Notified')?.reason, 'OptedOut');
    }
    assert.deepEqual(received('partner'), []);
  },

  'if true, events are delivered to your configured webhook URL for this analysis only': async (stage) => {
    const { endpoint, analysis, report, settled, received, story } = stage;
    await endpoint('partner');
    await analysis('opted-in');
    await analysis('beside', { notifyViaWebhook: false });
    for (const step of everyStep) for (const name of ['opted-in', 'beside']) await report(name, step);
    const ended = await settled('opted-in');
    await settled('beside');
    assert.deepEqual(story('partner', ended), wholeStory);
    assert.equal(received('partner').length, wholeStory.length);
  },

  'the decision to send webhooks is fixed at start time and stored with the analysis': async (stage) => {
    const { namespace, endpoint, analysis, report, settled, story } = stage;
    await endpoint('partner');
    await analysis('run');
    await report('run', { phase: 'Analyzing' });
    const stored = async () => ledgerOf(await getAnalysis(namespace, 'run'))?.endpoints;
    await until(async () => (await stored()) !== undefined, 'the decision is stored');
    const read = 'jsonpath={.status.delivery.endpoints[*].name} {.status.delivery.endpoints[*].events}';
    const shownNow = await shown('get', 'analysis', 'run', '-n', namespace, '-o', read);
    assert.equal(shownNow, 'partner ["analysis.*"]');
    await endpoint('partner', {
      events: ['analysis.failed'],
      analysisSelector: { matchLabels: { no: 'one' } },
    });
    await report('run', { phase: 'Success' });
    assert.deepEqual(story('partner', await settled('run')), wholeStory);
  },

  'your server returns a success status quickly, and any 2xx is one': async (stage) => {
    const { endpoint, analysis, report, settled, answer, story } = stage;
    const statuses = [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 299];
    answer('partner', ({ sequence }) => statuses[sequence - 1] ?? 500);
    await endpoint('partner');
    await analysis('run');
    await report('run', { phase: 'Success' });
    const ended = await settled('run');
    assert.deepEqual(story('partner', ended), wholeStory);
    const { deliveries = [] } = ledgerOf(ended)?.endpoints[0] ?? {};
    assert.deepEqual(
      deliveries.map(({ statusCode, state, attempts }) => [statusCode, state, attempts]),
      statuses.map((status) => [status, 'Delivered', 1]),
    );
  },

  'analysis.started is the first processing signal for the run, whenever it begins': async (stage) => {
    const { namespace, endpoint, analysis, report, settled, received } = stage;
    await endpoint('partner');
    await analysis('run');
    await report('run', { phase: 'Queued', percentage: 5 });
    await analysis('other');
    await report('other', { phase: 'Failed' });
    await settled('other');
    assert.equal(ledgerOf(await getAnalysis(namespace, 'run')), undefined);
    await report('run', { phase: 'Analyzing' }, { phase: 'Success' });
    const { metadata } = await settled('run');
    const [first] = received('partner').filter(({ id }) => id.startsWith(metadata.uid));
    assert.deepEqual([first?.body.event_type, first?.body.status], ['analysis.started', 'analyzing']);
  },

  'sequence is a monotonic counter of its own for each analysis': async (stage) => {
    const { endpoint, analysis, report, settled, received } = stage;
    await endpoint('partner');
    for (const name of ['first', 'second']) await analysis(name, { analysisId: `video-${name}` });
    for (const step of everyStep) for (const name of ['first', 'second']) await report(name, step);
    for (const name of ['first', 'second']) {
      await settled(name);
      const own = received('partner').filter(({ body }) => body.analysis_id === `video-${name}`);
      assert.deepEqual(
        own.map(({ body }) => body.sequence),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      );
    }
  },

  'an older event might arrive after a newer one: whoever goes by sequence can ignore it': async (stage) => {
    const { endpoint, analysis, report, settled, received, answer } = stage;
    answer('partner', ({ sequence, attempt }) => (sequence === 4 && attempt === 1 ? 500 : 200));
    const delivery = { ordering: 'Unordered', initialBackoffSeconds: 1, maxBackoffSeconds: 1 };
    await endpoint('partner', { delivery });
    await analysis('run');
    await report('run', { phase: 'Success' });
    await settled('run');
    const accepted = received('partner').filter(({ status }) => status === 200);
    const isOlder = ({ sequence }: { sequence: number }, index: number) =>
      accepted.slice(0, index).some((one) => one.sequence > sequence);
    assert.ok(accepted.some(isOlder), 'an older event came after a newer one');
    assert.deepEqual(lastApplied(accepted.map(({ body }) => body))?.event_type, 'analysis.completed');
  },

  'you can always poll until the status is success, whether or not webhooks are enabled': async (stage) => {
    const { namespace, endpoint, analysis, report } = stage;
    await endpoint('partner', { enabled: false });
    await analysis('run');
    await report('run', { phase: 'Analyzing', percentage: 40 });
    const polling = shown(
      'wait',
      'analysis/run',
      '-n',
      namespace,
      '--for=jsonpath={.status.phase}=Success',
      '--timeout=50s',
    );
    await report('run', { phase: 'Success', percentage: 100 });
    assert.equal(await polling, 'analysis.heliograph.dev/run condition met\n');
  },

  'polling is the single source of truth after delivery issues': async (stage) => {
    const { namespace, endpoint, analysis, report, settled, answer } = stage;
    answer('partner', () => 503);
    await endpoint('partner', { delivery: { maxAttempts: 1 } });
    await analysis('run');
    await report('run', { phase: 'Analyzing', percentage: 15 }, { phase: 'Success', percentage: 100 });
    await settled('run');
    const { status } = await shownAnalysis(namespace, 'run');
    assert.deepEqual([status.phase, status.percentage], ['Success', 100]);
    const { deliveries = [] } = status.delivery?.endpoints[0] ?? {};
    assert.equal(deliveries.length, wholeStory.length);
    assert.ok(deliveries.every(({ state, statusCode }) => state === 'GivenUp' && statusCode === 503));
    assert.equal(conditionOf({ status }, 'Notified')?.reason, 'DeliveryFailed');
  },
};

/** What the document says a receiver does: it ignores what is not above the last sequence it has applied. */
function lastApplied(bodies: readonly MilestoneBody[]): MilestoneBody | undefined {
  let last: MilestoneBody | undefined;
  for (const body of bodies) if (body.sequence > (last?.sequence ?? 0)) last = body;
  return last;
}
