// The Kubernetes Events about endpoints and analyses: one for what a person would act on, none for what still works.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Condition } from '../../../src/api/fields.ts';
import { pingNews, statusNews } from '../../../src/controllers/endpoint-news.ts';
import { Notices } from '../../../src/controllers/notices.ts';
import { perJobName } from '../../../src/events/subscription.ts';
import type { EventRecord } from '../../../src/kube/event-recorder.ts';
import { analysisOf, respond, subscriptionOf, timeAt } from '../events/samples.ts';

const analysis = analysisOf({ webhookUrl: 'https://example.com/results' });

function condition(type: string, reason: string, over: Partial<Condition> = {}): Condition {
  const status = reason === 'Accepted' ? 'True' : 'False';
  return {
    type,
    status,
    reason,
    message: reason,
    lastTransitionTime: timeAt(0),
    observedGeneration: 1,
    ...over,
  };
}

function newsOf(before: Condition | undefined, after: Condition): string[] {
  const status = before === undefined ? undefined : { conditions: [before] };
  return statusNews(status, { conditions: [after] }).map(
    ({ type, reason, action, note }) => `${type} ${reason} ${action}: ${note}`,
  );
}

/** What is recorded about `analysis`. */
function noticed(tell: (notices: Notices) => void): string[] {
  const records: EventRecord[] = [];
  tell(new Notices({ record: (record) => void records.push(record) }, () => {}));
  assert.ok(
    records.every(({ object }) => object.kind === 'Analysis' && object.name === analysis.metadata.name),
  );
  return records.map(({ type, reason, note }) => `${type} ${reason}: ${note}`);
}

test('a refused endpoint is news whenever the reason is another one', () => {
  const denied = condition('Ready', 'EgressDenied', { message: 'The address is not allowed.' });
  const told = ['Warning EgressDenied Validate: The address is not allowed.'];
  assert.deepEqual(newsOf(undefined, denied), told);
  assert.deepEqual(newsOf(condition('Ready', 'Accepted'), denied), told);
  assert.deepEqual(newsOf(denied, denied), []);
  assert.equal(newsOf(denied, { ...denied, message: 'The port is not allowed.' }).length, 1);
  assert.deepEqual(newsOf(denied, condition('Ready', 'Accepted')), []);
});

test('a receiver that is gone or down is news once for each spec, whatever times the message has', () => {
  for (const reason of ['Gone', 'CircuitOpen']) {
    const now = condition('Delivering', reason, { message: 'next at 8:00' });
    assert.deepEqual(newsOf(condition('Delivering', 'Retrying'), now), [
      `Warning ${reason} Deliver: next at 8:00`,
    ]);
    assert.deepEqual(newsOf(now, { ...now, message: 'next at 8:01' }), []);
    assert.equal(newsOf(now, { ...now, observedGeneration: 2 }).length, 1);
  }
});

test('what goes on by itself is no news', () => {
  for (const reason of ['Idle', 'Delivering', 'Retrying', 'Disabled', 'NotReady'])
    assert.deepEqual(newsOf(condition('Delivering', 'CircuitOpen'), condition('Delivering', reason)), []);
});

test('who asks for a ping is told what came of it', () => {
  const result = { time: new Date(0), durationMs: 3 };
  assert.deepEqual(pingNews('now-1', { ...result, outcome: 'delivered', message: 'answered 200 OK' }), {
    type: 'Normal',
    reason: 'PingDelivered',
    action: 'Ping',
    note: 'Ping now-1: answered 200 OK',
  });
  assert.deepEqual(pingNews('now-2', { ...result, outcome: 'unreachable', message: 'connection refused' }), {
    type: 'Warning',
    reason: 'PingFailed',
    action: 'Ping',
    note: 'Ping now-2: connection refused',
  });
});

test('what was given up names the receiver as it is named in the spec', () => {
  const delivery = { sequence: 11, state: 'Owed', attempts: 6 } as const;
  const lastResponse = respond(11, 6, { statusCode: 500, message: 'failed' });
  const perJob = { ...subscriptionOf(perJobName), uid: analysis.metadata.uid, lastResponse };
  assert.deepEqual(
    noticed((notices) => notices.givenUp(analysis, perJob, delivery, 'MaxAttemptsReached')),
    [
      'Warning DeliveryGivenUp: Event 11 for spec.webhookUrl was given up after 6 attempts; the last attempt: failed',
    ],
  );
  assert.deepEqual(
    noticed((notices) => notices.givenUp(analysis, subscriptionOf('partner'), delivery, 'EndpointDeleted')),
    ['Warning DeliveryGivenUp: WebhookEndpoint partner was deleted: what it was owed was given up'],
  );
});

test('an analysis whose own URL is refused, or that cannot be read, has a Warning', () => {
  assert.deepEqual(
    noticed((notices) => notices.denied(analysis, 'plain http is not allowed')),
    ['Warning EgressDenied: spec.webhookUrl: plain http is not allowed'],
  );
  assert.deepEqual(
    noticed((notices) => notices.unreadable(analysis, 'The operator cannot read this Analysis.')),
    ['Warning Unreadable: The operator cannot read this Analysis.'],
  );
});
