// How large the ledger of one analysis can become.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ledger, ledger as ledgerSchema } from '../../../src/api/ledger.ts';
import { describe, maxBytes } from '../../../src/delivery/outcome.ts';
import { recordable } from '../../../src/delivery/response-text.ts';
import { encodedBytes, fitLedger, maxLedgerBytes } from '../../../src/events/fit.ts';
import { giveUp, openLedger, recordAttempt } from '../../../src/events/ledger.ts';
import { decideSubscription, maxSubscriptions } from '../../../src/events/subscription.ts';
import { analysisOf, endpointOf, see, timeAt } from './samples.ts';

/** What a receiver answers that wants to fill the record. */
const hostile = '<'.repeat(1024);

/** Exactly as many bytes as are allowed. */
function filled(bytes: number): string {
  const text = recordable(hostile, bytes);
  return text + 'x'.repeat(bytes - text.length * 6);
}

/** Every endpoint has failed every attempt of every event; the last one is still to be tried again. */
function worst(): Ledger {
  const endpoints = Array.from({ length: maxSubscriptions }, (_, index) =>
    endpointOf(
      `e${index}-`.padEnd(253, 'x'),
      { events: ['analysis.started', 'analysis.progress', 'analysis.completed'] },
      { uid: `0b9a3f0e-6d0f-4c39-9d0c-2f3f2a6f7c${String(index).padStart(2, '0')}` },
    ),
  );
  const { subscriptions } = decideSubscription(analysisOf({ notifyViaWebhook: true }), endpoints);
  const running = see(openLedger(subscriptions, 'x'.repeat(253)), { phase: 'Aggregating', percentage: 100 });
  let ledger = see(running, { phase: 'Success', percentage: 100 });
  for (const { uid } of subscriptions)
    for (const { sequence, type } of ledger.events) {
      const response = {
        sequence,
        attempt: 30,
        time: timeAt(0),
        durationMilliseconds: 30_000,
        statusCode: 503,
        status: filled(maxBytes.status),
        body: filled(maxBytes.body),
        message: describe(type, { outcome: 'rejected', message: hostile }),
      };
      ledger = recordAttempt(ledger, uid, { delivered: false, response, nextAttemptTime: timeAt(3600) });
      if (sequence < 11) ledger = giveUp(ledger, uid, sequence, 'MaxAttemptsReached');
    }
  return { ...ledger, revision: Number.MAX_SAFE_INTEGER, epoch: Number.MAX_SAFE_INTEGER };
}

test('sizes are counted as the API server encodes text', () => {
  assert.equal(encodedBytes('<>&'), 2 + 3 * 6);
  assert.equal(encodedBytes('"\\\n'), 2 + 3 * 2);
  assert.equal(encodedBytes('é'), 2 + 2);
  assert.equal(encodedBytes(filled(maxBytes.body)), 2 + maxBytes.body);
});

test('the largest ledger that can come to be fits the schema', () => {
  const ledger = worst();
  assert.equal(ledger.endpoints.length, maxSubscriptions);
  assert.ok(ledger.endpoints.every(({ deliveries }) => deliveries.length === 11));
  ledgerSchema.parse(ledger);
});

test('the largest ledger is written with at most 64 KB, and with all that decides what comes next', () => {
  const ledger = worst();
  assert.ok(encodedBytes(ledger) > maxLedgerBytes, 'else there is nothing to trim');
  const fitted = fitLedger(ledger);
  assert.ok(encodedBytes(fitted) <= maxLedgerBytes, `${encodedBytes(fitted)} bytes`);
  ledgerSchema.parse(fitted);
  assert.deepEqual(essence(fitted), essence(ledger));
});

test('the largest ledger of an unordered endpoint fits, too', () => {
  const unordered = worst();
  const owed: Ledger = {
    ...unordered,
    endpoints: unordered.endpoints.map((one) => ({
      ...one,
      deliveries: one.deliveries.map(({ reason: _reason, ...delivery }) => ({
        ...delivery,
        state: 'Owed' as const,
        nextAttemptTime: timeAt(3600),
      })),
    })),
  };
  assert.ok(encodedBytes(fitLedger(owed)) <= maxLedgerBytes, `${encodedBytes(fitLedger(owed))} bytes`);
});

test('a ledger that fits is written as it is, and 21 endpoints always fit', () => {
  const ledger = worst();
  const few = { ...ledger, endpoints: ledger.endpoints.slice(0, 21) };
  assert.ok(encodedBytes(few) <= maxLedgerBytes, `${encodedBytes(few)} bytes`);
  assert.equal(fitLedger(few), few);
  const terse = openLedger(
    decideSubscription(analysisOf({ notifyViaWebhook: true }), [endpointOf('one')]).subscriptions,
    'me',
  );
  const many = { ...terse, endpoints: Array.from({ length: 32 }, () => terse.endpoints[0]!) };
  assert.equal(fitLedger(many), many);
});

/** Without what only people read. */
function essence(ledger: Ledger) {
  return ledger.endpoints.map(({ deliveries, lastResponse: { body: _body, ...response } = {}, ...one }) => ({
    ...one,
    response,
    deliveries: deliveries.map(({ time: _time, ...delivery }) => delivery),
  }));
}
