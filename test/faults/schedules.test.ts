// Whatever happens at random between the operator, the API server and receivers, and to the operator itself: in the end
// everybody was told everything, and the invariants hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomFrom } from '../support/random.ts';
import { Stage } from './schedules/stage.ts';

/** How long it lasts at least, and what makes it happen again as it did: the faults, though not their effects. */
const seconds = Number(process.env['HELIOGRAPH_TEST_FAULTS_SECONDS'] ?? 8);
const seed = Number(process.env['HELIOGRAPH_TEST_FAULTS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const workers = 6;

test('faults at random on both sides of the operator', async (t) => {
  t.diagnostic(`${seconds} s, HELIOGRAPH_TEST_FAULTS_SEED=${seed}`);
  const stage = await Stage.open(t, randomFrom(seed));
  await stage.play(workers, seconds * 1000);
  t.diagnostic(JSON.stringify(Object.fromEntries(stage.faults)));
  t.diagnostic(`${stage.told} analyses, ${stage.repeats} receipts repeated what was acknowledged`);
  assert.ok(stage.told >= workers, 'every worker has done something');
});
