// Watches of the client, on a real socket.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { KubeClient, type WatchEvent } from '../../../src/kube/client.ts';
import { ApiError, ConnectionError } from '../../../src/kube/errors.ts';
import { textAt } from '../../../src/kube/raw.ts';
import { type ApiStandIn, configMaps, json, startApiStandIn } from '../../support/api-stand-in.ts';
import { expired, hangs, reset, silent, status, streams } from '../../support/misbehaviour.ts';
import { until } from '../../support/until.ts';

async function start(
  t: TestContext,
): Promise<{ api: ApiStandIn; client: KubeClient; stopping: AbortController }> {
  const api = await startApiStandIn(t);
  const client = new KubeClient(api.config, { userAgent: 'test', connections: 1, timeoutMs: 10_000 });
  // A test may have closed it.
  t.after(() => client.close().catch(() => {}));
  return { api, client, stopping: new AbortController() };
}

const nameOf = ({ type, object }: WatchEvent): string => {
  const { metadata } = object as { metadata?: unknown };
  return `${type} ${textAt(metadata, 'name')}`;
};

const broken =
  (message: RegExp) =>
  (error: unknown): boolean =>
    error instanceof ConnectionError && message.test(error.message);

test('a watch gives events as they come, and asks for them by its query', async (t) => {
  const { api, client, stopping } = await start(t);
  api.world.set('a');
  const query = { resourceVersion: '100', allowWatchBookmarks: true };
  const events = client.watch(configMaps, query, { signal: stopping.signal });
  assert.equal(nameOf((await events.next()).value as WatchEvent), 'ADDED a');
  api.world.set('a', { more: 1 });
  assert.equal(nameOf((await events.next()).value as WatchEvent), 'MODIFIED a');
  api.world.delete('a');
  assert.equal(nameOf((await events.next()).value as WatchEvent), 'DELETED a');
  assert.equal(api.requests[0]?.url.search, '?resourceVersion=100&allowWatchBookmarks=true&watch=true');
});

test('a watch that the server ends, ends', async (t) => {
  const { api, client, stopping } = await start(t);
  const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '7' } } };
  api.watches.push(streams(`${JSON.stringify(bookmark)}\n`));
  const events = await Array.fromAsync(client.watch(configMaps, {}, { signal: stopping.signal }));
  assert.deepEqual(events, [bookmark]);
});

test('an expired watch is an answer of 200 with an ERROR event inside', async (t) => {
  const { api, client, stopping } = await start(t);
  api.watches.push(expired);
  const [event] = await Array.fromAsync(client.watch(configMaps, {}, { signal: stopping.signal }));
  assert.equal(event?.type, 'ERROR');
  assert.equal((event.object as { code: number }).code, 410);
});

test('a watch that is refused throws the ApiError', async (t) => {
  const { api, client, stopping } = await start(t);
  api.watches.push(status(403, { reason: 'Forbidden', message: 'may not watch' }, { 'retry-after': '2' }));
  await assert.rejects(
    Array.fromAsync(client.watch(configMaps, {}, { signal: stopping.signal })),
    (error) => error instanceof ApiError && error.status === 403 && error.retryAfterSeconds === 2,
  );
});

for (const [what, behaviour, message] of [
  ['a reset before the answer', reset, /./],
  ['half a line', streams('{"type":"ADDED","obj'), /broke off inside a line/],
  ['a line that is no JSON', streams('<html>\n'), /no JSON/],
  ['a line without end', streams(...Array.from({ length: 10 }, () => 'x'.repeat(1024 * 1024))), /too long/],
] as const)
  test(`${what} is a ConnectionError`, async (t) => {
    const { api, client, stopping } = await start(t);
    api.watches.push(behaviour);
    await assert.rejects(
      Array.fromAsync(client.watch(configMaps, {}, { signal: stopping.signal })),
      broken(message),
    );
  });

test('lines that are JSON but no event are empty events, not a failure', async (t) => {
  const { api, client, stopping } = await start(t);
  api.watches.push(streams('null\n[]\n{"type":7,"object":"a"}\n'));
  const events = await Array.fromAsync(client.watch(configMaps, {}, { signal: stopping.signal }));
  assert.deepEqual(
    events,
    Array.from({ length: 3 }, () => ({ type: '', object: {} })),
  );
});

test('a connection that is reset inside a watch is a ConnectionError after the events before it', async (t) => {
  const { api, client, stopping } = await start(t);
  api.world.set('a');
  const events = client.watch(configMaps, { resourceVersion: '100' }, { signal: stopping.signal });
  await events.next();
  const next = events.next();
  api.cut();
  await assert.rejects(next, ConnectionError);
});

for (const [what, behaviour] of [
  ['before its answer', hangs],
  ['while it is silent', silent],
] as const)
  test(`an abort ends a watch ${what}, and its connection`, async (t) => {
    const { api, client, stopping } = await start(t);
    api.watches.push(behaviour);
    const next = client.watch(configMaps, {}, { signal: stopping.signal }).next();
    await until(() => api.requests.length === 1, 'the watch has arrived');
    stopping.abort();
    await assert.rejects(next, ConnectionError);
    await until(() => api.openConnections === 0, 'its connection is closed');
  });

test('who stops reading closes the connection', async (t) => {
  const { api, client, stopping } = await start(t);
  api.world.set('a');
  for await (const event of client.watch(configMaps, {}, { signal: stopping.signal })) {
    assert.equal(nameOf(event), 'ADDED a');
    break;
  }
  await until(() => api.openConnections === 0, 'its connection is closed');
});

test('watches take no connection from requests', async (t) => {
  const { api, client, stopping } = await start(t);
  const ended = Array.from({ length: 5 }, () =>
    Array.fromAsync(client.watch(configMaps, {}, { signal: stopping.signal })).catch(() => {}),
  );
  await until(() => api.requests.length === 5, 'all watches are open');
  api.other = ({ response }) => json(response, 200, {});
  await client.get('/healthz');
  assert.equal(api.openConnections, 6);
  stopping.abort();
  await Promise.all(ended);
});

test('a close ends the watches', async (t) => {
  const { api, client, stopping } = await start(t);
  const next = client.watch(configMaps, {}, { signal: stopping.signal }).next();
  await until(() => api.world.watchers === 1, 'the watch is open');
  const ended = assert.rejects(next, ConnectionError);
  await client.close();
  await ended;
});
