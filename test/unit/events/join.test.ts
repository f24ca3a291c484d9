// What becomes of two views of one ledger, when another replica has written it in between.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import type { Ledger } from '../../../src/api/ledger.ts';
import { joinLedgers } from '../../../src/events/join.ts';
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

const running = see(opened, { phase: 'Analyzing', percentage: 20 });
const sequencesOf = (deliveries: readonly { sequence: number }[]) =>
  deliveries.map(({ sequence }) => sequence);

function acknowledge(ledger: Ledger, name: string, sequence: number, attempt = 1): Ledger {
  return recordAttempt(ledger, uidOf(name), { delivered: true, response: respond(sequence, attempt) });
}

function tried(attempts: number): Ledger {
  return recordAttempt(running, uidOf('all'), { delivered: false, response: respond(1, attempts) });
}

const responseOf = (ledger: Ledger) => ledger.endpoints[0]?.lastResponse;

test('where ours knows nothing more, the stored ledger itself comes back', () => {
  assert.equal(joinLedgers(running, running), running);
  assert.equal(joinLedgers(running, opened), running);
});

test('an acknowledgement of ours is kept, and settles the ledger where it was the last one', () => {
  const alone = see(openLedger([subscriptionOf('ends', ['analysis.completed'])], 'replica-2'), {
    phase: 'Success',
  });
  assert.equal(
    deliveryTo(joinLedgers(alone, acknowledge(alone, 'ends', 11)), 'ends', 11)?.state,
    'Delivered',
  );
  assert.equal(joinLedgers(alone, acknowledge(alone, 'ends', 11)).state, 'Settled');
});

test('an acknowledgement of ours outweighs that another replica gave the delivery up', () => {
  const givenUp = giveUp(running, uidOf('all'), 1, 'MaxAgeReached');
  const joined = joinLedgers(givenUp, acknowledge(running, 'all', 1));
  assert.deepEqual(deliveryTo(joined, 'all', 1), {
    sequence: 1,
    state: 'Delivered',
    attempts: 1,
    time: timeAt(1),
    statusCode: 200,
  });
});

test('an acknowledgement of ours outweighs that another replica gave the last delivery up and settled the ledger', () => {
  const alone = see(openLedger([subscriptionOf('ends', ['analysis.completed'])], 'replica-2'), {
    phase: 'Success',
  });
  const settled = giveUp(alone, uidOf('ends'), 11, 'MaxAttemptsReached');
  const joined = joinLedgers(settled, acknowledge(alone, 'ends', 11));
  assert.equal(joined.state, 'Settled');
  assert.equal(deliveryTo(joined, 'ends', 11)?.state, 'Delivered');
});

test('of two records of a delivery that is owed, the one with more attempts is kept', () => {
  assert.equal(deliveryTo(joinLedgers(tried(2), tried(5)), 'all', 1)?.attempts, 5);
  assert.equal(deliveryTo(joinLedgers(tried(5), tried(2)), 'all', 1)?.attempts, 5);
});

test('the newer response of an endpoint is kept', () => {
  const older = acknowledge(running, 'all', 1, 1);
  const newer = acknowledge(running, 'all', 2, 4);
  assert.deepEqual(responseOf(joinLedgers(older, newer)), respond(2, 4));
  assert.deepEqual(responseOf(joinLedgers(newer, older)), respond(2, 4));
});

test('an event that only ours has is owed to every stored endpoint that wants it', () => {
  const theirs = see(openLedger([subscriptionOf('theirs'), subscriptionOf('all')], 'replica-2'), {
    phase: 'Analyzing',
  });
  const joined = joinLedgers(theirs, acknowledge(running, 'all', 2));
  assert.deepEqual(
    joined.endpoints.map(({ name }) => name),
    ['theirs', 'all'],
  );
  assert.deepEqual(
    deliveriesTo(joined, 'theirs').map(({ state }) => state),
    ['Owed', 'Owed', 'Owed'],
  );
  assert.deepEqual(
    deliveriesTo(joined, 'all').map(({ state }) => state),
    ['Owed', 'Delivered', 'Owed'],
  );
  assert.deepEqual([joined.lastSequence, joined.highestPercentage, joined.lastStatusCode], [3, 20, 200]);
});

test('a rung that only ours has seen is not told after an end that is stored', () => {
  const failed = see(opened, { phase: 'Failed', percentage: 0 });
  assert.equal(joinLedgers(failed, running), failed);
});

