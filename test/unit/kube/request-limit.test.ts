// How the client holds back when the API server has too much to do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestLimit } from '../../../src/kube/request-limit.ts';

const never = new AbortController().signal;
const quick = { durationMs: 5, isTelling: true, isThrottled: false };
const slow = { durationMs: 1500, isTelling: true, isThrottled: false };
const throttled = { durationMs: 5, isTelling: true, isThrottled: true, retryAfterMs: 0 };

/** Moves its own clock on, so that every answer is news. */
function limitOf(most: number) {
  let now = 0;
  const limit = new RequestLimit({ most, now: () => now });
  return {
    limit,
    pass: (ms: number) => (now += ms),
    answer: async (answered: Parameters<RequestLimit['release']>[0]) => {
      await limit.acquire(never);
      now += 1000;
      limit.release(answered);
    },
  };
}

test('as many as the limit are in flight, the others wait for their turn', async () => {
  const { limit } = limitOf(2);
  await Promise.all([limit.acquire(never), limit.acquire(never)]);
  const order: number[] = [];
  const third = limit.acquire(never).then(() => order.push(3));
  const fourth = limit.acquire(never).then(() => order.push(4));
  assert.deepEqual([limit.inFlight, limit.waiting], [2, 2]);
  limit.release(quick);
  await third;
  limit.release(quick);
  await fourth;
  assert.deepEqual(order, [3, 4]);
});

test('a 429 halves the limit, down to one, and quick answers bring it back', async () => {
  const { limit, answer } = limitOf(16);
  await answer(throttled);
  assert.equal(limit.limit, 8);
  for (let count = 0; count < 10; count += 1) await answer(throttled);
  assert.equal(limit.limit, 1);
  for (let count = 0; count < 2000; count += 1) await answer(quick);
  assert.equal(limit.limit, 16);
});

test('many refusals of one moment count once', async () => {
  const { limit } = limitOf(16);
  await Promise.all(Array.from({ length: 16 }, () => limit.acquire(never)));
  for (let count = 0; count < 16; count += 1) limit.release(throttled);
  assert.equal(limit.limit, 8);
});

test('slow writes lower the limit, slow lists do not', async () => {
  const { limit, answer } = limitOf(10);
  await answer({ ...slow, isTelling: false });
  assert.equal(limit.limit, 10);
  await answer(slow);
  assert.equal(limit.limit, 8);
});

test('nothing is sent for as long as a 429 asks', async () => {
  const limit = new RequestLimit({ most: 4 });
  await limit.acquire(never);
  const since = performance.now();
  limit.release({ ...throttled, retryAfterMs: 50 });
  await limit.acquire(never);
  assert.ok(performance.now() - since >= 49);
});

test('a pause that ends between two looks at the clock ends', { timeout: 10_000 }, async () => {
  let now = 0;
  // Every look takes 1 ms, so that of all these pauses some end between any two looks.
  const limit = new RequestLimit({ most: 4, now: () => (now += 1) });
  for (let retryAfterMs = 1; retryAfterMs <= 12; retryAfterMs += 1) {
    await limit.acquire(never);
    limit.release({ ...throttled, retryAfterMs });
    await limit.acquire(never);
    limit.release(quick);
  }
});

test('whoever gives up leaves the line', async () => {
  const { limit } = limitOf(1);
  await limit.acquire(never);
  const giving = new AbortController();
  const second = limit.acquire(giving.signal);
  giving.abort(new Error('too late'));
  await assert.rejects(second, { message: 'too late' });
  assert.equal(limit.waiting, 0);
  limit.release(undefined);
  await limit.acquire(never);
});
