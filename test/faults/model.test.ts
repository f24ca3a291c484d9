// The model itself: it finds nothing wrong with a run in which nothing is, and every kind of wrong in one that has it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storedAnalysis } from '../../src/api/analysis.ts';
import type { Delivery, Ledger } from '../../src/api/ledger.ts';
import type { Life } from '../support/history.ts';
import type { Exchange } from '../support/interposer.ts';
import type { Receipt } from '../support/journal.ts';
import { checkInvariants } from '../support/model.ts';
import { exchangeHeader } from '../support/receiver-proxy.ts';

const uid = '00000000-0000-4000-8000-000000000001';
const endpointUid = '00000000-0000-4000-8000-000000000002';
const time = '2026-01-01T00:00:00.000Z';

const events = [
  { sequence: 1, type: 'analysis.started', percentage: 0, phase: 'Analyzing', time },
  { sequence: 2, type: 'analysis.progress', percentage: 10, phase: 'Analyzing', time },
  { sequence: 11, type: 'analysis.failed', percentage: 15, phase: 'Failed', time },
] as const;

interface Run {
  ledger: Ledger;
  receipts: Receipt[];
  life: Life;
  requests: Exchange[];
  posts: Exchange[];
  crashes: number;
}

function ledgerOf(state: Ledger['state'], deliveryState: Delivery['state']): Ledger {
  const deliveries = events.map(({ sequence }) => ({ sequence, state: deliveryState, attempts: 1 }));
  return {
    state,
    revision: 1,
    epoch: 1,
    owner: 'one',
    highestPercentage: 15,
    lastSequence: 11,
    events: [...events],
    endpoints: [{ name: 'partner', uid: endpointUid, events: ['analysis.*'], deliveries }],
  };
}

function receiptOf({ sequence, type, percentage }: (typeof events)[number], index: number): Receipt {
  const body = {
    analysis_id: uid,
    event_type: type,
    status: type === 'analysis.failed' ? 'failed' : 'analyzing',
    percentage,
    sequence,
    timestamp: time,
  };
  return {
    method: 'POST',
    path: '/partner',
    headers: { 'heliograph-event-type': type, [exchangeHeader]: String(index) },
    text: JSON.stringify(body),
    body,
    atMs: 0,
    id: `${uid}-${sequence}`,
    sequence,
    attempt: 1,
    status: 200,
  };
}

const exchange = (atMs: number, more: Partial<Exchange> = {}): Exchange => ({
  method: 'POST',
  path: '/partner',
  headers: {},
  atMs,
  forwardedAtMs: atMs,
  statuses: [200],
  isReplied: true,
  ...more,
});

/** The subscription is committed at 10, three events are sent, and the record is there at 60. */
function goodRun(): Run {
  return {
    ledger: ledgerOf('Settled', 'Delivered'),
    receipts: events.map(receiptOf),
    life: {
      name: 'run',
      uid,
      statuses: [
        { phase: 'Analyzing', percentage: 15 },
        { phase: 'Failed', percentage: 15 },
      ],
      ledgers: [
        { ledger: ledgerOf('Active', 'Owed'), seenMs: 12 },
        { ledger: { ...ledgerOf('Settled', 'Delivered'), revision: 2 }, seenMs: 60 },
      ],
    },
    requests: [
      exchange(10, {
        method: 'PATCH',
        path: '/apis/heliograph.dev/v1alpha1/namespaces/home/analyses/run/status',
        headers: { 'content-type': 'application/json-patch+json' },
      }),
    ],
    posts: [exchange(20), exchange(30), exchange(40)],
    crashes: 0,
  };
}

function check({ ledger, receipts, life, requests, posts, crashes }: Run): number {
  const analysis = storedAnalysis.parse({
    metadata: {
      name: 'run',
      namespace: 'home',
      uid,
      generation: 1,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    status: { phase: 'Failed', percentage: 15, delivery: ledger },
  });
  const history = { check: () => {}, life: (wanted: string) => (wanted === uid ? life : undefined) };
  return checkInvariants([analysis], receipts, { history, requests, posts, crashes });
}

/** The same event once more. */
function repeat({ receipts, posts }: Run, index: number, atMs: number, body: object = {}): void {
  const { [index]: first } = receipts;
  assert.ok(first);
  const told = { ...first.body, ...body };
  const headers = { ...first.headers, [exchangeHeader]: String(posts.push(exchange(atMs)) - 1) };
  receipts.push({ ...first, headers, body: told, text: JSON.stringify(told) });
}

const wrongs: Readonly<Record<string, { spoil: (run: Run) => unknown; finds: RegExp }>> = {
  'I1: an event is owed at rest': {
    spoil: (run) => (run.ledger = ledgerOf('Settled', 'Owed')),
    finds: /owes 1 to partner/,
  },
  'I1: an event on record as delivered never came': {
    spoil: ({ receipts }) => receipts.splice(1, 1),
    finds: /was received/,
  },
  'I2: one id has two percentages': {
    spoil: (run) => repeat(run, 1, 45, { percentage: 20 }),
    finds: /names one event/,
  },
  'I2: without a crash an event has two times': {
    spoil: (run) => repeat(run, 1, 45, { timestamp: '2026-01-01T00:00:01.000Z' }),
    finds: /has 2 times/,
  },
  'I2: the time is another one than on record': {
    spoil: (run) => {
      run.crashes = 1;
      repeat(run, 1, 45, { timestamp: '2026-01-01T00:00:01.000Z' });
    },
    finds: /has the time on record/,
  },
  'I3: the second comes before the first': {
    spoil: (run) => (run.receipts = run.receipts.toReversed()),
    finds: /in order/,
  },
  'I4: an attempt precedes the commit': {
    spoil: ({ posts }) => posts.splice(0, 1, exchange(9)),
    finds: /after the commit/,
  },
  'I4: no status implied it': {
    spoil: ({ life }) => life.statuses.splice(0, 2, { phase: 'Failed', percentage: 5 }),
    finds: /was implied/,
  },
  'I5: without a crash something comes twice': {
    spoil: (run) => repeat(run, 1, 45),
    finds: /acknowledged 2 times/,
  },
  'I5: what is on record comes again': {
    spoil: (run) => {
      run.crashes = 1;
      repeat(run, 1, 61);
    },
    finds: /is on record as Delivered/,
  },
  'I8: it is deleted and goes on': {
    spoil: ({ life }) => (life.deletedMs = -6000),
    finds: /I8/,
  },
  'I10: a ledger is too large': {
    spoil: ({ life }) =>
      life.ledgers.unshift({
        ledger: { ...ledgerOf('Active', 'Owed'), owner: '<'.repeat(11_000) },
        seenMs: 11,
      }),
    finds: /I10/,
  },
};

test('a run in which nothing is wrong', () => {
  assert.equal(check(goodRun()), 0);
});

test('a repeat after a crash is counted, and no fault', () => {
  const run = goodRun();
  run.crashes = 1;
  repeat(run, 1, 45);
  assert.equal(check(run), 1);
});

test('what the proxy sent twice, and what was never answered, is no repeat', () => {
  const run = goodRun();
  const [, twice] = run.receipts;
  assert.ok(twice);
  run.receipts.splice(2, 0, twice);
  run.posts.splice(2, 1, exchange(40, { isReplied: false }));
  repeat(run, 3, 45);
  assert.equal(check(run), 0);
});

for (const [title, { spoil, finds }] of Object.entries(wrongs))
  test(title, () => {
    const run = goodRun();
    spoil(run);
    assert.throws(() => check(run), finds);
  });
