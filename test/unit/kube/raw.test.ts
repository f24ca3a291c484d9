// Fields of JSON that nobody has checked yet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isObject, listAt, numberAt, objectAt, textAt } from '../../../src/kube/raw.ts';

test('a member of the right type is read', () => {
  const value = { object: { a: 1 }, text: 'b', number: 0, list: [undefined] };
  assert.equal(objectAt(value, 'object'), value.object);
  assert.equal(textAt(value, 'text'), 'b');
  assert.equal(numberAt(value, 'number'), 0);
  assert.equal(listAt(value, 'list'), value.list);
});

test('of anything else an empty value is read, and nothing throws', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string(), (value, name) => {
      assert.equal(isObject(objectAt(value, name)), true);
      assert.equal(typeof textAt(value, name), 'string');
      assert.ok(['number', 'undefined'].includes(typeof numberAt(value, name)));
      assert.ok(Array.isArray(listAt(value, name)));
    }),
  );
  const wrong = { text: 1, number: '1', list: {}, object: [] };
  assert.equal(textAt(wrong, 'text'), '');
  assert.equal(numberAt(wrong, 'number'), undefined);
  assert.deepEqual(listAt(wrong, 'list'), []);
  assert.deepEqual(objectAt(wrong, 'object'), {});
});

test('an object is neither null nor an array', () => {
  assert.deepEqual([{}, null, [], 'a', undefined].map(isObject), [true, false, false, false, false]);
});
