// How large the ledger of one analysis can become.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ledger, ledger as ledgerSchema } from '../../../src/api/ledger.ts';
import { describe, maxBytes } from '../../../src/delivery/outcome.ts';
import { recordable } from '../../../src/delivery/response-text.ts';
import { giveUp, openLedger, recordAttempt } from '../../../src/events/ledger.ts';
import { decideSubscription, maxSubscriptions } from '../../../src/events/subscription.ts';
import { analysisOf, endpointOf, see, timeAt } from './samples.ts';

const maxLedgerBytes = 65_536;

/** Bytes of the JSON that the API server makes of it: Go's encoder escapes what HTML might trip over. */
function encodedBytes(value: unknown): number {
  const json = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Buffer.byteLength(json);
}

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

// With the present bounds it has 91,531 bytes, of which the deliveries alone are 45,536.
test('the largest ledger that can come to be is at most 64 KB', { todo: 'narrower bounds' }, () => {
  const bytes = encodedBytes(worst());
  assert.ok(bytes <= maxLedgerBytes, `${bytes} bytes`);
});
