// How long a reflector waits before its next try, and where it then begins.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Behaviour, startApiStandIn, tellWatch } from '../../support/api-stand-in.ts';
import { initializing, inStream, reset, status, streams } from '../../support/misbehaviour.ts';
import { until } from '../../support/until.ts';
import { reflect } from './reflecting.ts';

test('the wait between tries doubles up to its maximum, and begins anew after a success', async (t) => {
  const api = await startApiStandIn(t);
  const failures: Behaviour[] = [reset, status(500), reset, status(503), reset];
  api.lists.push(...failures);
  const { waitsMs, caughtUp } = reflect(t, api, {
    intervals: { backoff: { baseMs: 4, maxMs: 16 } },
    random: () => 0,
  });
  await caughtUp();
  assert.deepEqual(waitsMs, [2, 4, 8, 8, 8]);
  await until(() => api.world.watchers === 1, 'the watch is open');
  api.world.set('a');
  await caughtUp();
  api.cut();
  await until(() => waitsMs.length === 6, 'it has failed once more');
  assert.equal(waitsMs[5], 2);
});

test('watches that end at once are not opened in a hot loop', async (t) => {
  const api = await startApiStandIn(t);
  api.watches.push(...Array.from({ length: 5 }, () => streams()));
  const { waitsMs, restarts } = reflect(t, api, {
    intervals: { backoff: { baseMs: 4, maxMs: 1000 } },
    random: () => 0,
  });
  await until(() => api.world.watchers === 1, 'a watch that lasts is open');
  assert.deepEqual(waitsMs, [2, 4, 8, 16, 32]);
  assert.deepEqual(new Set(restarts), new Set(['idle']));
});

test('a Retry-After is waited for, up to a maximum', async (t) => {
  const api = await startApiStandIn(t);
  let isAlmostOver = false;
  api.lists.push(
    (request) => {
      initializing(1)(request, api);
      setTimeout(() => (isAlmostOver = true), 900);
    },
    (request) => {
      assert.equal(isAlmostOver, true, 'it came too early');
      initializing(3600)(request, api);
    },
  );
  const { waitsMs, caughtUp } = reflect(t, api, { intervals: { maxRetryAfterMs: 1200 } });
  await caughtUp();
  assert.deepEqual(waitsMs, [1000, 1200]);
});

test('a Retry-After inside a watch is waited for too', async (t) => {
  const api = await startApiStandIn(t);
  api.watches.push(inStream(429, { details: { retryAfterSeconds: 1 } }));
  const { waitsMs, caughtUp } = reflect(t, api, { intervals: { maxRetryAfterMs: 30 } });
  api.world.set('a');
  await caughtUp();
  await until(() => api.world.watchers === 1, 'the next watch is open');
  assert.deepEqual(waitsMs, [30]);
});

test('bookmarks keep a quiet watch from counting as dead', async (t) => {
  const api = await startApiStandIn(t);
  let bookmarks = 0;
  api.watches.push((request) => {
    tellWatch(request, api);
    const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '100' } } };
    const timer = setInterval(
      () => request.response.write(`${JSON.stringify(bookmark)}\n`, () => (bookmarks += 1)),
      10,
    );
    request.response.on('close', () => clearInterval(timer));
  });
  const { restarts } = reflect(t, api, { intervals: { idleMs: 2000 } });
  // One every 10 ms: together they take longer than the limit.
  await until(() => bookmarks >= 220, 'many bookmarks came');
  assert.deepEqual(restarts, []);
});

test('a store taken back to an older state is listed anew, though a watch from its future is silent', async (t) => {
  const api = await startApiStandIn(t);
  for (const name of ['kept', 'changed']) api.world.set(name);
  const backup = api.world.backup();
  const { caughtUp, lists, restarts } = reflect(t, api);
  await caughtUp();
  await until(() => api.world.watchers === 1, 'the watch is open');
  for (let count = 0; count < 10; count += 1) api.world.set('changed', { count });
  api.world.set('lost');
  await caughtUp();
  api.world.restore(backup);
  api.cut();
  await caughtUp();
  assert.deepEqual([lists(), restarts], [2, ['connection']]);
  await until(() => api.world.watchers === 1, 'it watches the restored store');
  api.world.set('new');
  await caughtUp();
});

test('one object is asked for after a failure, not the whole list', async (t) => {
  const api = await startApiStandIn(t);
  const { lists } = reflect(t, api, { query: { labelSelector: 'a=b' } });
  await until(() => api.world.watchers === 1, 'the watch is open');
  api.cut();
  await until(() => api.requestsOf('watch').length === 2, 'the next watch is open');
  assert.equal(lists(), 1);
  assert.equal(api.requestsOf('list').at(-1)?.url.search, '?limit=1');
});
