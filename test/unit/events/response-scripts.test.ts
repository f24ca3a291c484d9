// Ordering, supersession and giving up, whatever receivers answer: invariants I1 to I3 for one analysis and endpoint.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Ledger } from '../../../src/api/ledger.ts';
import { bodyOf } from '../../../src/events/body.ts';
import { giveUp, openLedger, recordAttempt, supersede } from '../../../src/events/ledger.ts';
import { type EndpointNow, nextDelivery } from '../../../src/events/next-delivery.ts';
import { decideSubscription } from '../../../src/events/subscription.ts';
import { analysisOf, endpointOf, type Path, paths, respond, see } from './samples.ts';

const endpoint = endpointOf('partner');
const { uid } = endpoint.metadata;
const analysis = analysisOf({ notifyViaWebhook: true });
const { subscriptions } = decideSubscription(analysis, [endpoint]);

/** What a receiver answers, and when: at once, or after so many other things have happened. */
interface Answer {
  delivered: boolean;
  afterSteps: number;
}

interface Script {
  path: Path;
  answers: readonly Answer[];
  policy: Pick<EndpointNow, 'ordering' | 'progress' | 'maxAttempts'>;
  /** How many attempts may be under way at once. */
  maxConcurrent: number;
}

const scripts: fc.Arbitrary<Script> = fc.record({
  path: paths('any'),
  answers: fc.array(fc.record({ delivered: fc.boolean(), afterSteps: fc.nat({ max: 3 }) }), {
    minLength: 1,
    maxLength: 40,
  }),
  policy: fc.record({
    ordering: fc.constantFrom<'InOrder' | 'Unordered'>('InOrder', 'Unordered'),
    progress: fc.constantFrom<'EveryMilestone' | 'LatestOnly'>('EveryMilestone', 'LatestOnly'),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
  }),
  maxConcurrent: fc.integer({ min: 1, max: 4 }),
});

interface Sent {
  sequence: number;
  attempt: number;
  body: string;
}

/** Lets the worker, the decisions and the answers take turns until nothing is left to do. */
function play({ path, answers, policy, maxConcurrent }: Script): { ledger: Ledger; sent: Sent[] } {
  const now: EndpointNow = { enabled: true, gone: false, circuitOpen: false, maxAgeMs: 60_000, ...policy };
  let ledger = openLedger(subscriptions, 'me');
  const sent: Sent[] = [];
  let underWay: { sequence: number; attempt: number; answer: Answer; left: number }[] = [];
  for (let turn = 0; turn < 1000; turn += 1) {
    const observed = path[turn];
    if (observed !== undefined) ledger = see(ledger, observed);
    for (const { sequence, attempt, answer } of underWay.filter(({ left }) => left === 0)) {
      const response = respond(sequence, attempt);
      ledger = recordAttempt(ledger, uid, { delivered: answer.delivered, response });
    }
    underWay = underWay.filter(({ left }) => left > 0).map((one) => ({ ...one, left: one.left - 1 }));
    for (;;) {
      const deliveries = ledger.endpoints[0]?.deliveries ?? [];
      const isBusy = (sequence: number) => underWay.some((one) => one.sequence === sequence);
      const next = nextDelivery({ deliveries }, now, { ageMs: () => 0, dueInMs: () => 0, isBusy });
      if (next.action === 'supersede') ledger = supersede(ledger, uid, next.delivery.sequence);
      else if (next.action === 'giveUp') ledger = giveUp(ledger, uid, next.delivery.sequence, next.reason);
      else if (next.action === 'send' && underWay.length < maxConcurrent) {
        const { sequence, attempts } = next.delivery;
        const event = ledger.events.find((one) => one.sequence === sequence);
        assert.ok(event);
        const body = bodyOf({
          analysis,
          event,
          endpoint: { uid, spec: endpoint.spec },
          url: 'https://a.example',
          result: undefined,
        });
        const answer = answers[sent.length % answers.length] ?? { delivered: true, afterSteps: 0 };
        sent.push({ sequence, attempt: attempts + 1, body: body?.text ?? '' });
        underWay.push({ sequence, attempt: attempts + 1, answer, left: answer.afterSteps });
      } else break;
    }
    if (turn >= path.length && underWay.length === 0) return { ledger, sent };
  }
  throw new Error('it never comes to rest');
}

const always = (check: (script: Script, ledger: Ledger, sent: readonly Sent[]) => void) =>
  fc.assert(
    fc.property(scripts, (script) => {
      const { ledger, sent } = play(script);
      check(script, ledger, sent);
    }),
    { numRuns: 2000 },
  );

test('I1: at rest each rung reached is delivered, given up or superseded, and the record says which', () => {
  always(({ policy }, ledger, sent) => {
    const deliveries = ledger.endpoints[0]?.deliveries ?? [];
    assert.deepEqual(
      deliveries.map(({ sequence }) => sequence),
      ledger.events.map(({ sequence }) => sequence),
    );
    for (const { sequence, state, attempts, reason } of deliveries) {
      const attempted = sent.filter((one) => one.sequence === sequence).length;
      assert.notEqual(state, 'Owed');
      assert.equal(attempts, attempted);
      if (state === 'GivenUp')
        assert.deepEqual([reason, attempts], ['MaxAttemptsReached', policy.maxAttempts]);
      if (state === 'Superseded') assert.equal(policy.progress, 'LatestOnly');
    }
  });
});

test('I2: whatever is sent under one number is the same event, byte for byte', () => {
  always((_script, _ledger, sent) => {
    const bodies = new Map<number, string>();
    for (const { sequence, body } of sent) {
      assert.equal(body, bodies.get(sequence) ?? body);
      bodies.set(sequence, body);
      assert.equal(JSON.parse(body).sequence, sequence);
    }
  });
});

test('I3: in order first receipts increase, and nothing is skipped that is not superseded', () => {
  always(({ policy }, ledger, sent) => {
    const first = [...new Set(sent.map(({ sequence }) => sequence))];
    if (policy.ordering === 'InOrder')
      assert.deepEqual(
        first,
        first.toSorted((a, b) => a - b),
      );
    const skipped = (ledger.endpoints[0]?.deliveries ?? []).filter(
      ({ sequence }) => !first.includes(sequence),
    );
    for (const { state, sequence } of skipped) {
      assert.equal(state, 'Superseded');
      assert.ok(
        first.some((one) => one > sequence && one < 11),
        `a newer one than ${sequence} was sent`,
      );
    }
  });
});

test('in order no attempt begins while another one of the analysis is under way', () => {
  always(({ policy }, _ledger, sent) => {
    if (policy.ordering === 'Unordered') return;
    for (const [index, { sequence, attempt }] of sent.entries()) {
      const before = sent[index - 1];
      if (before !== undefined) assert.ok(before.sequence < sequence || before.attempt < attempt);
    }
  });
});
