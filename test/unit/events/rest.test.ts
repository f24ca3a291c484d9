// When nothing is to be done for an analysis until it changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Analysis } from '../../../src/api/analysis.ts';
import { redeliverLabel } from '../../../src/api/group.ts';
import type { Ledger } from '../../../src/api/ledger.ts';
import { derive, type Observed } from '../../../src/events/ladder.ts';
import { climb, giveUp, openLedger } from '../../../src/events/ledger.ts';
import { redeliver } from '../../../src/events/redelivery.ts';
import { isAtRest } from '../../../src/events/rest.ts';
import { analysisOf, opened, timeAt } from './samples.ts';

const at25: Observed = { phase: 'Analyzing', percentage: 25 };
const owing = climb(opened, derive(opened, at25), at25, timeAt(0));
const told = end(owing);

/** Whatever is owed has found its end. */
function end(ledger: Ledger): Ledger {
  let left = ledger;
  for (const { uid, deliveries } of ledger.endpoints)
    for (const { sequence } of deliveries) left = giveUp(left, uid, sequence, 'MaxAttemptsReached');
  return left;
}

function analysis(status: Analysis['status'], asked?: string): Analysis {
  return { ...analysisOf({}, asked === undefined ? {} : { labels: { [redeliverLabel]: asked } }), status };
}

test('before the start there is nothing to do, after it a subscription', () => {
  assert.equal(isAtRest(analysis({})), true);
  assert.equal(isAtRest(analysis({ phase: 'Queued', percentage: 30 })), true);
  assert.equal(isAtRest(analysis({ phase: 'Analyzing' })), false);
});

test('an event that is owed, or reached and not recorded yet, is to be sent', () => {
  assert.equal(isAtRest(analysis({ ...at25, delivery: owing })), false);
  assert.equal(isAtRest(analysis({ ...at25, delivery: told })), true);
  assert.equal(isAtRest(analysis({ ...at25, percentage: 29, delivery: told })), true);
  assert.equal(isAtRest(analysis({ ...at25, percentage: 30, delivery: told })), false);
  assert.equal(isAtRest(analysis({ ...at25, phase: 'Failed', delivery: told })), false);
});

test('a redelivery is to be carried out once', () => {
  const asked = 'sequence.1';
  assert.equal(isAtRest(analysis({ ...at25, delivery: told }, asked)), false);
  const noted = redeliver(told, asked);
  assert.equal(isAtRest(analysis({ ...at25, delivery: noted }, asked)), true);
  assert.equal(isAtRest(analysis({ ...at25, delivery: redeliver(told, 'all.1') }, 'all.1')), false);
});

test('what is settled stays so', () => {
  const over: Observed = { phase: 'Success', percentage: 100 };
  const settled = end(climb(told, derive(told, over), over, timeAt(9)));
  assert.equal(settled.state, 'Settled');
  assert.equal(isAtRest(analysis({ ...over, delivery: settled })), true);
  const unsubscribed = openLedger([], 'replica-1');
  assert.equal(isAtRest(analysis({ ...over, delivery: unsubscribed })), true);
});
