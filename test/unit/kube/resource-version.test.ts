// Which of two resource versions came first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isOlderVersion } from '../../../src/kube/resource-version.ts';

test('versions are compared as numbers, however large', () => {
  const version = fc.bigInt({ min: 0n, max: 2n ** 64n });
  fc.assert(
    fc.property(version, version, (one, two) => {
      assert.equal(isOlderVersion(String(one), String(two)), one < two);
    }),
  );
  assert.equal(isOlderVersion('9', '10'), true);
  assert.equal(isOlderVersion('9007199254740992', '9007199254740993'), true);
});

test('a version that is no number is never called older', () => {
  for (const odd of ['', 'a', '-1', '1.5', '1e3']) {
    assert.equal(isOlderVersion(odd, '10'), false);
    assert.equal(isOlderVersion('10', odd), false);
  }
});
