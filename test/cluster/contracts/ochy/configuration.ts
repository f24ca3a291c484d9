// What the contract says of the webhook's configuration: one URL for each partner, that is for each namespace.
import assert from 'node:assert/strict';
import { createCertificate } from '../../../support/certificates.ts';
import { getEndpoint } from '../../../support/cluster.ts';
import { answer, startReceiver } from '../../../support/receiver.ts';
import { conditionOf, wholeStory } from '../../../support/scene.ts';
import { applyConfigMap } from '../../../support/secrets.ts';
import { until } from '../../../support/until.ts';
import { kubectlApply, type Row, shown, shownEndpoint, type Stage } from '../contract.ts';
import { kubectl } from '../../../support/kubectl.ts';

export const configuration: Readonly<Record<string, Row>> = {
  'status updates are pushed to an HTTPS endpoint you control': async (stage) => {
    const { t, namespace, endpoint, analysis, report, settled } = stage;
    const certificate = createCertificate({ names: ['127.0.0.1'] });
    const secure = await startReceiver(t, (socket) => socket.write(answer('200 OK')), { certificate });
    await applyConfigMap(namespace, 'partner-ca', { 'ca.crt': certificate.cert });
    const caRef = { kind: 'ConfigMap', name: 'partner-ca', key: 'ca.crt' };
    await endpoint('partner', { url: `https://127.0.0.1:${secure.port}/webhook`, tls: { caRef } });
    await analysis('run');
    await report('run', { phase: 'Success' });
    await settled('run');
    const types = secure.requests.map((request) => {
      assert.match(request, /^POST \/webhook HTTP\/1\.1\r\n/);
      return JSON.parse(request.slice(request.indexOf('\r\n\r\n'))).event_type;
    });
    assert.deepEqual(
      types,
      wholeStory.map((line) => line.split(' ')[1]),
    );
  },

  'with nothing saved yet, reading the webhook is an empty answer and no error': async ({ namespace }) => {
    const list = await shown('get', 'webhookendpoints', '-n', namespace, '-o', 'json');
    assert.deepEqual(JSON.parse(list).items, []);
  },

  'PUT creates your webhook configuration if none exists, or updates the URL and the enabled flag': async (
    stage,
  ) => {
    const { namespace, urlOf } = stage;
    const created = await kubectlApply(namespace, 'partner', { url: urlOf('partner') });
    assert.equal(created.stdout, 'webhookendpoint.heliograph.dev/partner created\n');
    const updated = await kubectlApply(namespace, 'partner', { url: urlOf('moved'), enabled: false });
    assert.equal(updated.stdout, 'webhookendpoint.heliograph.dev/partner configured\n');
    assert.equal(await read(stage, '{.spec.url} {.spec.enabled}'), `${urlOf('moved')} false`);
    const list = await shown('get', 'webhookendpoints', '-n', namespace, '-o', 'name');
    assert.equal(list, 'webhookendpoint.heliograph.dev/partner\n');
  },

  'GET returns the stored url, enabled and updated_at, and PUT returns the same shape': async (stage) => {
    const { namespace, urlOf } = stage;
    await kubectlApply(namespace, 'partner', { url: urlOf('partner') });
    await untilObserved(stage, 1);
    const [url, enabled, updatedAt = ''] = (
      await read(stage, '{.spec.url} {.spec.enabled} {.status.updatedTime}')
    ).split(' ');
    assert.deepEqual([url, enabled], [urlOf('partner'), 'true']);
    assert.match(updatedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const put = await kubectlApply(namespace, 'partner', { url: urlOf('moved') }, '-o=json');
    const { spec, status } = JSON.parse(put.stdout);
    const got = await shownEndpoint(namespace, 'partner');
    assert.deepEqual(Object.keys(spec).toSorted(), Object.keys(got.spec).toSorted());
    assert.deepEqual(Object.keys(status).toSorted(), Object.keys(got.status ?? {}).toSorted());
  },

  'updated_at tells when the configuration changed: deliveries do not move it': async (stage) => {
    const { namespace, endpoint, analysis, report, settled } = stage;
    await endpoint('partner');
    await untilObserved(stage, 1);
    const before = await read(stage, '{.status.updatedTime}');
    await analysis('run');
    await report('run', { phase: 'Success' });
    await settled('run');
    const counted = async () => (await getEndpoint(namespace, 'partner')).status?.deliveredCount === 11;
    await until(counted, 'the deliveries are shown', 60_000);
    assert.equal(await read(stage, '{.status.updatedTime}'), before);
    await endpoint('partner', { description: 'changed' });
    await untilObserved(stage, 2);
    const after = await read(stage, '{.status.updatedTime}');
    assert.ok(Date.parse(after) > Date.parse(before), `${after} is later than ${before}`);
  },

  'when enabled is false, no webhook traffic is sent until you enable it again': async (stage) => {
    const { namespace, endpoint, analysis, report, settled, received, story, journal } = stage;
    await endpoint('partner');
    await analysis('run');
    await report('run', { phase: 'Analyzing' });
    await journal.until('the first event', () => received('partner').length === 1);
    await kubectlApply(namespace, 'partner', { url: stage.urlOf('partner'), enabled: false });
    await untilObserved(stage, 2);
    await shown('annotate', 'webhookendpoint', 'partner', '-n', namespace, 'heliograph.dev/ping=1');
    await shown('label', 'analysis', 'run', '-n', namespace, 'heliograph.dev/redeliver=1.again');
    await report('run', { phase: 'Success' });
    const pending = async () => (await getEndpoint(namespace, 'partner')).status?.pendingCount === 11;
    await until(pending, 'what is owed is shown', 60_000);
    assert.equal(conditionOf(await shownEndpoint(namespace, 'partner'), 'Delivering')?.reason, 'Disabled');
    assert.equal(received('partner').length, 1);
    await kubectlApply(namespace, 'partner', { url: stage.urlOf('partner'), enabled: true });
    // The first event is the one that was to be redelivered.
    assert.deepEqual(story('partner', await settled('run')), [wholeStory[0], ...wholeStory]);
    const isPinged = () => received('partner').some(({ body }) => body.event_type === 'webhook.ping');
    await journal.until('the ping that waited', isPinged);
  },

  'you configure the webhook once: no start of an analysis passes the URL': async (stage) => {
    const { endpoint, analysis, report, settled, story } = stage;
    await endpoint('partner');
    for (const name of ['first', 'second']) {
      const { spec } = await analysis(name);
      assert.deepEqual(Object.keys(spec), ['notifyViaWebhook']);
      await report(name, { phase: 'Success' });
      assert.deepEqual(story('partner', await settled(name)), wholeStory);
    }
  },

  'the webhook is checked to be valid: one that is not cannot be saved, and the answer says what to write':
    async ({ namespace }) => {
      const { code, stderr } = await kubectlApply(namespace, 'partner', {
        url: 'ftp://partner.example.com/',
      });
      assert.equal(code, 1);
      assert.match(stderr, /spec\.url: .*must start with https:\/\//);
    },

  'the webhook is checked to be enabled: who starts an analysis while it is not is told so': async (
    stage,
  ) => {
    const { namespace, endpoint, analysis, report, settled, received } = stage;
    await endpoint('partner', { enabled: false });
    await analysis('run');
    await report('run', { phase: 'Success' });
    assert.equal(conditionOf(await settled('run'), 'Notified')?.reason, 'NotSubscribed');
    const described = async () => (await kubectl(['describe', 'analysis', 'run', '-n', namespace])).stdout;
    await until(async () => /Warning\s+NotSubscribed/.test(await described()), 'the Event is there');
    assert.deepEqual(received('partner'), []);
  },
};

function read({ namespace }: Stage, template: string): Promise<string> {
  return shown('get', 'webhookendpoint', 'partner', '-n', namespace, '-o', `jsonpath=${template}`);
}

/** Resolves when the status tells of this generation of the spec. */
async function untilObserved({ namespace }: Stage, generation: number): Promise<void> {
  const observed = async () => (await getEndpoint(namespace, 'partner')).status?.observedGeneration;
  await until(async () => (await observed()) === generation, 'the operator has seen the change', 60_000);
}
