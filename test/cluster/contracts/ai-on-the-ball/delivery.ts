// What the contract says of configuration and delivery: who may configure, what a request is, how long it may take.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import {
  applyAnalysis,
  applyEndpoint,
  endpointType,
  getAnalysis,
  manifest,
  patchStatus,
} from '../../../support/cluster.ts';
import { kubectl } from '../../../support/kubectl.ts';
import { ledgerOf, wholeStory } from '../../../support/scene.ts';
import { until } from '../../../support/until.ts';
import { assertAgreement, inTime, type Row, shown, type Stage } from '../contract.ts';
import { findFlask, type Handler, startExpress, startFlask } from './handlers.ts';
import type { RateBody } from './notifications.ts';

/** Two events: started, and done. */
const short = { timeoutSeconds: 5, initialBackoffSeconds: 1, maxBackoffSeconds: 1 };

export const delivery: Readonly<Record<string, Row<RateBody>>> = {
  'users can manage their webhook settings': async ({ namespace, urlOf }) => {
    const verbs = '--verb=get,create,patch';
    const resource = '--resource=webhookendpoints.heliograph.dev';
    await shown('create', 'role', 'webhooks', verbs, resource, '-n', namespace);
    await shown('create', 'rolebinding', 'webhooks', '--role=webhooks', '--user=somebody', '-n', namespace);
    const input = (enabled: boolean) =>
      manifest(endpointType, namespace, 'mine', { spec: { url: urlOf('mine'), enabled } });
    const apply = (enabled: boolean) =>
      kubectl(['apply', '-f', '-', '--as=somebody'], { input: input(enabled) });
    await until(async () => (await apply(true)).code === 0, 'the right is in force');
    const changed = await apply(false);
    assert.equal(changed.stdout, 'webhookendpoint.heliograph.dev/mine configured\n');
    const stranger = await kubectl(['get', 'whe', 'mine', '-n', namespace, '--as=somebody-else']);
    assert.match(stranger.stderr, /Forbidden/);
  },

  'organization administrators can configure webhooks on behalf of users': async ({ namespace, urlOf }) => {
    const input = manifest(endpointType, namespace, 'theirs', { spec: { url: urlOf('theirs') } });
    const created = await kubectl(['apply', '-f', '-'], { input });
    assert.equal(created.stdout, 'webhookendpoint.heliograph.dev/theirs created\n');
  },

  'webhooks are HTTP POST requests with Content-Type application/json and User-Agent AI-on-the-ball': async (
    stage,
  ) => {
    await stage.endpoint('user');
    await run(stage);
    for (const { method, headers } of stage.received('user'))
      assert.deepEqual(
        [method, headers['content-type'], headers['user-agent']],
        ['POST', 'application/json', 'AI-on-the-ball'],
      );
    assert.equal(stage.received('user').length, 2);
  },

  'return a 2xx status code within 5 seconds: 4.5 s are in time': async (stage) => {
    stage.answer('user', ({ sequence, attempt }) => delay(sequence === 11 && attempt === 1 ? 4500 : 0, 202));
    await stage.endpoint('user', { delivery: short });
    await inTime(async (name) => {
      const uid = await run(stage, name);
      assert.deepEqual(answersSeen(stage, uid), [202, 202]);
      await assertAgreement(stage, 'user', name);
    });
  },

  'return a 2xx status code within 5 seconds: 5.5 s are too late, and the webhook comes again': async (
    stage,
  ) => {
    stage.answer('user', ({ sequence, attempt }) => delay(sequence === 11 && attempt === 1 ? 5500 : 0, 200));
    await stage.endpoint('user', { delivery: short });
    await run(stage);
    // The late answer found nobody.
    assert.deepEqual(answersSeen(stage), [200, undefined, 200]);
    await assertAgreement(stage, 'user', 'run');
  },

  'webhooks may be delivered more than once: a duplicate has the same webhook-id and the same body': async (
    stage,
  ) => {
    const { namespace, endpoint, received, journal } = stage;
    await endpoint('user');
    await run(stage);
    await shown('label', 'analysis', 'run', '-n', namespace, 'heliograph.dev/redeliver=all.1');
    await journal.until('everything again', () => received('user').length === 4);
    const seen = received('user').map(({ id, text }) => `${id} ${text}`);
    assert.deepEqual(seen.slice(2), seen.slice(0, 2));
    assert.equal(new Set(seen).size, 2);
  },

  'the analysis_id belongs to your organization: no other one hears of it': async (stage) => {
    const { elsewhere, namespace, endpoint, urlOf, received } = stage;
    const stranger = { url: urlOf('stranger'), analyses: 'All', format: 'CompletionRate' };
    await applyEndpoint(elsewhere, 'stranger', stranger);
    await endpoint('user');
    for (const [home, analysisId] of [
      [namespace, 'ours'],
      [elsewhere, 'theirs'],
    ] as const) {
      await applyAnalysis(home, 'run', { analysisId });
      await patchStatus(home, 'run', { phase: 'Success' });
      await until(async () => ledgerOf(await getAnalysis(home, 'run'))?.state === 'Settled', 'it is settled');
    }
    const idsAt = (name: string) => [...new Set(received(name).map(({ body }) => body.analysis_id))];
    assert.deepEqual([idsAt('user'), idsAt('stranger')], [['ours'], ['theirs']]);
  },

  'the Express.js example works as it is printed': async (stage) => {
    const handler = await startExpress(stage.t);
    await assertHandled(stage, handler, ['Analysis video-7 completed!']);
  },

  'the Flask example works as it is printed': async (stage) => {
    const flask = await findFlask();
    if ('reason' in flask) {
      stage.t.skip(flask.reason);
      return;
    }
    const handler = await startFlask(stage.t, flask.python);
    const rates = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90];
    await assertHandled(stage, handler, [
      ...rates.map((rate) => `Analysis progress: ${rate}%`),
      'Analysis video-7 completed!',
    ]);
  },
};

/** Returns the UID of the analysis. */
async function run({ analysis, report, settled }: Stage<RateBody>, name = 'run'): Promise<string> {
  const { metadata } = await analysis(name);
  await report(name, { phase: 'Failed' });
  await settled(name, 90_000);
  return metadata.uid;
}

const answersSeen = ({ received }: Stage<RateBody>, uid = '') =>
  received('user').flatMap(({ id, status }) => (id.startsWith(uid) ? [status] : []));

/** A whole analysis reaches the handler: it prints this, and all it was sent is on record as answered with 200. */
async function assertHandled(
  { endpoint, analysis, report, settled }: Stage<RateBody>,
  { url, lines }: Handler,
  printed: readonly string[],
): Promise<void> {
  await endpoint('handler', { url });
  await analysis('run', { analysisId: 'video-7' });
  await report('run', { phase: 'Success', percentage: 100 });
  const { status } = await settled('run', 60_000);
  const { deliveries = [] } = status.delivery?.endpoints[0] ?? {};
  assert.equal(deliveries.length, wholeStory.length);
  for (const { state, attempts, statusCode } of deliveries)
    assert.deepEqual([state, attempts, statusCode], ['Delivered', 1, 200]);
  const ofAnalyses = () => lines.filter((line) => line.startsWith('Analysis '));
  await until(() => ofAnalyses().length === printed.length, 'the handler has printed all of it');
  assert.deepEqual(ofAnalyses(), printed);
}
