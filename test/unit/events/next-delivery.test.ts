// What is done next for one analysis and one endpoint.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Delivery } from '../../../src/api/ledger.ts';
import {
  type DeliveryTimes,
  type EndpointNow,
  type NextDelivery,
  nextDelivery,
} from '../../../src/events/next-delivery.ts';
import { deliveriesTo, happenings, live, opened, paths } from './samples.ts';

const ready: EndpointNow = { enabled: true, gone: false, maxAttempts: 15, maxAgeMs: 60_000 };
const delivered: Delivery = { sequence: 1, state: 'Delivered', attempts: 1 };
const owed: Delivery = { sequence: 2, state: 'Owed', attempts: 3 };
const later: Delivery = { sequence: 3, state: 'Owed', attempts: 0 };
const deliveries = [delivered, owed, later];

const now = (ageMs: number, dueInMs: number): DeliveryTimes => ({
  ageMs: () => ageMs,
  dueInMs: () => dueInMs,
});

function decide(endpoint: Partial<EndpointNow> | undefined, ageMs = 1000, dueInMs = -1): NextDelivery {
  const current = endpoint === undefined ? undefined : { ...ready, ...endpoint };
  return nextDelivery({ deliveries }, current, now(ageMs, dueInMs));
}

test('the lowest that is owed is sent when it is due', () => {
  assert.deepEqual(decide({}), { action: 'send', delivery: owed });
  assert.deepEqual(decide({}, 1000, 0), { action: 'send', delivery: owed });
});

test('a later one waits for it, although it is due itself', () => {
  const times: DeliveryTimes = {
    ageMs: () => 1000,
    dueInMs: (sequence) => (sequence === owed.sequence ? 700 : -1),
  };
  assert.deepEqual(nextDelivery({ deliveries }, ready, times), { action: 'wait', forMs: 700 });
});

test('a wait ends with the age of what waits', () => {
  assert.deepEqual(decide({}, 59_900, 5000), { action: 'wait', forMs: 100 });
});

test('without anything owed there is nothing to do, whether the endpoint exists or not', () => {
  for (const endpoint of [ready, undefined])
    assert.deepEqual(nextDelivery({ deliveries: [delivered] }, endpoint, now(0, 0)), { action: 'idle' });
});

test('nothing is sent to an endpoint that is disabled or gone: it is kept until it is too old', () => {
  assert.deepEqual(decide({ enabled: false }), { action: 'wait', forMs: 59_000 });
  assert.deepEqual(decide({ gone: true }), { action: 'wait', forMs: 59_000 });
  assert.deepEqual(decide({ enabled: false }, 60_000), {
    action: 'giveUp',
    delivery: owed,
    reason: 'MaxAgeReached',
  });
});

test('what was owed to an endpoint that is deleted is given up', () => {
  assert.deepEqual(decide(undefined), { action: 'giveUp', delivery: owed, reason: 'EndpointDeleted' });
});

test('what is too old is given up, although it is not due or has attempts left', () => {
  const givenUp = { action: 'giveUp', delivery: owed, reason: 'MaxAgeReached' };
  assert.deepEqual(decide({}, 60_000, 5000), givenUp);
  assert.deepEqual(decide({}, 90_000), givenUp);
});

test('after the last attempt it is given up, at once where maxAttempts was lowered', () => {
  const givenUp = { action: 'giveUp', delivery: owed, reason: 'MaxAttemptsReached' };
  assert.deepEqual(decide({ maxAttempts: 4 }), { action: 'send', delivery: owed });
  assert.deepEqual(decide({ maxAttempts: 3 }, 1000, 5000), givenUp);
  assert.deepEqual(decide({ maxAttempts: 1 }), givenUp);
});

const endpoints = fc.option(
  fc.record({
    enabled: fc.boolean(),
    gone: fc.boolean(),
    maxAttempts: fc.integer({ min: 1, max: 5 }),
    maxAgeMs: fc.integer({ min: 60_000, max: 120_000 }),
  }),
  { nil: undefined },
);
const milliseconds = fc.array(fc.integer({ min: -10_000, max: 130_000 }), { minLength: 12, maxLength: 12 });

test('no sequence is picked while a lower one is owed, whatever has happened', () => {
  fc.assert(
    fc.property(
      paths('any'),
      happenings,
      endpoints,
      milliseconds,
      milliseconds,
      (path, history, endpoint, ages, dues) => {
        const ledger = live(opened, path, history).at(-1) ?? opened;
        for (const { name } of ledger.endpoints) {
          const next = nextDelivery({ deliveries: deliveriesTo(ledger, name) }, endpoint, {
            ageMs: (sequence) => Math.abs(ages[sequence] ?? 0),
            dueInMs: (sequence) => dues[sequence] ?? 0,
          });
          const owed = deliveriesTo(ledger, name).filter(({ state }) => state === 'Owed');
          const lowest = Math.min(...owed.map(({ sequence }) => sequence));
          if (next.action === 'idle') assert.equal(owed.length, 0);
          else if (next.action === 'wait') assert.ok(next.forMs > 0);
          else assert.equal(next.delivery.sequence, lowest);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('acting on what is decided comes to an end: within maxAttempts nothing is owed any more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.nat({ max: 11 }), (maxAttempts, count) => {
      let left = Array.from(
        { length: count },
        (_, index): Delivery => ({
          sequence: index + 1,
          state: 'Owed',
          attempts: 0,
        }),
      );
      for (let steps = count * (maxAttempts + 1); steps > 0; steps--) {
        const next = nextDelivery({ deliveries: left }, { ...ready, maxAttempts }, now(0, 0));
        assert.ok(next.action === 'send' || next.action === 'giveUp');
        const { delivery } = next;
        const change: Partial<Delivery> =
          next.action === 'send' ? { attempts: delivery.attempts + 1 } : { state: 'GivenUp' };
        left = left.map((one) => (one === delivery ? { ...one, ...change } : one));
      }
      assert.deepEqual(nextDelivery({ deliveries: left }, ready, now(0, 0)), { action: 'idle' });
    }),
  );
});
