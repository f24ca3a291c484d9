// What a reflector survives: every way in which a list or a watch can fail, one after the other and mixed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { ApiStandIn, startApiStandIn, tellList, tellWatch } from '../../support/api-stand-in.ts';
import { hangs, silent } from '../../support/misbehaviour.ts';
import { until } from '../../support/until.ts';
import { listFaults, watchFaults } from './faults.ts';
import { reflect } from './reflecting.ts';

for (const { of, behaviour, reason } of listFaults)
  test(`a list survives ${of}`, async (t) => {
    const api = await startApiStandIn(t);
    api.world.set('a');
    api.lists.push(behaviour);
    const { restarts, caughtUp, told } = reflect(t, api, behaviour === hangs ? { timeoutMs: 100 } : {});
    await caughtUp();
    assert.deepEqual([restarts, told.log], [[reason], ['upsert default/a', 'synced']]);
  });

for (const { of, behaviour, reason } of watchFaults)
  test(`a watch survives ${of}`, async (t) => {
    const api = await startApiStandIn(t);
    api.world.set('a');
    api.watches.push(behaviour);
    const intervals = behaviour === hangs || behaviour === silent ? { idleMs: 100 } : {};
    const { restarts, caughtUp, lists, reflector } = reflect(t, api, { intervals });
    await reflector.whenSynced();
    api.world.set('b');
    api.world.delete('a');
    await caughtUp();
    assert.equal(restarts[0], reason);
    // Everything else goes on where it was.
    assert.equal(lists(), reason === 'expired' ? 2 : 1);
  });

test('a watch that breaks after an event goes on behind it', async (t) => {
  const api = await startApiStandIn(t);
  const { restarts, caughtUp, told, lists } = reflect(t, api);
  await until(() => api.world.watchers === 1, 'the watch is open');
  api.world.set('a');
  await caughtUp();
  api.cut();
  api.world.set('b');
  await caughtUp();
  assert.deepEqual(
    [told.log, restarts],
    [['synced', 'upsert default/a', 'upsert default/b'], ['connection']],
  );
  assert.equal(api.requestsOf('watch').at(-1)?.url.searchParams.get('resourceVersion'), '101');
  assert.equal(lists(), 1);
});

test('what is no event is passed over', async (t) => {
  const api = await startApiStandIn(t);
  api.watches.push((request) => {
    tellWatch(request, api);
    request.response.write('null\n[]\n{}\n{"type":"NEWS","object":{"metadata":{"name":7}}}\n');
    request.response.write('{"type":"ADDED"}\n{"type":"DELETED","object":[]}\n');
    api.world.set('a');
  });
  const { caughtUp, restarts } = reflect(t, api);
  await caughtUp();
  assert.deepEqual(restarts, []);
});

test('a continue that expires between two pages starts the list over', async (t) => {
  const api = await startApiStandIn(t);
  api.pageSize = 2;
  for (const name of ['a', 'b', 'c']) api.world.set(name);
  api.lists.push((request) => {
    tellList(request, api);
    api.world.delete('a');
    api.world.compact();
  });
  const { restarts, caughtUp, told } = reflect(t, api);
  await caughtUp();
  assert.deepEqual(restarts, ['expired']);
  assert.deepEqual(told.log.slice(-2), ['delete default/a', 'synced']);
  assert.deepEqual(
    api.requestsOf('list').map(({ url }) => url.searchParams.get('continue')),
    [null, '103-2', null],
  );
});

test('a server that is gone is tried again and again until it is back', async (t) => {
  const api = await startApiStandIn(t);
  api.world.set('a');
  const { restarts, caughtUp } = reflect(t, api);
  await until(() => api.world.watchers === 1, 'the watch is open');
  await api.refuse();
  api.world.set('b');
  api.world.delete('a');
  await until(() => restarts.length >= 20, 'it was tried twenty times');
  assert.deepEqual(new Set(restarts), new Set(['connection']));
  await api.accept();
  await caughtUp();
});

test('a server that is not there yet is waited for', async (t) => {
  const api = new ApiStandIn();
  await api.accept();
  t.after(() => api.close());
  await api.refuse();
  const { restarts, reflector, caughtUp } = reflect(t, api);
  await until(() => restarts.length >= 5, 'it was tried five times');
  assert.equal(reflector.synced, false);
  api.world.set('a');
  await api.accept();
  await caughtUp();
});

const change = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  what: fc.constantFrom('set', 'set', 'bad', 'delete', 'anew', 'compact'),
});

const step = fc.record({
  list: fc.option(fc.constantFrom(...listFaults), { freq: 3 }),
  watch: fc.option(fc.constantFrom(...watchFaults), { freq: 3 }),
  changes: fc.array(change, { maxLength: 5 }),
  cut: fc.boolean(),
});

function apply({ world }: ApiStandIn, { name, what }: { name: string; what: string }): void {
  if (what === 'compact') world.compact();
  else if (what === 'delete') world.delete(name);
  else {
    if (what === 'anew') world.delete(name);
    world.set(name, what === 'bad' ? 'no object' : { at: world.version });
  }
}

test('after any series of faults and changes the store is what the server has', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const api = await startApiStandIn(t);
      api.pageSize = 2;
      const { caughtUp, stop, lists } = reflect(t, api, { timeoutMs: 50, intervals: { idleMs: 50 } });
      for (const { list, watch, changes, cut } of steps) {
        if (list !== null) api.lists.push(list.behaviour);
        if (watch !== null) api.watches.push(watch.behaviour);
        for (const one of changes) apply(api, one);
        if (cut) api.cut();
        await turn();
      }
      await until(() => api.lists.length === 0 && api.watches.length === 0, 'all faults have come', 60_000);
      // What cannot be parsed would be missing.
      for (const name of ['a', 'b', 'c', 'd']) api.world.set(name, { last: 1 });
      await caughtUp();
      assert.ok(lists() >= 1);
      await stop();
      api.close();
    }),
    { numRuns: 25 },
  );
});
