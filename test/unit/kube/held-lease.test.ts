// A Lease is ours from when we asked for it, not from when the answer came: answers that come late or out of turn.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { KubeClient } from '../../../src/kube/client.ts';
import { HeldLease } from '../../../src/kube/held-lease.ts';
import { parseLease } from '../../../src/kube/lease.ts';
import { json, startApiStandIn } from '../../support/api-stand-in.ts';
import { until } from '../../support/until.ts';

const durationMs = 15_000;
const deadlineMs = 10_000;

/** A Lease, a clock that moves by hand, and requests that are answered by hand. */
async function start(t: TestContext) {
  const api = await startApiStandIn(t);
  const client = new KubeClient(api.config, { userAgent: 'test' });
  t.after(() => client.close());
  const clock = { nowMs: 1000 };
  const held = new HeldLease({
    client,
    namespace: 'n',
    name: 'a',
    labels: {},
    identity: 'one',
    durationMs,
    now: () => clock.nowMs,
  });
  api.other = () => {};
  const answer = (index: number, status: number) => {
    const request = api.requests[index];
    assert.ok(request);
    json(request.response, status, {});
  };
  const arrived = (count: number) => until(() => api.requests.length === count, `request ${count} is there`);
  const takeNow = async () => {
    const taking = held.take(undefined);
    await arrived(1);
    answer(0, 201);
    assert.equal(await taking, true);
  };
  return { held, clock, answer, arrived, takeNow };
}

test('it is ours for two thirds of its duration from when it was asked for', async (t) => {
  const { held, clock, answer, arrived } = await start(t);
  const taking = held.take(undefined);
  await arrived(1);
  clock.nowMs += 4000;
  answer(0, 201);
  assert.equal(await taking, true);
  assert.equal(held.leftMs, deadlineMs - 4000);
  clock.nowMs += deadlineMs - 4000;
  assert.equal(held.isHeld, false);
});

test('an answer that comes when it has run out already gives nothing', async (t) => {
  const { held, clock, answer, arrived } = await start(t);
  const taking = held.take(undefined);
  await arrived(1);
  clock.nowMs += deadlineMs;
  answer(0, 201);
  assert.equal(await taking, false);
  assert.equal(held.isHeld, false);
});

test('of two renewals the later one counts, in whatever order they are answered', async (t) => {
  const { held, clock, answer, arrived, takeNow } = await start(t);
  await takeNow();
  const first = held.renew();
  await arrived(2);
  clock.nowMs += 3000;
  const second = held.renew();
  await arrived(3);
  answer(2, 200);
  assert.equal(await second, true);
  answer(1, 200);
  assert.equal(await first, true);
  assert.equal(held.leftMs, deadlineMs);
});

test('the late answer to a renewal does not bring back what was given back', async (t) => {
  const { held, answer, arrived, takeNow } = await start(t);
  await takeNow();
  const renewing = held.renew();
  await arrived(2);
  const releasing = held.release();
  await arrived(3);
  answer(2, 200);
  await releasing;
  answer(1, 200);
  assert.equal(await renewing, false);
  assert.equal(held.isHeld, false);
});

test('the late refusal of a renewal does not lose what was taken anew', async (t) => {
  const { held, clock, answer, arrived, takeNow } = await start(t);
  await takeNow();
  const renewing = held.renew();
  await arrived(2);
  clock.nowMs += deadlineMs;
  const metadata = { name: 'a', resourceVersion: '7' };
  const taking = held.take(parseLease({ metadata, spec: { holderIdentity: 'one' } }));
  await arrived(3);
  answer(2, 200);
  assert.equal(await taking, true);
  answer(1, 422);
  assert.equal(await renewing, false);
  assert.equal(held.isHeld, true);
});
