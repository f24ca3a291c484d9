// Calls that fail, on a real socket: what the caller is told, and that it is told in time.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { KubeClient } from '../../../src/kube/client.ts';
import { ApiError, ConnectionError } from '../../../src/kube/errors.ts';
import { type ApiStandIn, configMaps, startApiStandIn } from '../../support/api-stand-in.ts';
import {
  hangs,
  initializing,
  listWithoutVersion,
  reset,
  resetMidBody,
  status,
  text,
} from '../../support/misbehaviour.ts';
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

const broken =
  (message: RegExp) =>
  (error: unknown): boolean =>
    error instanceof ConnectionError && message.test(error.message);

test('an error comes with its reason, its causes and how long to wait', async (t) => {
  const { api, client } = await start(t);
  const causes = [{ reason: 'FieldValueInvalid', field: 'spec.url', message: 'must be https' }];
  api.other = status(422, { reason: 'Invalid', message: 'spec.url', details: { causes } });
  await assert.rejects(client.get(path), { status: 422, reason: 'Invalid', message: 'spec.url', causes });
  api.other = initializing(7);
  await assert.rejects(client.get(path), { status: 429, retryAfterSeconds: 7 });
  api.other = status(503, {}, { 'retry-after': 'Thu, 01 Jan 2026 00:00:00 GMT' });
  await assert.rejects(
    client.get(path),
    (error) => error instanceof ApiError && error.retryAfterSeconds === undefined,
  );
});

test('an error that is no Status gives its text, cut short', async (t) => {
  const { api, client } = await start(t);
  api.other = text(502, '<html>bad gateway</html>');
  await assert.rejects(client.get(path), { status: 502, message: '<html>bad gateway</html>' });
  api.other = text(502, 'x'.repeat(100_000));
  await assert.rejects(
    client.get(path),
    (error) => error instanceof ApiError && error.message.length === 500,
  );
});

test('an error tells neither our credentials nor the headers of the answer', async (t) => {
  const { api, client } = await start(t);
  for (const behaviour of [reset, status(403, { message: 'forbidden' }, { 'x-trace': 'trace-1' })]) {
    api.other = behaviour;
    const error: unknown = await client
      .patchMerge(path, { data: 'private' })
      .catch((caught: unknown) => caught);
    assert.doesNotMatch(`${String(error)} ${JSON.stringify(error)}`, /secret-token|private|trace-1/);
  }
});

test('a refused connection is a ConnectionError that says so, and the next call may succeed', async (t) => {
  const { api, client } = await start(t);
  await client.list(configMaps);
  await api.refuse();
  await assert.rejects(client.list(configMaps), ConnectionError);
  await assert.rejects(client.list(configMaps), broken(/ECONNREFUSED/));
  await api.accept();
  assert.equal((await client.list(configMaps)).resourceVersion, '100');
});

for (const [what, behaviour, message] of [
  ['a reset without an answer', reset, /ECONNRESET|other side closed|socket hang up/],
  ['a reset inside the body', resetMidBody('{"items":['), /./],
  ['an answer that is no JSON', text(200, 'Welcome to the proxy'), /answered 200 with what is no JSON/],
] as const)
  test(`${what} is a ConnectionError`, async (t) => {
    const { api, client } = await start(t);
    api.other = behaviour;
    await assert.rejects(client.get(path), broken(message));
  });

test('a server that does not answer, or never ends its body, is given up in time', async (t) => {
  const { api, client } = await start(t, { timeoutMs: 50 });
  api.other = hangs;
  await assert.rejects(client.get(path), broken(/timed out after 0.05 s/));
  api.other = ({ response }) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(' '), 5);
    response.on('close', () => clearInterval(timer));
  };
  await assert.rejects(client.get(path), broken(/timed out after 0.05 s/));
});

test('the wait for a free connection counts too', async (t) => {
  const { api, client } = await start(t, { connections: 1 });
  api.other = hangs;
  const first = client.request({ method: 'GET', path });
  await until(() => api.requests.length === 1, 'the first has the connection');
  await assert.rejects(client.request({ method: 'GET', path, timeoutMs: 20 }), broken(/timed out/));
  assert.equal(api.requests.length, 1);
  api.cut();
  await assert.rejects(first, ConnectionError);
});

test('a call can be aborted before it begins and while it waits', async (t) => {
  const { api, client } = await start(t);
  api.lists.push(hangs);
  const stopping = new AbortController();
  const listing = client.list(configMaps, {}, stopping.signal);
  await until(() => api.requests.length === 1, 'the list has arrived');
  stopping.abort();
  await assert.rejects(listing, broken(/aborted/));
  await assert.rejects(client.list(configMaps, {}, stopping.signal), broken(/aborted/));
  assert.equal(api.requests.length, 1);
});

test('credentials that cannot be had are a ConnectionError with their reason', async (t) => {
  const { api } = await start(t);
  const failure = new Error('the plugin failed');
  const headers = () => Promise.reject(failure);
  const client = new KubeClient({ ...api.config, headers }, { userAgent: 'test' });
  t.after(() => client.close());
  await assert.rejects(client.get(path), broken(/the plugin failed/));
  const events = client.watch(configMaps, {}, { signal: new AbortController().signal });
  await assert.rejects(events.next(), broken(/the plugin failed/));
});

test('a list without a version is no answer', async (t) => {
  const { api, client } = await start(t);
  api.lists.push(listWithoutVersion);
  await assert.rejects(client.list(configMaps), broken(/no resourceVersion/));
});
