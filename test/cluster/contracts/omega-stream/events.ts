// What the contract says of events: what triggers them, how they look, and what is recorded of them.
import assert from 'node:assert/strict';
import type { DeliveryRecord } from '../../../../src/api/webhook-endpoint.ts';
import { applyAnalysis, getEndpoint } from '../../../support/cluster.ts';
import { until } from '../../../support/until.ts';
import { kubectlApply, type Row, shown, type Stage } from '../contract.ts';
import { type EnvelopeBody, omega, outcomes } from './envelope.ts';

export const events: Readonly<Record<string, Row<EnvelopeBody>>> = {
  'an event has id, coid, api_version, created, type, data and endpoint_id': async (stage) => {
    const { namespace, endpoint, analysis, report, settled, received } = stage;
    await endpoint('video', { events: outcomes });
    const { metadata } = await analysis('run', { analysisId: 'video-42' });
    await report('run', { phase: 'Analyzing', percentage: 37 }, { phase: 'Failed' });
    const { status } = await settled('run');
    const [receipt, ...more] = received('video');
    assert.deepEqual(more, []);
    const time = status.delivery?.events.at(-1)?.time ?? '';
    const body: EnvelopeBody = {
      id: `${metadata.uid}-11`,
      coid: 'omega-cop-OyJrgi5-fx',
      api_version: 'v1',
      created: Math.floor(Date.parse(time) / 1000),
      type: 'video.process_failed',
      data: { analysis_id: 'video-42', status: 'failed', percentage: 37, sequence: 11 },
      endpoint_id: (await getEndpoint(namespace, 'video')).metadata.uid,
    };
    assert.equal(receipt?.text, JSON.stringify(body));
    assert.equal(receipt.id, body.id);
  },

  'the response field is the response we got from your endpoint': async (stage) => {
    const { endpoint, analysis, report } = stage;
    await endpoint('video', { events: outcomes });
    const { metadata } = await analysis('run');
    await report('run', { phase: 'Failed' });
    const [event] = await recorded(stage, 1);
    assert.equal(event?.eventId, `${metadata.uid}-11`);
    assert.equal(event.type, 'video.process_failed');
    assert.deepEqual(event.response, {
      statusCode: 200,
      status: '200 OK',
      body: 'webhook received\n',
      message: 'webhook event with type video.process_failed succeeded',
    });
  },

  'a response that is no success is recorded just the same, with what went wrong': async (stage) => {
    const { endpoint, analysis, report, answer } = stage;
    answer('video', ({ attempt }) => (attempt > 1 ? 200 : (response) => response.writeHead(422).end('no\n')));
    await endpoint('video', { events: outcomes, delivery: { initialBackoffSeconds: 1 } });
    await analysis('run');
    await report('run', { phase: 'Success' });
    const [second, first] = await recorded(stage, 2);
    assert.deepEqual(first?.response, {
      statusCode: 422,
      status: '422 Unprocessable Entity',
      body: 'no\n',
      message: 'webhook event with type video.process_succeeded failed: answered 422 Unprocessable Entity',
    });
    assert.deepEqual([second?.response.statusCode, second?.eventId], [200, first.eventId]);
  },

  'video.process_failed is triggered when processing failed': async (stage) => {
    assert.deepEqual(await told(stage, outcomes, { phase: 'Failed' }), ['video.process_failed']);
  },

  'video.process_succeeded is triggered when processing succeeded, and indicates that it is complete': async (
    stage,
  ) => {
    const success = { phase: 'Success', percentage: 100 };
    assert.deepEqual(await told(stage, outcomes, success), ['video.process_succeeded']);
    assert.deepEqual(
      stage.received('video').map(({ body }) => body.data.percentage),
      [100],
    );
  },

  'video.in_progress is triggered when the video is being processed, by milestones': async (stage) => {
    const types = await told(
      stage,
      ['video.in_progress'],
      { phase: 'Analyzing', percentage: 30 },
      { phase: 'Failed' },
    );
    assert.deepEqual(types, Array(3).fill('video.in_progress'));
  },

  'events lists those on which you want to receive a notification, under your own names': async (stage) => {
    const all = ['video.in_progress', ...outcomes, 'analysis.started'];
    const types = await told(stage, all, { phase: 'Success', percentage: 100 });
    assert.deepEqual(types, [
      'analysis.started',
      ...Array(9).fill('video.in_progress'),
      'video.process_succeeded',
    ]);
    assert.deepEqual(
      stage.received('video').map(({ body }) => body.data.sequence),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    );
  },

  'no analysis has to opt in': async (stage) => {
    const { namespace, endpoint, report, settled, received } = stage;
    await endpoint('video', { events: outcomes });
    await applyAnalysis(namespace, 'run');
    await report('run', { phase: 'Success' });
    await settled('run');
    assert.equal(received('video').length, 1);
  },

  'a name that an analysis cannot mean, such as video.deleted, is refused with what there is': async ({
    namespace,
    urlOf,
  }) => {
    for (const event of [
      'video.deleted',
      'video.failed_to_delete',
      'video.deletion_reverted',
      'video.uploaded',
    ]) {
      const spec = { ...omega, url: urlOf('video'), events: [...outcomes, event] };
      const { code, stderr } = await kubectlApply(namespace, 'video', spec);
      assert.equal(code, 1);
      assert.match(stderr, /spec\.events: .*must have only analysis\.started/);
    }
  },

  'to view the events of an endpoint and the details of each, go to its recent deliveries': async (stage) => {
    const { namespace, endpoint, analysis, report } = stage;
    await endpoint('video');
    // 22 attempts, of which the newest 20 are kept.
    for (const name of ['first', 'second']) {
      await analysis(name);
      await report(name, { phase: 'Success' });
    }
    const isCounted = async () => (await getEndpoint(namespace, 'video')).status?.deliveredCount === 22;
    await until(isCounted, 'all are shown', 60_000);
    const read = '{range .status.recentDeliveries[*]}{.type} {.analysis} {.response.message}{"\\n"}{end}';
    const list = await shown('get', 'webhookendpoint', 'video', '-n', namespace, '-o', `jsonpath=${read}`);
    const lines = list.split('\n').slice(0, -1);
    assert.equal(lines.length, 20);
    for (const line of lines)
      assert.match(line, /^(\S+) (first|second) webhook event with type \1 succeeded$/);
    const described = await shown('describe', 'webhookendpoint', 'video', '-n', namespace);
    assert.match(described, /Message: +webhook event with type video\.process_succeeded succeeded/);
  },
};

/** The types of which an endpoint that wants these is told. */
async function told(
  { endpoint, analysis, report, settled, received }: Stage<EnvelopeBody>,
  wanted: readonly string[],
  ...statuses: readonly object[]
): Promise<string[]> {
  await endpoint('video', { events: wanted });
  await analysis('run');
  await report('run', ...statuses);
  await settled('run');
  return received('video').map(({ body }) => body.type);
}

/** What the endpoint shows of its newest attempts once there are so many. */
async function recorded({ namespace }: Stage<EnvelopeBody>, count: number): Promise<DeliveryRecord[]> {
  const recent = async () => (await getEndpoint(namespace, 'video')).status?.recentDeliveries ?? [];
  await until(async () => (await recent()).length === count, `${count} attempts are shown`, 60_000);
  return await recent();
}
