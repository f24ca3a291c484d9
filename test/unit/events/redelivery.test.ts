// What a redelivery asks for, and what it makes of a ledger.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinLedgers } from '../../../src/events/join.ts';
import { giveUp, recordAttempt } from '../../../src/events/ledger.ts';
import { parseRedelivery, redeliver } from '../../../src/events/redelivery.ts';
import { deliveriesTo, opened, respond, see, uidOf } from './samples.ts';

test('a value says what, and anything behind the dot makes it new', () => {
  const read = ['failed.1', 'all.2026-11-24', '11.x', '1.again'].map(parseRedelivery);
  assert.deepEqual(read, ['failed', 'all', 11, 1]);
  for (const value of ['', 'failed', 'all', '0.x', '12.x', '01.x', 'some.x', '-1.x'])
    assert.equal(parseRedelivery(value), undefined, value);
});

/** A failure, of which `all` has the start and lost the end; the other endpoints were told what they wanted. */
function settled() {
  let ledger = see(opened, { phase: 'Failed', percentage: 0 });
  for (const { uid, deliveries } of ledger.endpoints)
    for (const { sequence } of deliveries)
      ledger =
        uid === uidOf('all') && sequence === 11
          ? giveUp(ledger, uid, sequence, 'MaxAgeReached')
          : recordAttempt(ledger, uid, { delivered: true, response: respond(sequence, 1) });
  assert.equal(ledger.state, 'Settled');
  return ledger;
}

const states = (value: string) => {
  const ledger = redeliver(settled(), value);
  return [ledger.state, ...deliveriesTo(ledger, 'all').map(({ state }) => state)];
};

test('failed means what was given up, all means all, a number means one', () => {
  assert.deepEqual(states('failed.1'), ['Active', 'Delivered', 'Owed']);
  assert.deepEqual(states('all.1'), ['Active', 'Owed', 'Owed']);
  assert.deepEqual(states('1.1'), ['Active', 'Owed', 'GivenUp']);
});

test('what means nothing is noted and changes nothing else', () => {
  for (const value of ['7.1', 'nonsense']) {
    const { lastHandledRedeliver, ...rest } = redeliver(settled(), value);
    assert.equal(lastHandledRedeliver, value);
    assert.deepEqual(rest, settled());
  }
});

test('attempts start anew, under the same number', () => {
  const [, again] = deliveriesTo(redeliver(settled(), 'failed.1'), 'all');
  assert.deepEqual(again, { sequence: 11, state: 'Owed', attempts: 0 });
});

test('an older view does not end what was asked for again', () => {
  const asked = redeliver(settled(), 'all.1');
  assert.equal(joinLedgers(asked, settled()), asked);
});
