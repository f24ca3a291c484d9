// Calls to the API server, on a real socket.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { KubeClient } from '../../../src/kube/client.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import { RequestLimit } from '../../../src/kube/request-limit.ts';
import { type ApiStandIn, configMaps, json, startApiStandIn } from '../../support/api-stand-in.ts';
import { initializing, status, text } from '../../support/misbehaviour.ts';
import { until } from '../../support/until.ts';

type Options = Partial<ConstructorParameters<typeof KubeClient>[1]>;

async function start(
  t: TestContext,
  options: Options = {},
): Promise<{ api: ApiStandIn; client: KubeClient }> {
  const api = await startApiStandIn(t);
  const client = new KubeClient(api.config, { userAgent: 'heliograph/test', timeoutMs: 10_000, ...options });
  // A test may have closed it.
  t.after(() => client.close().catch(() => {}));
  return { api, client };
}

const path = '/api/v1/namespaces/default/configmaps/a';

// Two, since undici leaves a connection alone for one turn of the event loop after each answer.
const fewConnections = 2;

test('two hundred calls one after the other use the same connections', async (t) => {
  const { api, client } = await start(t);
  api.other = ({ response }) => json(response, 200, { data: {} });
  for (let count = 0; count < 100; count += 1) {
    await client.get(path);
    await client.patchMerge(path, { data: {} });
  }
  assert.equal(api.requests.length, 200);
  assert.ok(api.connections <= fewConnections, `${api.connections} connections`);
});

test('two hundred calls, one in each turn of the event loop, use one connection', async (t) => {
  const { api, client } = await start(t);
  api.other = ({ response }) => json(response, 200, { data: {} });
  for (let count = 0; count < 200; count += 1) {
    await client.get(path);
    await turn();
  }
  assert.deepEqual([api.requests.length, api.connections], [200, 1]);
});

test('an error does not cost the connection', async (t) => {
  const { api, client } = await start(t);
  for (const code of [404, 409, 410, 422, 429, 500, 503]) {
    api.other = status(code);
    await assert.rejects(client.get(path), ApiError);
  }
  assert.ok(api.connections <= fewConnections, `${api.connections} connections`);
});

test('many calls at once open no more connections than allowed, and all are answered', async (t) => {
  const { api, client } = await start(t, { connections: 4 });
  api.other = ({ response }) => json(response, 200, {});
  await Promise.all(Array.from({ length: 100 }, () => client.get(path)));
  assert.deepEqual([api.requests.length, api.connections], [100, 4]);
});

test('a 429 of priority and fairness holds back all requests', async (t) => {
  const limit = new RequestLimit({ most: 4 });
  const { api, client } = await start(t, { limit });
  api.other = text(429, 'Too many requests, please try again later.');
  await assert.rejects(client.get(path), ApiError);
  assert.equal(limit.limit, 2);
});

test('a list whose cache is being filled holds back no write', { timeout: 10_000 }, async (t) => {
  const limit = new RequestLimit({ most: 4 });
  const { api, client } = await start(t, { limit });
  api.lists.push(initializing(30));
  await assert.rejects(client.list(configMaps), ApiError);
  api.other = ({ response }) => json(response, 200, {});
  await client.patchMerge(path, { data: {} });
  assert.equal(limit.limit, 4);
});

test('a request says who asks, with what right, and what it takes', async (t) => {
  const { api, client } = await start(t);
  api.other = ({ response }) => json(response, 200, { kind: 'ConfigMap' });
  assert.deepEqual(await client.get(path), { kind: 'ConfigMap' });
  const [request] = api.requests;
  assert.deepEqual([request?.method, request?.url.pathname, request?.body], ['GET', path, '']);
  assert.equal(request?.headers['user-agent'], 'heliograph/test');
  assert.equal(request.headers.authorization, 'Bearer secret-token');
  assert.equal(request.headers.accept, 'application/json');
});

test('a create, a JSON patch and a merge patch each have their content type', async (t) => {
  const { api, client } = await start(t);
  api.other = ({ response, body }) => json(response, 200, { got: JSON.parse(body) });
  const operations = [{ op: 'test', path: '/a/ü', value: 1 }];
  assert.deepEqual(await client.create('/c', { a: 1 }), { got: { a: 1 } });
  assert.deepEqual(await client.patchJson('/j', operations), { got: operations });
  assert.deepEqual(await client.patchMerge('/m', { a: null }), { got: { a: null } });
  assert.deepEqual(
    api.requests.map(({ method, url, headers }) => [method, url.pathname, headers['content-type']]),
    [
      ['POST', '/c', 'application/json'],
      ['PATCH', '/j', 'application/json-patch+json'],
      ['PATCH', '/m', 'application/merge-patch+json'],
    ],
  );
});

test('a query is encoded, and what is undefined stays away', async (t) => {
  const { api, client } = await start(t);
  await client.list(configMaps, { fieldSelector: 'a!=b,c=d', limit: 5, continue: undefined });
  assert.equal(api.requests[0]?.url.search, '?fieldSelector=a%21%3Db%2Cc%3Dd&limit=5');
});

test('an API server below a path, as behind Rancher, is asked there', async (t) => {
  const { api } = await start(t);
  for (const prefix of ['/k8s/clusters/c-1', '/k8s/clusters/c-1/']) {
    const config = { ...api.config, baseUrl: new URL(prefix, api.config.baseUrl) };
    const client = new KubeClient(config, { userAgent: 'test' });
    t.after(() => client.close());
    await assert.rejects(client.get(path), ApiError);
    assert.equal(api.requests.at(-1)?.url.pathname, `/k8s/clusters/c-1${path}`);
  }
});

test('a list gives a page, its version and where the next one begins', async (t) => {
  const { api, client } = await start(t);
  for (const name of ['a', 'b', 'c']) api.world.set(name);
  const first = await client.list(configMaps, { limit: 2 });
  const second = await client.list(configMaps, { limit: 2, continue: first.continue });
  assert.deepEqual([first.items.length, second.items.length], [2, 1]);
  assert.deepEqual([first.resourceVersion, second.resourceVersion], ['103', '103']);
  assert.equal(second.continue, '');
});

test('an answer says when the server gave it', async (t) => {
  const { api, client } = await start(t);
  const dateNow = () => client.lastServerDate;
  assert.equal(dateNow(), undefined);
  api.other = ({ response }) => {
    response.setHeader('date', 'Thu, 01 Jan 2026 00:00:00 GMT');
    json(response, 200, {});
  };
  const before = performance.now();
  const { date, status: code } = await client.request({ method: 'GET', path });
  assert.deepEqual([date, code], [Date.parse('2026-01-01T00:00:00Z'), 200]);
  const { date: last, at = 0 } = dateNow() ?? {};
  assert.equal(last, date);
  assert.ok(at >= before && at <= performance.now());
});

test('an answer with no body has none', async (t) => {
  const { api, client } = await start(t);
  api.other = text(200, '');
  assert.equal(await client.get(path), undefined);
});

test('a close waits for the call under way', async (t) => {
  const { api, client } = await start(t);
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  api.other = ({ response }) => void answered.then(() => json(response, 200, { a: 1 }));
  const call = client.get(path);
  await until(() => api.requests.length === 1, 'the call has arrived');
  const closed = client.close();
  answer();
  assert.deepEqual(await call, { a: 1 });
  await closed;
});
