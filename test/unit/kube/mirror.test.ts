// What was listed and watched, applied to a store.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { Mirror, type ReflectorHandlers } from '../../../src/kube/mirror.ts';
import { Store } from '../../../src/kube/store.ts';
import { Told } from '../../support/told.ts';
import { type ConfigMap, contentsOf, parse } from './mirrored.ts';

interface Made {
  uid?: string;
  version?: number;
  generation?: number;
  namespace?: string;
  data?: unknown;
}

const raw = (name: string, made: Made = {}) => {
  const { uid = `uid of ${name}`, version = 1, generation = 1, namespace = 'default', data = {} } = made;
  return { metadata: { name, namespace, uid, resourceVersion: String(version), generation }, data };
};

function mirrored(t: TestContext, handlers?: ReflectorHandlers<ConfigMap>) {
  const store = new Store<ConfigMap>();
  const told = new Told(t, store);
  const logs: string[] = [];
  const mirror = new Mirror({
    parse,
    store,
    handlers: handlers ?? told,
    log: (level, event, fields) => logs.push(`${level}: ${event} ${JSON.stringify(fields)}`),
  });
  return { store, told: told.log, mirror, logs };
}

test('an object is told when it is new, changed or deleted, and not when it comes again as it was', (t) => {
  const { store, told, mirror } = mirrored(t);
  assert.equal(mirror.upsert(raw('a')), 'default/a');
  mirror.upsert(raw('a'));
  mirror.upsert(raw('a', { version: 2 }));
  mirror.delete(raw('a', { version: 3 }));
  assert.deepEqual(told, ['upsert default/a', 'upsert default/a', 'delete default/a']);
  assert.equal(store.size, 0);
});

test('an object made anew under its name is a delete and then an upsert without a previous one', (t) => {
  const { store, told, mirror } = mirrored(t);
  mirror.upsert(raw('a'));
  mirror.upsert(raw('a', { uid: 'another', version: 5 }));
  assert.deepEqual(told, ['upsert default/a', 'delete default/a', 'upsert default/a']);
  assert.equal(store.get('default/a')?.metadata.uid, 'another');
});

test('a deletion of an object that was never known is told with what came', (t) => {
  const deleted: ConfigMap[] = [];
  const { mirror } = mirrored(t, { upsert: () => {}, delete: (object) => deleted.push(object) });
  mirror.delete(raw('a', { data: { b: 1 } }));
  assert.deepEqual(contentsOf(deleted), ['default/a uid of a 1 {"b":1}']);
});

test('a deletion of a known object is told with the object as last known', (t) => {
  const deleted: ConfigMap[] = [];
  const { mirror } = mirrored(t, { upsert: () => {}, delete: (object) => deleted.push(object) });
  mirror.upsert(raw('a', { version: 7, data: { known: 1 } }));
  mirror.delete(raw('a', { version: 9, data: 'not even an object' }));
  assert.deepEqual(contentsOf(deleted), ['default/a uid of a 7 {"known":1}']);
});

test('after a list, what it did not have is gone', (t) => {
  const { store, told, mirror } = mirrored(t);
  for (const name of ['a', 'b', 'c']) mirror.upsert(raw(name));
  mirror.retain(new Set(['default/b']));
  assert.deepEqual(told.slice(3), ['delete default/a', 'delete default/c']);
  assert.equal(store.size, 1);
});

test('a mirror of one namespace leaves the objects of others in the store', (t) => {
  const store = new Store<ConfigMap>();
  store.set(parse(raw('x', { namespace: 'other' })));
  const told = new Told(t, store);
  const mirror = new Mirror({ parse, store, namespace: 'default', handlers: told, log: () => {} });
  mirror.upsert(raw('a'));
  mirror.retain(new Set());
  assert.deepEqual(contentsOf(store.values()), ['other/x uid of x 1 {}']);
});

test('an object that cannot be parsed is told once per generation, and its older version stays', (t) => {
  const { store, told, mirror, logs } = mirrored(t);
  mirror.upsert(raw('a', { data: { good: 1 } }));
  const bad = (version: number, generation: number) => raw('a', { version, generation, data: 'bad' });
  assert.equal(mirror.upsert(bad(2, 2)), 'default/a');
  mirror.upsert(bad(2, 2));
  mirror.upsert(bad(3, 2));
  mirror.upsert(bad(4, 3));
  mirror.retain(new Set(['default/a']));
  assert.deepEqual(told, ['upsert default/a', 'unparsable default/a', 'unparsable default/a']);
  assert.deepEqual(contentsOf(store.values()), ['default/a uid of a 1 {"good":1}']);
  assert.equal(logs.length, 2);
  assert.match(logs[0] ?? '', /^error: object cannot be parsed .*"key":"default\/a".*must be an object/);
});

test('an object that can be parsed again is an upsert over its older version', (t) => {
  const { told, mirror } = mirrored(t);
  mirror.upsert(raw('a'));
  mirror.upsert(raw('a', { version: 2, generation: 2, data: 'bad' }));
  mirror.upsert(raw('a', { version: 3, generation: 3 }));
  assert.deepEqual(told, ['upsert default/a', 'unparsable default/a', 'upsert default/a']);
});

test('an object made anew that cannot be parsed leaves nothing of the old one', (t) => {
  const { store, told, mirror } = mirrored(t);
  mirror.upsert(raw('a'));
  assert.equal(mirror.upsert(raw('a', { uid: 'another', version: 5, data: 'bad' })), 'default/a');
  mirror.upsert(raw('a', { uid: 'another', version: 6, data: 'bad' }));
  assert.deepEqual(told, ['upsert default/a', 'unparsable default/a', 'delete default/a']);
  assert.equal(store.size, 0);
});

test('an object that could never be parsed is not told when it goes; if it comes back it is told again', (t) => {
  const { told, mirror } = mirrored(t);
  const bad = raw('a', { data: 'bad' });
  mirror.upsert(bad);
  mirror.delete(bad);
  assert.deepEqual(told, ['unparsable default/a']);
  // As when it enters a selection once more.
  mirror.upsert(bad);
  assert.deepEqual(told, ['unparsable default/a', 'unparsable default/a']);
});

test('a handler that throws is logged, and the next object is told all the same', (t) => {
  const bug = new Error('a bug');
  const fails = () => {
    throw bug;
  };
  const handlers = { upsert: fails, delete: fails, unparsable: fails, synced: fails };
  const { store, mirror, logs } = mirrored(t, handlers);
  mirror.upsert(raw('a'));
  mirror.upsert(raw('b', { data: 'bad' }));
  mirror.upsert(raw('c'));
  mirror.synced();
  mirror.retain(new Set(['default/c']));
  assert.deepEqual(contentsOf(store.values()), ['default/c uid of c 1 {}']);
  const failures = logs.filter((line) => line.includes('handler failed'));
  assert.deepEqual(
    failures.map((line) => /"handler":"(\w+)"/.exec(line)?.[1]),
    ['upsert', 'unparsable', 'upsert', 'synced', 'delete'],
  );
});

test('whatever comes as an object, nothing is thrown', (t) => {
  fc.assert(
    fc.property(fc.array(fc.anything()), (values) => {
      const { mirror } = mirrored(t);
      for (const value of values) {
        assert.equal(typeof mirror.upsert(value), 'string');
        mirror.delete(value);
      }
    }),
  );
});

test('very many objects that cannot be parsed are each told', (t) => {
  const { told, mirror } = mirrored(t);
  for (let count = 0; count < 2500; count += 1) mirror.upsert(raw(`object-${count}`, { data: 'bad' }));
  assert.equal(told.length, 2500);
});
