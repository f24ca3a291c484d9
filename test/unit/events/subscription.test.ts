// Which endpoints an analysis notifies.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { EventFilter } from '../../../src/api/event-types.ts';
import type { WebhookEndpoint } from '../../../src/api/webhook-endpoint.ts';
import { decideSubscription, maxSubscriptions, wantsType } from '../../../src/events/subscription.ts';
import { analysisOf, endpointOf, subscriptionOf, timeAt } from './samples.ts';

const optedIn = analysisOf({ notifyViaWebhook: true }, { labels: { tier: 'gold' } });
const optedOut = analysisOf({ notifyViaWebhook: false }, { labels: { tier: 'gold' } });

const subscribed = (endpoints: readonly WebhookEndpoint[], analysis = optedIn) =>
  decideSubscription(analysis, endpoints).subscriptions.map(({ name }) => name);

test('an analysis that opted in notifies every enabled endpoint, with nothing owed yet', () => {
  assert.deepEqual(decideSubscription(optedIn, [endpointOf('a'), endpointOf('b')]), {
    subscriptions: [subscriptionOf('a'), subscriptionOf('b')],
    leftOut: [],
    declined: [],
  });
});

test('one that did not opt in notifies only endpoints that take all', () => {
  const endpoints = [endpointOf('opted-in'), endpointOf('all', { analyses: 'All' })];
  assert.deepEqual(subscribed(endpoints, optedOut), ['all']);
  assert.deepEqual(subscribed(endpoints, optedIn), ['all', 'opted-in']);
});

test('a disabled endpoint, one on its way out and one without a usable URL are not subscribed', () => {
  const endpoints = [
    endpointOf('disabled', { enabled: false }),
    endpointOf('deleted', {}, { deletionTimestamp: timeAt(0) }),
    endpointOf('malformed', { url: 'https://[::::]/' }),
    endpointOf('good'),
  ];
  assert.deepEqual(subscribed(endpoints), ['good']);
});

test('a selector picks analyses by label', () => {
  const endpoints = [
    endpointOf('gold', { analysisSelector: { matchLabels: { tier: 'gold' } } }),
    endpointOf('silver', { analysisSelector: { matchLabels: { tier: 'silver' } } }),
    endpointOf('any-tier', {
      analysisSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
    }),
  ];
  assert.deepEqual(subscribed(endpoints), ['any-tier', 'gold']);
  assert.deepEqual(subscribed(endpoints, analysisOf({ notifyViaWebhook: true })), []);
});

test('the decision says why an endpoint does not take an analysis that it could take, the oldest first', () => {
  const all = { analyses: 'All' };
  const endpoints = [
    endpointOf('youngest', { ...all, enabled: false }, { creationTimestamp: timeAt(9) }),
    endpointOf('opted-in-only', { enabled: false }),
    endpointOf('deleted', all, { deletionTimestamp: timeAt(0) }),
    endpointOf('malformed', { ...all, url: 'https://[::::]/' }),
    endpointOf('other-labels', { ...all, analysisSelector: { matchLabels: { tier: 'silver' } } }),
    endpointOf('wordless', { ...all, format: 'JobResult', events: ['analysis.progress'] }),
    endpointOf('taker', all),
  ];
  const declined = [
    { name: 'deleted', why: 'was being deleted' },
    { name: 'malformed', why: 'had a URL that cannot be read' },
    { name: 'other-labels', why: "had an analysisSelector that did not match the analysis' labels" },
    { name: 'wordless', why: 'asked for no event that its format sends' },
    { name: 'youngest', why: 'was disabled' },
  ];
  assert.deepEqual(decideSubscription(optedOut, endpoints).declined, declined);
  assert.deepEqual(decideSubscription(optedIn, endpoints).declined, [
    ...declined.slice(0, 2),
    { name: 'opted-in-only', why: 'was disabled' },
    ...declined.slice(2),
  ]);
});

test('the oldest come first, and of the same age those with the lower name', () => {
  const endpoints = [
    endpointOf('c', {}, { creationTimestamp: '2026-10-21T07:00:00Z' }),
    endpointOf('a', {}, { creationTimestamp: '2026-10-21T07:00:00Z' }),
    endpointOf('z', {}, { creationTimestamp: '2026-10-20T23:00:00Z' }),
    endpointOf('b', {}, { creationTimestamp: '2026-10-21T07:00:01Z' }),
  ];
  assert.deepEqual(subscribed(endpoints), ['z', 'a', 'c', 'b']);
});

test('the 33rd finds no place, and is named', () => {
  const endpoints = Array.from({ length: 34 }, (_, age) =>
    endpointOf(`end-${String(age).padStart(2, '0')}`, {}, { creationTimestamp: timeAt(age) }),
  );
  const { subscriptions, leftOut } = decideSubscription(optedIn, endpoints.toReversed());
  assert.equal(maxSubscriptions, 32);
  assert.deepEqual(
    subscriptions.map(({ name }) => name),
    endpoints.slice(0, 32).map(({ metadata }) => metadata.name),
  );
  assert.deepEqual(leftOut, ['end-32', 'end-33']);
});

test('a filter is kept in one spelling', () => {
  const spellings: [EventFilter, EventFilter][] = [
    [['analysis.*'], ['analysis.*']],
    [['analysis.failed', 'analysis.*'], ['analysis.*']],
    [['analysis.failed', 'analysis.completed', 'analysis.progress', 'analysis.started'], ['analysis.*']],
    [
      ['analysis.failed', 'analysis.started'],
      ['analysis.started', 'analysis.failed'],
    ],
  ];
  for (const [events, kept] of spellings) {
    const [subscription] = decideSubscription(optedIn, [endpointOf('a', { events })]).subscriptions;
    assert.deepEqual(subscription?.events, kept);
  }
});

test('an endpoint wants the types that it names, or all of them', () => {
  assert.equal(wantsType(['analysis.started'], 'analysis.started'), true);
  assert.equal(wantsType(['analysis.started'], 'analysis.progress'), false);
  assert.equal(wantsType(['analysis.*'], 'analysis.failed'), true);
});

const namespaces = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-z][a-z0-9-]{0,5}$/),
    enabled: fc.boolean(),
    analyses: fc.constantFrom('OptedIn', 'All'),
    age: fc.nat({ max: 3 }),
  }),
  { selector: ({ name }) => name, maxLength: 50, size: 'max' },
);

test('the decision depends on the endpoints and not on the order in which they come', () => {
  fc.assert(
    fc.property(
      namespaces.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      ),
      fc.boolean(),
      ([all, shuffled], notifyViaWebhook) => {
        const of = (list: typeof all) =>
          decideSubscription(
            analysisOf({ notifyViaWebhook }),
            list.map(({ name, enabled, analyses, age }) =>
              endpointOf(name, { enabled, analyses }, { creationTimestamp: timeAt(age) }),
            ),
          );
        assert.deepEqual(of(shuffled), of(all));
        const { subscriptions, leftOut } = of(all);
        const wanting = all.filter((one) => one.enabled && (notifyViaWebhook || one.analyses === 'All'));
        assert.deepEqual(
          [...subscriptions.map(({ name }) => name), ...leftOut].toSorted(),
          wanting.map(({ name }) => name).toSorted(),
        );
        assert.equal(subscriptions.length, Math.min(wanting.length, maxSubscriptions));
      },
    ),
  );
});
