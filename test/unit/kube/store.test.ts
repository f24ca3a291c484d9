// The objects of one type as last seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { keyOf, Store, type StoredObject } from '../../../src/kube/store.ts';

const object = (namespace: string, name: string, resourceVersion = '1'): StoredObject => ({
  metadata: { namespace, name, uid: `uid of ${namespace}/${name}`, resourceVersion },
});

test('an object is found by its key and among those of its namespace', () => {
  const store = new Store();
  const a = object('one', 'a');
  const b = object('two', 'b');
  store.set(a);
  store.set(b);
  assert.equal(store.get('one/a'), a);
  assert.deepEqual([...store.values()], [a, b]);
  assert.deepEqual([...store.byNamespace('one')], [a]);
  assert.deepEqual([...store.byNamespace('three')], []);
});

test('objects are counted by what is wanted of their namespace', () => {
  const store = new Store();
  for (const name of ['a', 'b']) store.set(object('one', name));
  store.set(object('two', 'a'));
  assert.equal(
    store.count((namespace) => namespace === 'one'),
    2,
  );
  assert.equal(
    store.count(() => true),
    3,
  );
});

test('an object of the whole cluster has the empty namespace', () => {
  const store = new Store();
  store.set(object('', 'node'));
  assert.ok(store.get('/node'));
  assert.equal([...store.byNamespace('')].length, 1);
});

const step = fc.record({
  action: fc.constantFrom('set', 'set', 'delete'),
  namespace: fc.constantFrom('one', 'two', ''),
  name: fc.constantFrom('a', 'b', 'c'),
});

test('after any history both views have what was set last and not deleted since', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const store = new Store();
      const expected = new Map<string, StoredObject>();
      for (const [index, { action, namespace, name }] of steps.entries()) {
        const current = object(namespace, name, String(index));
        if (action === 'set') {
          store.set(current);
          expected.set(keyOf(current), current);
        } else {
          store.delete(keyOf(current));
          expected.delete(keyOf(current));
        }
      }
      assert.equal(store.size, expected.size);
      assert.deepEqual(new Map([...store.values()].map((one) => [keyOf(one), one])), expected);
      for (const namespace of ['one', 'two', '']) {
        const inIt = [...expected.values()].filter(({ metadata }) => metadata.namespace === namespace);
        assert.deepEqual(new Set(store.byNamespace(namespace)), new Set(inIt));
      }
    }),
  );
});
