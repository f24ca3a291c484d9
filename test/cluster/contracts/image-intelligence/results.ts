// What the contract says of jobs that go well: when their results are sent, where to, and how they look.
import assert from 'node:assert/strict';
import { applyAnalysis, getAnalysis } from '../../../support/cluster.ts';
import { conditionOf, everyStep, ledgerOf } from '../../../support/scene.ts';
import { until } from '../../../support/until.ts';
import { type Row, shown } from '../contract.ts';
import { kubectl } from '../../../support/kubectl.ts';
import { analysisType, manifest } from '../../../support/cluster.ts';
import { applyJob, example, type JobBody, perJob } from './job.ts';

export const results: Readonly<Record<string, Row<JobBody>>> = {
  'a webhookUrl is optional: a job without one sends nothing': async (stage) => {
    const { namespace, report, settled, journal } = stage;
    await applyAnalysis(namespace, 'without');
    await report('without', { phase: 'Success' });
    assert.deepEqual(ledgerOf(await settled('without'))?.endpoints, []);
    assert.deepEqual(
      journal.receipts.filter(({ path }) => path.includes(namespace)),
      [],
    );
  },

  'the webhookUrl is used to send results back when a job is complete, as the example shows': async (
    stage,
  ) => {
    const { report, settled, received, urlOf } = stage;
    const { id, customId, feedId, jobResults, imageResults } = example;
    const { metadata } = await applyJob(stage, 'job', { analysisId: id, customId, feedId });
    await report('job', { phase: 'Analyzing' }, { phase: 'Success', result: { jobResults, imageResults } });
    const ended = await settled('job');
    const [receipt, ...more] = received('hook');
    assert.deepEqual(more, []);
    const createdAt = Date.parse(metadata.creationTimestamp);
    assert.deepEqual(receipt?.body, { ...example, createdAt, webhookUrl: urlOf('hook') });
    assert.deepEqual([receipt.method, receipt.headers['content-type']], ['POST', 'application/json']);
    assert.equal(conditionOf(ended, 'Notified')?.reason, 'Delivered');
    assert.equal(perJob(ended)?.lastResponse?.statusCode, 200);
  },

  'webhooks are only triggered when the entire job is complete': async (stage) => {
    const { namespace, endpoint, report, settled, received, journal } = stage;
    await endpoint('progress', { analyses: 'All' });
    await applyJob(stage, 'job');
    const { imageResults } = example;
    await report('job', ...everyStep.slice(0, -1), { phase: 'Aggregating', result: { imageResults } });
    // Another endpoint has heard of all that, so nothing of it is still on its way.
    await journal.until('all progress', () => received('progress').length === 10);
    const owed = async () => perJob(await getAnalysis(namespace, 'job'))?.deliveries;
    await until(async () => (await owed()) !== undefined, 'the job is on record');
    assert.deepEqual([received('hook'), await owed()], [[], []]);
    await report('job', { phase: 'Success' });
    await settled('job');
    assert.deepEqual(
      received('hook').map(({ body }) => body['status']),
      ['COMPLETED_SUCCESSFULLY'],
    );
  },

  'a job that failed is complete, too': async (stage) => {
    const { report, settled, received } = stage;
    await applyJob(stage, 'job');
    await report('job', { phase: 'Analyzing', percentage: 40 }, { phase: 'Failed' });
    await settled('job');
    assert.deepEqual(
      received('hook').map(({ body }) => body['status']),
      ['FAILED'],
    );
  },

  'to know when an individual image has completed, send a job for it alone': async (stage) => {
    const { report, settled, received } = stage;
    for (const image of ['one', 'two']) {
      await applyJob(stage, image, { analysisId: image });
      await report(image, { phase: 'Success', result: { imageResults: [{ id: image }] } });
      await settled(image);
    }
    assert.deepEqual(
      received('hook').map(({ body }) => [body['id'], body['imageResults']]),
      ['one', 'two'].map((id) => [id, [{ id }]]),
    );
  },

  'the webhookUrl must be a public endpoint: one behind authentication is not supported': async (stage) => {
    const { report, settled, received, namespace } = stage;
    const webhookUrl = 'https://user:password@mycompany.com/webhooks';
    const input = manifest(analysisType, namespace, 'refused', { spec: { webhookUrl } });
    const { code, stderr } = await kubectl(['create', '-f', '-'], { input });
    assert.equal(code, 1);
    assert.match(stderr, /spec\.webhookUrl: .*must /);
    await applyJob(stage, 'job');
    await report('job', { phase: 'Success' });
    await settled('job');
    const names = Object.keys(received('hook')[0]?.headers ?? {});
    assert.ok(names.includes('webhook-id'));
    assert.ok(!names.some((name) => name === 'authorization' || name === 'webhook-signature'));
  },

  'a webhookUrl that is not public is not called, and the record says why': async (stage) => {
    const { namespace, report } = stage;
    await applyJob(stage, 'job', { webhookUrl: 'https://10.1.2.3/hook' });
    await report('job', { phase: 'Success' });
    const message = async () => perJob(await getAnalysis(namespace, 'job'))?.lastResponse?.message;
    await until(async () => (await message()) !== undefined, 'the attempt is on record');
    assert.match((await message()) ?? '', /10\.1\.2\.3 is not allowed/);
  },

  'the id that represents the job can be queried for its completion status': async (stage) => {
    const { namespace, report } = stage;
    const input = manifest(analysisType, namespace, 'job');
    const created = await kubectl(['create', '-f', '-', '-o', 'json'], { input });
    const { uid, name } = JSON.parse(created.stdout).metadata;
    assert.match(uid, /^[0-9a-f-]{36}$/);
    const { jobResults, imageResults } = example;
    await report('job', { phase: 'Analyzing' });
    const query = async () => JSON.parse(await shown('get', 'analysis', name, '-n', namespace, '-o', 'json'));
    assert.equal((await query()).status.phase, 'Analyzing');
    await report('job', { phase: 'Success', result: { jobResults, imageResults } });
    const { phase, result } = (await query()).status;
    assert.deepEqual([phase, result], ['Success', { jobResults, imageResults }]);
  },

  'a webhookUrl works beside a webhook that the job opts in to': async (stage) => {
    const { endpoint, report, settled, received } = stage;
    await endpoint('partner');
    await applyJob(stage, 'job', { notifyViaWebhook: true });
    await report('job', { phase: 'Success' });
    const ended = await settled('job');
    assert.deepEqual([received('partner').length, received('hook').length], [11, 1]);
    assert.deepEqual(
      perJob(ended)?.deliveries.map(({ sequence, state }) => [sequence, state]),
      [[11, 'Delivered']],
    );
  },

  'a result above 256 KiB is left out, and both the body and the record say so': async (stage) => {
    const { report, settled, received } = stage;
    await applyJob(stage, 'job');
    await report('job', { phase: 'Success', result: { imageResults: ['x'.repeat(300 * 1024)] } });
    const ended = await settled('job');
    const { body } = received('hook')[0] ?? {};
    assert.deepEqual([body?.['resultOmitted'], body?.['imageResults']], [true, undefined]);
    assert.equal(perJob(ended)?.deliveries[0]?.resultOmitted, true);
  },
};
