// The ledger's transitions: what is owed, what came of it, and when it is over.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import type { Ledger } from '../../../src/api/ledger.ts';
import { emptyLedger, giveUp, openLedger, owedCount, recordAttempt } from '../../../src/events/ledger.ts';
import { wantsType } from '../../../src/events/subscription.ts';
import {
  deliveriesTo,
  deliveryTo,
  happenings,
  live,
  opened,
  paths,
  respond,
  see,
  stored,
  subscriptionOf,
  timeAt,
  uidOf,
} from './samples.ts';

const done = see(opened, { phase: 'Success' });

test('a ledger that opens without subscriptions is settled, and tells nothing', () => {
  const nobody = openLedger([], 'replica-1');
  assert.equal(nobody.state, 'Settled');
  assert.equal(see(nobody, { phase: 'Success' }), nobody);
});

test('before the subscription a ledger gathers what is reached', () => {
  const gathered = see(emptyLedger('replica-1'), { phase: 'Analyzing', percentage: 20 });
  assert.equal(gathered.state, 'Active');
  assert.deepEqual(
    gathered.events.map(({ sequence }) => sequence),
    [1, 2, 3],
  );
});

test('a rung is owed to every endpoint that wants its type, from the time it was first seen', () => {
  const ledger = see(opened, { phase: 'Analyzing', percentage: 12 }, timeAt(5));
  assert.deepEqual(deliveriesTo(ledger, 'all'), [
    { sequence: 1, state: 'Owed', attempts: 0 },
    { sequence: 2, state: 'Owed', attempts: 0 },
  ]);
  assert.deepEqual(deliveriesTo(ledger, 'ends'), []);
  assert.deepEqual(deliveriesTo(ledger, 'progress'), [{ sequence: 2, state: 'Owed', attempts: 0 }]);
  assert.deepEqual(
    ledger.events.map(({ time }) => time),
    [timeAt(5), timeAt(5)],
  );
  assert.equal(ledger.lastSequence, 2);
  assert.equal(ledger.highestPercentage, 12);
});

test('the ledger keeps the highest percentage when a later rung comes with a lower one', () => {
  const peak = see(opened, { phase: 'Analyzing', percentage: 57 });
  assert.equal(see(peak, { phase: 'Failed', percentage: 20 }).highestPercentage, 57);
  assert.equal(see(peak, { phase: 'Success', percentage: 60 }).highestPercentage, 100);
});

test('a failed attempt stays owed, with what came of it and when the next one is due', () => {
  const response = respond(1, 1, { statusCode: 503, status: '503 Service Unavailable' });
  const ledger = recordAttempt(done, uidOf('all'), {
    delivered: false,
    response,
    nextAttemptTime: timeAt(30),
  });
  assert.deepEqual(deliveryTo(ledger, 'all', 1), {
    sequence: 1,
    state: 'Owed',
    attempts: 1,
    time: timeAt(1),
    statusCode: 503,
    nextAttemptTime: timeAt(30),
  });
  assert.deepEqual(ledger.endpoints[0]?.lastResponse, response);
  assert.equal(ledger.lastStatusCode, 503);
});

test('an attempt without an answer leaves the status code of the last answer', () => {
  const answered = recordAttempt(done, uidOf('all'), {
    delivered: false,
    response: respond(1, 1, { statusCode: 500 }),
  });
  const { statusCode: _, ...response } = respond(1, 2);
  const ledger = recordAttempt(answered, uidOf('all'), { delivered: false, response });
  assert.equal(ledger.lastStatusCode, 500);
  assert.deepEqual(deliveryTo(ledger, 'all', 1), {
    sequence: 1,
    state: 'Owed',
    attempts: 2,
    time: timeAt(2),
  });
});

test('a delivery that is given up keeps what came of its attempts, and is not due any more', () => {
  const tried = recordAttempt(done, uidOf('all'), {
    delivered: false,
    response: respond(1, 1, { statusCode: 500 }),
    nextAttemptTime: timeAt(30),
  });
  assert.deepEqual(deliveryTo(giveUp(tried, uidOf('all'), 1, 'MaxAgeReached'), 'all', 1), {
    sequence: 1,
    state: 'GivenUp',
    attempts: 1,
    time: timeAt(1),
    statusCode: 500,
    reason: 'MaxAgeReached',
  });
});

