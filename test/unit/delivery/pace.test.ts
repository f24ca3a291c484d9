// How attempts are spread over time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createPace } from '../../../src/delivery/pace.ts';

test('turns are evenly spaced, and a key that comes first need not wait', () => {
  const pace = createPace();
  const waits = [1, 2, 3, 4].map(() => pace.reserveMs('a', 3, 500));
  assert.deepEqual(waits, [0, 334, 667, 1000]);
});

test('a pause earns no burst', () => {
  const pace = createPace();
  pace.reserveMs('a', 10, 0);
  const waits = [1, 2, 3].map(() => pace.reserveMs('a', 10, 60_000));
  assert.deepEqual(waits, [0, 100, 200]);
});

test('the time that has passed counts', () => {
  const pace = createPace();
  pace.reserveMs('a', 10, 0);
  assert.equal(pace.reserveMs('a', 10, 60), 40);
  assert.equal(pace.reserveMs('a', 10, 60), 140);
});

test('keys do not wait for each other', () => {
  const pace = createPace();
  pace.reserveMs('a', 1, 0);
  assert.equal(pace.reserveMs('b', 1, 0), 0);
});

test('a new rate counts from the next turn on', () => {
  const pace = createPace();
  pace.reserveMs('a', 1, 0);
  const waits = [1, 2, 3].map(() => pace.reserveMs('a', 10, 0));
  assert.deepEqual(waits, [1000, 1100, 1200]);
});

test('the rate is reached, whatever it is', () => {
  for (const perSecond of [1, 3, 7, 300, 999, 1000]) {
    const pace = createPace();
    const waits = Array.from({ length: 10 * perSecond + 1 }, () => pace.reserveMs('a', perSecond, 0));
    assert.equal(waits.at(-1), 10_000, String(perSecond));
  }
});

test('idle keys are forgotten', () => {
  const pace = createPace();
  for (let key = 0; key < 10_000; key += 1) pace.reserveMs(`key ${key}`, 1, key * 10);
  // Some 100 of them had a turn in the last second.
  assert.ok(pace.keys < 1000, `${pace.keys} keys`);
  assert.equal(pace.reserveMs('key 9999', 1, 99_990), 1000);
});

test('no second has more turns than the rate, whoever comes when', () => {
  const arrival = fc.record({ key: fc.constantFrom('a', 'b'), afterMs: fc.nat(400).map((ms) => ms / 4) });
  const arrivals = fc.array(arrival, { maxLength: 300 });
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 40 }), (crowd, perSecond) => {
      const pace = createPace();
      const turns: Record<string, number[]> = { a: [], b: [] };
      let nowMs = 0.25;
      for (const { key, afterMs } of crowd) {
        nowMs += afterMs;
        const waitMs = pace.reserveMs(key, perSecond, nowMs);
        assert.ok(waitMs >= 0);
        turns[key]?.push(nowMs + waitMs);
      }
      for (const times of Object.values(turns)) {
        for (const [index, time] of times.entries()) {
          const later = times[index + perSecond];
          assert.ok(later === undefined || later - time >= 1000, `${time} and ${later}`);
        }
      }
    }),
  );
});

test('a key is behind while its next turn is yet to come', () => {
  const pace = createPace();
  assert.equal(pace.isBehind('a', 0), false);
  pace.reserveMs('a', 1, 0);
  assert.equal(pace.isBehind('a', 999), true);
  assert.equal(pace.isBehind('a', 1000), false);
});
