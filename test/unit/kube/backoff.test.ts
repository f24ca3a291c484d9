// How long to wait before the next try.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { backoffMs } from '../../../src/kube/backoff.ts';

const backoff = { baseMs: 100, maxMs: 1000 };

test('the delay doubles with every failure, up to the maximum', () => {
  const delays = [0, 1, 2, 3, 4, 5].map((failures) => backoffMs(backoff, failures, () => 1));
  assert.deepEqual(delays, [100, 200, 400, 800, 1000, 1000]);
});

test('half of the delay is chance', () => {
  const delays = [0, 0.5, 1].map((chance) => backoffMs(backoff, 1, () => chance));
  assert.deepEqual(delays, [100, 150, 200]);
});

test('after any number of failures the delay is positive and no longer than the maximum', () => {
  const chance = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  fc.assert(
    fc.property(fc.nat(), chance, (failures, random) => {
      const delay = backoffMs(backoff, failures, () => random);
      assert.ok(delay >= 50 && delay <= 1000, String(delay));
    }),
  );
});
