// A store kept equal to what the API server has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store } from '../../../src/kube/store.ts';
import {
  type ApiStandIn,
  type Behaviour,
  startApiStandIn,
  tellList,
  tellWatch,
} from '../../support/api-stand-in.ts';
import { bookmarksOnly, expired, hangs, silent, streams } from '../../support/misbehaviour.ts';
import { until } from '../../support/until.ts';
import { type ConfigMap, contentsOf } from './mirrored.ts';
import { reflect } from './reflecting.ts';

/** A watch that sends this event and ends. */
const once = (event: object): Behaviour => streams(`${JSON.stringify(event)}\n`);

/** Of the requests of this kind, in order. */
const queries = (api: ApiStandIn, kind: 'list' | 'watch'): Record<string, string>[] =>
  api.requestsOf(kind).map(({ url }) => Object.fromEntries(url.searchParams));

test('a list fills the store, and a watch from there keeps it equal', async (t) => {
  const api = await startApiStandIn(t);
  api.world.set('a');
  api.world.set('b', {}, 'other');
  const { told, reflector, restarts, caughtUp } = reflect(t, api);
  await reflector.whenSynced();
  await until(() => api.world.watchers === 1, 'the watch is open');
  api.world.set('a', { more: 1 });
  api.world.set('c');
  api.world.delete('b', 'other');
  await caughtUp();
  assert.deepEqual(told.log, [
    'upsert default/a',
    'upsert other/b',
    'synced',
    'upsert default/a',
    'upsert default/c',
    'delete other/b',
  ]);
  assert.deepEqual(queries(api, 'list'), [{ limit: '500' }]);
  assert.deepEqual(queries(api, 'watch'), [
    { resourceVersion: '102', timeoutSeconds: '60', allowWatchBookmarks: 'true', watch: 'true' },
  ]);
  assert.deepEqual(restarts, []);
});

test('a long list comes in pages, and what changes meanwhile comes by the watch', async (t) => {
  const api = await startApiStandIn(t);
  api.pageSize = 2;
  for (const name of ['a', 'b', 'c', 'd', 'e']) api.world.set(name);
  api.lists.push((request) => {
    tellList(request, api);
    api.world.delete('e');
    api.world.set('f');
  });
  const { told, caughtUp } = reflect(t, api);
  await caughtUp();
  assert.deepEqual(
    queries(api, 'list').map((query) => query['continue']),
    [undefined, '105-2', '105-4'],
  );
  assert.equal(queries(api, 'watch')[0]?.['resourceVersion'], '105');
  assert.equal(told.log.indexOf('synced'), 5);
});

test('it is synced after the last page, not before', async (t) => {
  const api = await startApiStandIn(t);
  api.pageSize = 1;
  for (const name of ['a', 'b']) api.world.set(name);
  api.lists.push(tellList, hangs);
  const { told, reflector } = reflect(t, api);
  await until(() => api.requestsOf('list').length === 2, 'the second page is asked for');
  assert.deepEqual([told.log, reflector.synced], [['upsert default/a'], false]);
  api.cut();
  await reflector.whenSynced();
  assert.equal(reflector.synced, true);
  assert.deepEqual(told.log, ['upsert default/a', 'upsert default/b', 'synced']);
});

test('a relist tells what vanished, what changed, and what was made anew', async (t) => {
  const api = await startApiStandIn(t);
  for (const name of ['gone', 'same', 'changed', 'anew']) api.world.set(name);
  api.watches.push(silent);
  const { told, caughtUp, lists } = reflect(t, api, { intervals: { idleMs: 50 } });
  await until(() => api.requestsOf('watch').length === 1, 'the silent watch is open');
  told.log.length = 0;
  api.world.delete('gone');
  api.world.set('changed', { more: 1 });
  api.world.delete('anew');
  api.world.set('anew');
  api.world.compact();
  await caughtUp();
  assert.equal(lists(), 2);
  assert.deepEqual(told.log.toSorted(), [
    'delete default/anew',
    'delete default/gone',
    'upsert default/anew',
    'upsert default/changed',
  ]);
  assert.ok(told.log.indexOf('delete default/anew') < told.log.indexOf('upsert default/anew'));
});

test('it lists anew when its interval is over, and so finds what a watch kept to itself', async (t) => {
  const api = await startApiStandIn(t);
  api.world.set('a');
  api.watches.push(bookmarksOnly);
  const { caughtUp, restarts, lists } = reflect(t, api, { intervals: { relistMs: 300 } });
  await until(() => api.requestsOf('watch').length === 1, 'the watch is open');
  api.world.delete('a');
  api.world.set('b');
  await caughtUp();
  assert.deepEqual([lists(), restarts], [2, []]);
  assert.equal(queries(api, 'watch')[0]?.['timeoutSeconds'], '1');
});