test('a failed attempt that is reported late does not take back a newer one', () => {
  const newer = recordAttempt(done, uidOf('all'), { delivered: false, response: respond(1, 5) });
  for (const attempt of [2, 5]) {
    const late = { delivered: false, response: respond(1, attempt, { statusCode: 500 }) };
    assert.equal(recordAttempt(newer, uidOf('all'), late), newer);
  }
  const acknowledged = recordAttempt(newer, uidOf('all'), { delivered: true, response: respond(1, 2) });
  assert.equal(deliveryTo(acknowledged, 'all', 1)?.state, 'Delivered');
  assert.equal(deliveryTo(acknowledged, 'all', 1)?.attempts, 5);
});

test('what is unknown or not owed changes nothing', () => {
  const record = { delivered: true, response: respond(1) };
  assert.equal(recordAttempt(done, 'unknown', record), done);
  assert.equal(recordAttempt(done, uidOf('ends'), record), done);
  assert.equal(giveUp(done, 'unknown', 1, 'EndpointDeleted'), done);
  const delivered = recordAttempt(done, uidOf('all'), record);
  assert.equal(recordAttempt(delivered, uidOf('all'), record), delivered);
  assert.equal(giveUp(delivered, uidOf('all'), 1, 'MaxAgeReached'), delivered);
});

test('what is owed is counted over all endpoints, or for one', () => {
  assert.equal(owedCount(done), 11 + 1 + 9);
  assert.equal(owedCount(done, uidOf('progress')), 9);
  assert.equal(owedCount(done, 'unknown'), 0);
});

test('the end settles a ledger at once where nobody wants what was reached', () => {
  const picky = openLedger([subscriptionOf('failures', ['analysis.failed'])], 'replica-1');
  assert.equal(see(picky, { phase: 'Success' }).state, 'Settled');
  assert.equal(see(picky, { phase: 'Failed' }).state, 'Active');
});

const finals = (ledger: Ledger) =>
  ledger.endpoints.flatMap(({ uid, deliveries }) =>
    deliveries.filter(({ state }) => state !== 'Owed').map((one) => ({ uid, ...one })),
  );

/** What is true of every ledger. */
function assertSound(ledger: Ledger): void {
  const hasEnd = ledger.events.some(({ sequence }) => sequence === 11);
  assert.equal(ledger.state, hasEnd && owedCount(ledger) === 0 ? 'Settled' : 'Active');
  assert.equal(ledger.lastSequence, Math.max(0, ...ledger.events.map(({ sequence }) => sequence)));
  for (const { events, deliveries } of ledger.endpoints) {
    const wanted = ledger.events.filter(({ type }) => wantsType(events, type));
    assert.deepEqual(
      deliveries.map(({ sequence }) => sequence),
      wanted.map(({ sequence }) => sequence),
    );
  }
  assert.deepEqual(stored(ledger), ledger);
}

test('whatever happens: settled exactly at the end with nothing owed, one delivery for each wanted event', () => {
  fc.assert(
    fc.property(paths('any'), happenings, (path, history) => {
      for (const ledger of live(opened, path, history)) assertSound(ledger);
    }),
    { numRuns: 300 },
  );
});

test('whatever happens: what was delivered or given up stays as it is, and so do events and subscriptions', () => {
  fc.assert(
    fc.property(paths('any'), happenings, (path, history) => {
      const ledgers = live(opened, path, history);
      for (const [index, after] of ledgers.slice(1).entries()) {
        const before = ledgers[index] ?? opened;
        for (const one of finals(before))
          assert.ok(finals(after).some((other) => isDeepStrictEqual(one, other)));
        assert.deepEqual(after.events.slice(0, before.events.length), before.events);
        assert.deepEqual(
          after.endpoints.map(({ uid, events }) => ({ uid, events })),
          before.endpoints.map(({ uid, events }) => ({ uid, events })),
        );
      }
    }),
    { numRuns: 300 },
  );
});

test('whatever happens: the reference changes exactly when the content does', () => {
  fc.assert(
    fc.property(paths('any'), happenings, (path, history) => {
      const ledgers = live(opened, path, history);
      for (const [index, after] of ledgers.slice(1).entries()) {
        const before = ledgers[index] ?? opened;
        assert.equal(after !== before, !isDeepStrictEqual(after, before));
      }
    }),
    { numRuns: 300 },
  );
});