test('a status code that either has is kept, and of two ours', () => {
  const answered = (statusCode: number) =>
    recordAttempt(running, uidOf('all'), {
      delivered: false,
      response: respond(1, statusCode - 499, { statusCode }),
    });
  const tried = giveUp(running, uidOf('all'), 1, 'MaxAgeReached');
  assert.equal(joinLedgers(answered(500), answered(503)).lastStatusCode, 503);
  assert.equal(joinLedgers(answered(500), tried).lastStatusCode, 500);
});

test('what was gathered before the subscription is owed to whoever is in it', () => {
  const gathered = see(emptyLedger('replica-1'), { phase: 'Failed', percentage: 15 }, timeAt(7));
  const joined = joinLedgers(opened, gathered);
  assert.deepEqual(joined.events, gathered.events);
  assert.deepEqual(sequencesOf(deliveriesTo(joined, 'all')), [1, 2, 11]);
  assert.deepEqual(sequencesOf(deliveriesTo(joined, 'ends')), [11]);
  assert.equal(joined.state, 'Active');
  const nobody = openLedger([], 'replica-1');
  assert.equal(joinLedgers(nobody, gathered), nobody);
});

test('the events of a stored ledger that is settled stay as they are', () => {
  const failed = see(opened, { phase: 'Failed', percentage: 0 });
  const settled = failed.endpoints.reduce(
    (ledger, { uid, deliveries }) =>
      deliveries.reduce((one, { sequence }) => giveUp(one, uid, sequence, 'MaxAgeReached'), ledger),
    failed,
  );
  assert.equal(settled.state, 'Settled');
  assert.equal(joinLedgers(settled, running), settled);
});

/** The ledger in which a replica started, how far another one has stored it, and how far ours has come. */
const divided = fc
  .tuple(paths('any'), happenings, happenings, happenings)
  .map(([path, before, theirs, ours]) => {
    const common = live(opened, path, before).at(-1) ?? opened;
    const first = stored(live(common, path, theirs, 1000).at(-1) ?? common);
    return { stored: first, ours: live(common, path, ours, 1001).at(-1) ?? common };
  });

function always(holds: (stored: Ledger, ours: Ledger, joined: Ledger) => void): void {
  fc.assert(
    fc.property(divided, ({ stored, ours }) => holds(stored, ours, joinLedgers(stored, ours))),
    { numRuns: 500 },
  );
}

test('joining once more changes nothing', () => {
  always((stored, ours, joined) => {
    assert.equal(joinLedgers(joined, ours), joined);
    assert.equal(joinLedgers(joined, stored), joined);
  });
});

test('no acknowledgement is lost that either has recorded', () => {
  always((stored, ours, joined) => {
    for (const { name } of stored.endpoints)
      for (const { sequence, state } of [...deliveriesTo(stored, name), ...deliveriesTo(ours, name)]) {
        const known = joined.events.some((event) => event.sequence === sequence);
        if (state === 'Delivered' && known)
          assert.equal(deliveryTo(joined, name, sequence)?.state, 'Delivered');
      }
  });
});

test('no event is lost, and stored ones keep their times; after the end there are no more', () => {
  always((stored, ours, joined) => {
    const theirs = sequencesOf(stored.events);
    const missing = ours.events.filter(({ sequence }) => !theirs.includes(sequence));
    const both = theirs.includes(11) ? stored.events : [...stored.events, ...missing];
    assert.deepEqual(
      joined.events,
      both.toSorted((a, b) => a.sequence - b.sequence),
    );
  });
});

const decided = ({ endpoints, owner, epoch, revision }: Ledger) => ({
  owner,
  epoch,
  revision,
  endpoints: endpoints.map(({ name, uid, events }) => ({ name, uid, events })),
});

test('the stored subscription is kept, and so is who writes', () => {
  always((stored, _, joined) => assert.deepEqual(decided(joined), decided(stored)));
});

test('the reference changes exactly when the content does', () => {
  always((stored, _, joined) => assert.equal(joined !== stored, !isDeepStrictEqual(joined, stored)));
});

test('a joined ledger is sound: settled exactly at the end with nothing owed, a delivery for each wanted event', () => {
  always((_, __, joined) => {
    const hasEnd = joined.events.some(({ sequence }) => sequence === 11);
    assert.equal(joined.state, hasEnd && owedCount(joined) === 0 ? 'Settled' : 'Active');
    assert.equal(joined.lastSequence, Math.max(0, ...sequencesOf(joined.events)));
    for (const { events, deliveries } of joined.endpoints)
      assert.deepEqual(
        sequencesOf(deliveries),
        sequencesOf(joined.events.filter(({ type }) => wantsType(events, type))),
      );
    assert.deepEqual(stored(joined), joined);
  });
});
