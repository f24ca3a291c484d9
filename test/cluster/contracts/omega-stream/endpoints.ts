// What the contract says of webhook endpoints: how they are created, listed, looked at and switched off.
import assert from 'node:assert/strict';
import { apiVersion } from '../../../../src/api/group.ts';
import { endpointType, getEndpoint, manifest } from '../../../support/cluster.ts';
import { kubectl } from '../../../support/kubectl.ts';
import { conditionOf } from '../../../support/scene.ts';
import { until } from '../../../support/until.ts';
import { createWorker } from '../../../support/worker.ts';
import { kubectlApply, type Row, shown } from '../contract.ts';
import { type EnvelopeBody, omega, outcomes } from './envelope.ts';

export const endpoints: Readonly<Record<string, Row<EnvelopeBody>>> = {
  'GET [base_url]/client/webhooks lists the endpoints': async ({ namespace, endpoint }) => {
    await endpoint('first');
    await endpoint('second');
    const listed = await shown('get', 'webhookendpoints', '-n', namespace, '-o', 'name');
    assert.deepEqual(listed.split('\n').slice(0, -1), [
      'webhookendpoint.heliograph.dev/first',
      'webhookendpoint.heliograph.dev/second',
    ]);
  },

  'url is required, and must be a valid url': async ({ namespace }) => {
    const without = await kubectlApply(namespace, 'none', { ...omega });
    assert.match(without.stderr, /must have either url or urlFrom/);
    const invalid = await kubectlApply(namespace, 'invalid', { ...omega, url: 'localhost:8888/webhook' });
    assert.match(invalid.stderr, /spec\.url: .*must start with https:\/\/ \(or http:\/\//);
    assert.deepEqual([without.code, invalid.code], [1, 1]);
  },

  'the url is called with method POST and Content-Type application/json': async (stage) => {
    const { endpoint, analysis, report, settled, received } = stage;
    await endpoint('video');
    await analysis('run');
    await report('run', { phase: 'Success' });
    await settled('run');
    const kinds = received('video').map(({ method, headers }) => `${method} ${headers['content-type']}`);
    assert.deepEqual(new Set(kinds), new Set(['POST application/json']));
  },

  'the url may be http://localhost:8888/webhook, where the administrator allows it': async (stage) => {
    const { endpoint, analysis, report, settled, received, urlOf } = stage;
    await endpoint('video', { url: urlOf('video').replace('127.0.0.1', 'localhost'), events: outcomes });
    await analysis('run');
    await report('run', { phase: 'Success' });
    await settled('run');
    const [receipt] = received('video');
    assert.match(receipt?.headers.host ?? '', /^localhost:\d+$/);
  },

  'description is not required, it is just for viewing': async (stage) => {
    const { namespace, endpoint, analysis, report, settled, received } = stage;
    const description = 'Tells the editors';
    await endpoint('without', { events: outcomes });
    await endpoint('with', { events: outcomes, description });
    const read = ['get', 'webhookendpoint', 'with', '-n', namespace, '-o', 'jsonpath={.spec.description}'];
    assert.equal(await shown(...read), description);
    await analysis('run');
    await report('run', { phase: 'Success' });
    await settled('run');
    assert.deepEqual([received('with').length, received('without').length], [1, 1]);
    assert.ok(!received('with')[0]?.text.includes(description));
  },

  'an api key is needed to authorize a request: here it is a right of RBAC': async ({ namespace }) => {
    const { kubeconfig } = await createWorker(namespace);
    const input = manifest(endpointType, namespace, 'video', { spec: { url: 'https://example.com/' } });
    const created = await kubectl(['create', '-f', '-'], { input, kubeconfig });
    const listed = await kubectl(['get', 'webhookendpoints', '-n', namespace], { kubeconfig });
    for (const { code, stderr } of [created, listed]) {
      assert.equal(code, 1);
      assert.match(stderr, /Forbidden/);
    }
  },

  'creating answers with id, created_at, updated_at, coid, url, description, events and active': async (
    stage,
  ) => {
    const { namespace, urlOf } = stage;
    const spec = { ...omega, url: urlOf('video'), description: 'Mine', events: outcomes };
    const input = manifest(endpointType, namespace, 'video', { spec });
    const { code, stdout } = await kubectl(['create', '-f', '-', '-o', 'json'], { input });
    assert.equal(code, 0);
    const answered = JSON.parse(stdout);
    assert.equal(answered.apiVersion, apiVersion);
    assert.match(answered.metadata.uid, /^[0-9a-f-]{36}$/);
    assert.match(answered.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const { envelope, url, description, events, enabled } = answered.spec;
    assert.deepEqual({ ...omega, envelope, url, description, events }, spec);
    assert.equal(enabled, true);
    const updatedTime = async () => (await getEndpoint(namespace, 'video')).status?.updatedTime;
    await until(async () => (await updatedTime()) !== undefined, 'updated_at is there');
    assert.equal(await updatedTime(), answered.metadata.creationTimestamp);
  },

  'an endpoint that is not active gets nothing': async (stage) => {
    const { namespace, endpoint, analysis, report, settled, received } = stage;
    await endpoint('video', { enabled: false });
    const delivering = async () => conditionOf(await getEndpoint(namespace, 'video'), 'Delivering');
    await until(async () => (await delivering())?.reason === 'Disabled', 'it says so', 60_000);
    await analysis('run');
    await report('run', { phase: 'Success' });
    await settled('run');
    assert.deepEqual(received('video'), []);
  },
};
