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

const ready: EndpointNow = {
  enabled: true,
  gone: false,
  circuitOpen: false,
  maxAttempts: 15,
  maxAgeMs: 60_000,
  ordering: 'InOrder',
  progress: 'EveryMilestone',
};
const delivered: Delivery = { sequence: 1, state: 'Delivered', attempts: 1 };
const owed: Delivery = { sequence: 2, state: 'Owed', attempts: 3 };
const later: Delivery = { sequence: 3, state: 'Owed', attempts: 0 };
const deliveries = [delivered, owed, later];

const now = (ageMs: number, dueInMs: number, busy: readonly number[] = []): DeliveryTimes => ({
  ageMs: () => ageMs,
  dueInMs: () => dueInMs,
  isBusy: (sequence) => busy.includes(sequence),
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
    isBusy: () => false,
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

test('in order nothing else begins while an attempt is under way', () => {
  assert.deepEqual(nextDelivery({ deliveries }, ready, now(0, 0, [2])), { action: 'idle' });
});

test('while the circuit is open a probe is stood in line for, due or not, until the event is too old', () => {
  assert.deepEqual(decide({ circuitOpen: true }, 1000, 5000), {
    action: 'probe',
    delivery: owed,
    forMs: 59_000,
  });
  assert.equal(decide({ circuitOpen: true }, 60_000).action, 'giveUp');
  assert.equal(decide({ circuitOpen: true, enabled: false }).action, 'wait');
});

test('unordered, each is looked at by itself, and those under way are left out', () => {
  const unordered: EndpointNow = { ...ready, ordering: 'Unordered' };
  const times = { ...now(1000, 0, [2]), dueInMs: (sequence: number) => (sequence === 2 ? 700 : -1) };
  assert.deepEqual(nextDelivery({ deliveries }, unordered, times), { action: 'send', delivery: later });
  const waiting = { ...times, isBusy: () => false, dueInMs: (sequence: number) => sequence * 100 };
  assert.deepEqual(nextDelivery({ deliveries }, unordered, waiting), { action: 'wait', forMs: 200 });
});

test('of several progress events that wait only the newest is left; start and end are no progress', () => {
  const latest: EndpointNow = { ...ready, progress: 'LatestOnly' };
  const all = [1, 2, 3, 4, 11].map((sequence): Delivery => ({ sequence, state: 'Owed', attempts: 0 }));
  const superseded: number[] = [];
  let left = all;
  for (;;) {
    const next = nextDelivery({ deliveries: left }, latest, now(0, 0));
    if (next.action !== 'supersede') break;
    superseded.push(next.delivery.sequence);
    left = left.map((one) => (one === next.delivery ? { ...one, state: 'Superseded' } : one));
  }
  assert.deepEqual(superseded, [2, 3]);
  assert.deepEqual(nextDelivery({ deliveries: left }, latest, now(0, 0)), {
    action: 'send',
    delivery: all[0],
  });
  // What is under way is not taken back, and what follows waits for it.
  assert.deepEqual(nextDelivery({ deliveries: all.slice(1, 3) }, latest, now(0, 0, [2])), { action: 'idle' });
});

const endpoints = fc.option(
  fc.record({
    enabled: fc.boolean(),
    gone: fc.boolean(),
    circuitOpen: fc.boolean(),
    ordering: fc.constant<'InOrder'>('InOrder'),
    progress: fc.constantFrom<'EveryMilestone' | 'LatestOnly'>('EveryMilestone', 'LatestOnly'),
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
            isBusy: () => false,
          });
          const owed = deliveriesTo(ledger, name).filter(({ state }) => state === 'Owed');
          const lowest = Math.min(...owed.map(({ sequence }) => sequence));
          if (next.action === 'idle') assert.equal(owed.length, 0);
          else if (next.action === 'wait') assert.ok(next.forMs > 0);
          else if (next.action === 'supersede') assert.ok(next.delivery.sequence > 1);
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
