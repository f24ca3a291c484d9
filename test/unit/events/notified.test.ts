// The Notified condition, as people and programs read it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { condition } from '../../../src/api/fields.ts';
import type { Ledger } from '../../../src/api/ledger.ts';
import { giveUp, openLedger, recordAttempt } from '../../../src/events/ledger.ts';
import { endpointLimitMessage, notified } from '../../../src/events/notified.ts';
import { perJobName } from '../../../src/events/subscription.ts';
import { analysisOf, opened, respond, see, subscriptionOf, timeAt, uidOf } from './samples.ts';

const optedIn = analysisOf({ notifyViaWebhook: true });
const optedOut = analysisOf({ notifyViaWebhook: false });
const nobody = openLedger([], 'replica-1');

const namesOf = (count: number) => Array.from({ length: count }, (_, index) => `end-${index + 1}`);

/** Endpoints of these names that want the end alone, which is reached. */
function ended(names: readonly string[]): Ledger {
  const subscriptions = names.map((name) => subscriptionOf(name, ['analysis.completed']));
  return see(openLedger(subscriptions, 'replica-1'), { phase: 'Success' });
}

function deliverAll(ledger: Ledger): Ledger {
  return ledger.endpoints.reduce(
    (one, { uid }) => recordAttempt(one, uid, { delivered: true, response: respond(11) }),
    ledger,
  );
}

test('an analysis that did not opt in and that nobody takes is OptedOut', () => {
  const { type, status, reason, message } = notified(optedOut, nobody);
  assert.deepEqual([type, status, reason], ['Notified', 'False', 'OptedOut']);
  assert.match(message, /spec\.notifyViaWebhook is false/);
});

test('an analysis that opted in and found no endpoint is NotSubscribed', () => {
  const { status, reason, message } = notified(optedIn, nobody);
  assert.deepEqual([status, reason], ['False', 'NotSubscribed']);
  assert.match(message, /No enabled WebhookEndpoint/);
});

test('it says why those did not want the analysis that might have, as far as it is told', () => {
  const declined = namesOf(4).map((name) => ({ name, why: 'was disabled' }));
  const told = ' end-1 was disabled, end-2 was disabled, end-3 was disabled and 1 more.';
  for (const analysis of [optedIn, optedOut]) {
    const { message } = notified(analysis, nobody);
    assert.equal(notified(analysis, nobody, declined).message, message + told);
  }
});

test('while events are on their way it is Unknown', () => {
  const { status, reason, message } = notified(optedIn, opened);
  assert.deepEqual([status, reason], ['Unknown', 'Delivering']);
  assert.equal(
    message,
    'Notifying all, ends, progress. ' +
      'status.delivery says what is owed; the Delivering condition of a WebhookEndpoint says why.',
  );
});

test('where the analysis brings its own URL and nobody else is told, no WebhookEndpoint is named', () => {
  const { message } = notified(optedOut, ended([perJobName]));
  assert.equal(
    message,
    'Notifying spec.webhookUrl. status.delivery says what is owed and what was answered last.',
  );
});

test('its message stays the same while events come and go, so that it costs no write', () => {
  let ledger = see(opened, { phase: 'Analyzing', percentage: 30 });
  const first = notified(optedIn, ledger);
  ledger = recordAttempt(ledger, uidOf('all'), { delivered: true, response: respond(1) });
  ledger = recordAttempt(ledger, uidOf('all'), {
    delivered: false,
    response: respond(2, 1, { statusCode: 500 }),
    nextAttemptTime: timeAt(60),
  });
  ledger = giveUp(ledger, uidOf('progress'), 2, 'MaxAgeReached');
  assert.deepEqual(notified(optedIn, see(ledger, { phase: 'Success' })), first);
});

test('when everything was delivered it is True', () => {
  const { status, reason, message } = notified(optedIn, deliverAll(ended(['one', 'two'])));
  assert.deepEqual([status, reason], ['True', 'Delivered']);
  assert.equal(message, 'Everything was delivered to one, two.');
});

test('where nothing was wanted of what came, it is True as well', () => {
  const picky = openLedger([subscriptionOf('failures', ['analysis.failed'])], 'replica-1');
  assert.equal(notified(optedIn, see(picky, { phase: 'Success' })).status, 'True');
});

test('where something was given up it is False, and names the endpoints that missed it', () => {
  const one = giveUp(ended(['good', 'bad']), uidOf('bad'), 11, 'MaxAttemptsReached');
  const { status, reason, message } = notified(optedIn, deliverAll(one));
  assert.deepEqual([status, reason], ['False', 'DeliveryFailed']);
  assert.match(message, /given up for bad;/);
  assert.match(message, /The label heliograph\.dev\/redeliver=failed\.X, with a new X, sends them again\.$/);
});

test('of many endpoints the message names three', () => {
  assert.match(notified(optedIn, ended(namesOf(3))).message, /^Notifying end-1, end-2, end-3\. /);
  assert.match(notified(optedIn, ended(namesOf(5))).message, /^Notifying end-1, end-2, end-3 and 2 more\. /);
});

test('endpoints that found no place are named', () => {
  assert.equal(
    endpointLimitMessage(namesOf(4)),
    'More than 32 WebhookEndpoints wanted this analysis; the oldest 32 are notified. ' +
      'Left out: end-1, end-2, end-3 and 1 more.',
  );
});

test('the longest names fit into a condition', () => {
  const names = namesOf(32).map((name) => name.padEnd(253, 'x'));
  const givenUp = ended(names).endpoints.reduce(
    (ledger, { uid }) => giveUp(ledger, uid, 11, 'EndpointDeleted'),
    ended(names),
  );
  const declined = names.map((name) => ({ name, why: 'was disabled'.padEnd(70, 'x') }));
  const conditions = [
    notified(optedIn, nobody),
    notified(optedIn, nobody, declined),
    notified(optedOut, nobody),
    notified(optedIn, ended(names)),
    notified(optedIn, deliverAll(ended(names))),
    notified(optedIn, givenUp),
    { ...notified(optedIn, nobody), message: endpointLimitMessage(names) },
  ];
  for (const one of conditions) condition.parse({ ...one, lastTransitionTime: timeAt(0) });
});