test('a watch that ends is followed by one from where it ended, without a list', async (t) => {
  const api = await startApiStandIn(t);
  const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '700' } } };
  const object = {
    metadata: { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '600' },
    data: {},
  };
  api.watches.push(once({ type: 'ADDED', object }), once(bookmark));
  const { lists } = reflect(t, api);
  await until(() => api.requestsOf('watch').length === 3, 'the third watch is open');
  assert.deepEqual(
    queries(api, 'watch').map((query) => query['resourceVersion']),
    ['100', '600', '700'],
  );
  assert.equal(lists(), 1);
});

test('the first watch is a short one, later ones are long, at random between two bounds', async (t) => {
  const api = await startApiStandIn(t);
  const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '100' } } };
  // It was asked for one second, so that this is no early end.
  api.watches.push(once(bookmark));
  const intervals = { shortWatchSeconds: 1, minWatchSeconds: 290, maxWatchSeconds: 580 };
  reflect(t, api, { intervals, random: () => 0.5 });
  await until(() => api.requestsOf('watch').length === 2, 'the second watch is open');
  assert.deepEqual(
    queries(api, 'watch').map((query) => query['timeoutSeconds']),
    ['1', '435'],
  );
});

test('a watch that ended early, as when its CRD was changed, is followed by a short one', async (t) => {
  const api = await startApiStandIn(t);
  const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '100' } } };
  const early = once(bookmark);
  api.watches.push(early, early);
  reflect(t, api, { intervals: { shortWatchSeconds: 10, minWatchSeconds: 290, maxWatchSeconds: 580 } });
  await until(() => api.requestsOf('watch').length === 3, 'the third watch is open');
  assert.deepEqual(
    queries(api, 'watch').map((query) => query['timeoutSeconds']),
    ['10', '10', '10'],
  );
});

test('a selector goes with lists and watches; what leaves the selection is told as deleted', async (t) => {
  const api = await startApiStandIn(t);
  const fieldSelector = 'status.delivery.state!=Settled';
  const object = {
    metadata: { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '101' },
    data: {},
  };
  api.watches.push((request) => {
    tellWatch(request, api);
    request.response.write(`${JSON.stringify({ type: 'DELETED', object })}\n`);
  });
  const { told } = reflect(t, api, { query: { fieldSelector } });
  await until(() => told.log.includes('delete default/a'), 'an object that was never known is told');
  for (const { url } of api.requests) assert.equal(url.searchParams.get('fieldSelector'), fieldSelector);
});

test('reflectors of two namespaces share a store, and neither deletes what the other has', async (t) => {
  const api = await startApiStandIn(t);
  const store = new Store<ConfigMap>();
  for (const namespace of ['one', 'two', 'three']) api.world.set('a', {}, namespace);
  const one = reflect(t, api, { namespace: 'one', store });
  await one.caughtUp();
  const two = reflect(t, api, { namespace: 'two', store });
  await two.caughtUp();
  await until(() => api.world.watchers === 2, 'both watch');
  api.watches.push(expired, expired);
  api.world.delete('a', 'one');
  api.world.set('b', {}, 'two');
  api.cut();
  await until(() => one.lists() === 2 && two.lists() === 2, 'both have listed anew');
  await Promise.all([one.caughtUp(), two.caughtUp()]);
  const all = api.world.objects.filter(({ metadata }) => metadata.namespace !== 'three');
  assert.deepEqual(contentsOf(store.values()), contentsOf(all));
  assert.deepEqual(two.told.log.toSorted(), ['synced', 'upsert two/a', 'upsert two/b']);
});

test('an object that cannot be parsed is told once per generation, over lists and watches, and the old one stays', async (t) => {
  const api = await startApiStandIn(t);
  api.world.set('bad', { good: 1 });
  const { told, store, lists } = reflect(t, api);
  await until(() => api.world.watchers === 1, 'the watch is open');
  api.world.set('bad', 'no object');
  await until(() => told.log.includes('unparsable default/bad'), 'it is told');
  for (const relists of [2, 3]) {
    api.watches.push(expired);
    api.cut();
    await until(() => lists() === relists, 'it has listed anew');
  }
  api.world.set('bad', 'still none');
  api.world.set('after');
  await until(() => told.log.includes('upsert default/after'), 'the next object is told');
  assert.deepEqual(told.log.slice(2), [
    'unparsable default/bad',
    'unparsable default/bad',
    'upsert default/after',
  ]);
  assert.deepEqual(store.get('default/bad')?.data, { good: 1 });
});

test('a sign of life is what comes and what fails', async (t) => {
  const api = await startApiStandIn(t);
  const { reflector, restarts, caughtUp } = reflect(t, api);
  await until(() => api.world.watchers === 1, 'the watch is open');
  const listed = reflector.lastActivityAt;
  api.world.set('a');
  await caughtUp();
  const watched = reflector.lastActivityAt;
  assert.ok(watched > listed);
  await api.refuse();
  await until(() => restarts.length >= 3, 'it has failed');
  assert.ok(reflector.lastActivityAt > watched);
  await api.accept();
});
