// Our copy of a ledger, as writes, echoes of the watch and redeliveries meet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LedgerCopy } from '../../../src/controllers/ledger-copy.ts';
import { recordAttempt } from '../../../src/events/ledger.ts';
import { decideSubscription } from '../../../src/events/subscription.ts';
import { analysisOf, endpointOf, respond, timeAt } from '../events/samples.ts';

const endpoint = endpointOf('partner');
const { uid } = endpoint.metadata;
const { subscriptions } = decideSubscription(analysisOf({ notifyViaWebhook: true }), [endpoint]);

/** Subscribed and committed at 30 %. */
function running(): LedgerCopy {
  const copy = new LedgerCopy('me');
  copy.climb({ phase: 'Analyzing', percentage: 30 }, timeAt(0));
  const written = copy.opening(subscriptions);
  copy.committed(written, { ...written, revision: 1 });
  return copy;
}

const deliver = (copy: LedgerCopy, ...sequences: number[]) => {
  for (const sequence of sequences)
    copy.change((ledger) => recordAttempt(ledger, uid, { delivered: true, response: respond(sequence, 1) }));
};

const states = ({ working }: LedgerCopy) => working.endpoints[0]?.deliveries.map(({ state }) => state);

test('what is reached before the subscription is owed with it, also a peak that went back', () => {
  const copy = new LedgerCopy('me');
  copy.climb({ phase: 'Analyzing', percentage: 40 }, timeAt(0));
  copy.climb({ phase: 'Analyzing', percentage: 10 }, timeAt(1));
  const written = copy.opening(subscriptions);
  assert.deepEqual(
    written.endpoints[0]?.deliveries.map(({ sequence }) => sequence),
    [1, 2, 3, 4, 5],
  );
});

test('what is reached while the subscription is written is owed after it', () => {
  const copy = new LedgerCopy('me');
  copy.climb({ phase: 'Analyzing', percentage: 10 }, timeAt(0));
  const written = copy.opening(subscriptions);
  copy.climb({ phase: 'Analyzing', percentage: 20 }, timeAt(1));
  copy.committed(written, { ...written, revision: 1 });
  assert.deepEqual(states(copy), ['Owed', 'Owed', 'Owed']);
  assert.equal(copy.isDirty, true);
});

test('the watch may show our own write before its answer comes', () => {
  const copy = running();
  deliver(copy, 1);
  const written = copy.working;
  copy.take({ ...written, revision: 2 });
  assert.equal(copy.isDirty, false);
  deliver(copy, 2);
  copy.committed(written, { ...written, revision: 2 });
  assert.equal(copy.isDirty, true);
  assert.deepEqual(states(copy), ['Delivered', 'Delivered', 'Owed', 'Owed']);
});

test('a redelivery that is not stored keeps what was acknowledged before it', () => {
  const copy = running();
  deliver(copy, 1);
  const stored = { ...copy.working, revision: 2 };
  deliver(copy, 2);
  copy.redeliver('1.again');
  assert.equal(copy.isRedeliveryOpen, true);
  // The write of before comes back through the watch: it knows neither.
  copy.take(stored);
  assert.deepEqual(states(copy), ['Delivered', 'Delivered', 'Owed', 'Owed']);
  copy.redeliver('1.again');
  assert.deepEqual(states(copy), ['Owed', 'Delivered', 'Owed', 'Owed']);
});

test('a ledger that is gone is opened anew with what was reached', () => {
  const copy = running();
  copy.reopen();
  assert.equal(copy.stored, undefined);
  assert.deepEqual(
    copy.opening(subscriptions).events.map(({ sequence }) => sequence),
    [1, 2, 3, 4],
  );
});
