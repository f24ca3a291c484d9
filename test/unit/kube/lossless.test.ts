// Numbers that a double cannot hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseLossless } from '../../../src/kube/lossless.ts';

test('numbers are written as they were read', () => {
  const text =
    '{"big":9007199254740993,"precise":0.1000000000000000055511151231257827,"plain":[1,-2.5],"zero":-0}';
  assert.equal(JSON.stringify(parseLossless(text)), text);
});

test('what a double holds is a plain number', () => {
  assert.deepEqual(parseLossless('{"a":[1,2.5,"x",null,true]}'), { a: [1, 2.5, 'x', null, true] });
});

test('any JSON comes back as the same text', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const compact = JSON.stringify(JSON.parse(text));
      assert.equal(JSON.stringify(parseLossless(compact)), compact);
    }),
  );
});

test('depth costs digits and nothing else', () => {
  const deep = `${'['.repeat(3000)}1${']'.repeat(3000)}`;
  assert.equal(JSON.stringify(parseLossless(deep)), deep);
});
