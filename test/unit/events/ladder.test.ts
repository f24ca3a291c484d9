// Which events a path of statuses tells, whatever part of it is seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  derive,
  groundLevel,
  hasStarted,
  highestPercentage,
  isTerminal,
  type Observed,
} from '../../../src/events/ladder.ts';
import { follow, moments, opened, type Path, paths, see } from './samples.ts';

const sequences = (observed: Observed) => derive(groundLevel, observed).map(({ sequence }) => sequence);

test('an analysis climbs eleven rungs, and the rung is the sequence number', () => {
  const rungs = derive(groundLevel, { phase: 'Success', percentage: 100 });
  assert.deepEqual(
    rungs.map(({ sequence, type, percentage }) => `${sequence} ${type} ${percentage}`),
    [
      '1 analysis.started 0',
      '2 analysis.progress 10',
      '3 analysis.progress 20',
      '4 analysis.progress 30',
      '5 analysis.progress 40',
      '6 analysis.progress 50',
      '7 analysis.progress 60',
      '8 analysis.progress 70',
      '9 analysis.progress 80',
      '10 analysis.progress 90',
      '11 analysis.completed 100',
    ],
  );
});

test('a failure ends with the last known percentage, and with 0 where there was none', () => {
  const [, , , , last] = derive(groundLevel, { phase: 'Failed', percentage: 37 });
  assert.deepEqual(last, { sequence: 11, type: 'analysis.failed', percentage: 37, phase: 'Failed' });
  assert.deepEqual(sequences({ phase: 'Failed', percentage: 37 }), [1, 2, 3, 4, 11]);
  assert.deepEqual(sequences({ phase: 'Failed' }), [1, 11]);
  assert.equal(derive(groundLevel, { phase: 'Failed' }).at(-1)?.percentage, 0);
});

test('a failure after the percentage went back tells of where it is, not of the peak', () => {
  const peak = see(opened, { phase: 'Analyzing', percentage: 50 });
  const rungs = derive(peak, { phase: 'Failed', percentage: 20 });
  assert.deepEqual(
    rungs.map(({ sequence, percentage }) => [sequence, percentage]),
    [[11, 20]],
  );
});

test('a progress rung is reached at its multiple of ten and not before', () => {
  assert.deepEqual(sequences({ phase: 'Analyzing', percentage: 9 }), [1]);
  assert.deepEqual(sequences({ phase: 'Analyzing', percentage: 10 }), [1, 2]);
  assert.deepEqual(sequences({ phase: 'Analyzing', percentage: 89 }), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('100 % alone is no end', () => {
  assert.deepEqual(sequences({ phase: 'Aggregating', percentage: 100 }), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('nothing is told while an analysis is queued or has no phase, whatever its percentage', () => {
  assert.deepEqual(sequences({ phase: 'Queued', percentage: 80 }), []);
  assert.deepEqual(sequences({ percentage: 80 }), []);
  const queued = see(opened, { phase: 'Queued', percentage: 80 });
  assert.deepEqual(
    derive(queued, { phase: 'Analyzing', percentage: 5 }).map(({ sequence }) => sequence),
    [1],
  );
});

test('a rung carries the phase in which it was first seen', () => {
  const running = see(opened, { phase: 'Analyzing', percentage: 20 });
  const later = see(running, { phase: 'Aggregating', percentage: 30 });
  assert.deepEqual(
    later.events.map(({ phase }) => phase),
    ['Analyzing', 'Analyzing', 'Analyzing', 'Aggregating'],
  );
});

test('a rung between is not added below the end', () => {
  const ended = see(opened, { phase: 'Failed', percentage: 10 });
  assert.deepEqual(derive({ ...ended, highestPercentage: 90 }, { phase: 'Failed', percentage: 10 }), []);
});

test('the highest percentage never goes back, counts from the start, and is 100 with success', () => {
  const reached = { highestPercentage: 40, events: [] };
  const after = (observed: Observed) => highestPercentage(reached, observed);
  assert.equal(after({ phase: 'Analyzing', percentage: 57 }), 57);
  assert.equal(after({ phase: 'Analyzing', percentage: 12 }), 40);
  assert.equal(after({ phase: 'Failed' }), 40);
  assert.equal(after({ phase: 'Success', percentage: 60 }), 100);
  assert.equal(after({ phase: 'Queued', percentage: 90 }), 40);
  assert.equal(after({ percentage: 90 }), 40);
});

test('every phase but Queued has started, and two are terminal', () => {
  const phases = [undefined, 'Queued', 'Analyzing', 'Aggregating', 'Success', 'Failed'] as const;
  assert.deepEqual(phases.map(hasStarted), [false, false, true, true, true, true]);
  assert.deepEqual(phases.map(isTerminal), [false, false, false, false, true, true]);
});

const told = ({ sequence, type, percentage }: { sequence: number; type: string; percentage: number }) =>
  `${sequence} ${type} ${percentage}`;

/** What the ladder's table says of every step of a path together. */
function reachable(path: Path): string[] {
  const started = path.filter(({ phase }) => hasStarted(phase));
  if (started.length === 0) return [];
  const peak = Math.max(
    ...started.map(({ phase, percentage = 0 }) => (phase === 'Success' ? 100 : percentage)),
  );
  const progress = [10, 20, 30, 40, 50, 60, 70, 80, 90].filter((milestone) => milestone <= peak);
  const { phase, percentage = 0 } = path.at(-1) ?? {};
  return [
    '1 analysis.started 0',
    ...progress.map((milestone) => `${milestone / 10 + 1} analysis.progress ${milestone}`),
    ...(phase === 'Success' ? ['11 analysis.completed 100'] : []),
    ...(phase === 'Failed' ? [`11 analysis.failed ${percentage}`] : []),
  ];
}

test('a path whose percentage never goes back tells the same, whatever is missed and however often it restarts', () => {
  fc.assert(
    fc.property(paths('steady'), moments, (path, moments) => {
      const whole = follow(path).ledger.events.map(told);
      assert.deepEqual(whole, reachable(path));
      assert.deepEqual(follow(path, moments).ledger.events.map(told), whole);
    }),
    { numRuns: 500 },
  );
});

test('any other path tells some of the rungs up to the peak that was seen, in increasing order', () => {
  fc.assert(
    fc.property(paths('any'), moments, (path, moments) => {
      const { ledger, seen } = follow(path, moments);
      const { events } = ledger;
      const allowed = reachable(seen);
      assert.deepEqual(
        events.map(told).filter((one) => !allowed.includes(one)),
        [],
      );
      for (const [index, { sequence }] of events.entries())
        assert.ok(sequence > (events[index - 1]?.sequence ?? 0));
    }),
    { numRuns: 500 },
  );
});

test('any other path tells at least what its last status implies', () => {
  fc.assert(
    fc.property(paths('any'), moments, (path, moments) => {
      const events = follow(path, moments).ledger.events.map(told);
      const implied = reachable(path.slice(-1));
      assert.deepEqual(
        implied.filter((one) => !events.includes(one)),
        [],
      );
    }),
    { numRuns: 500 },
  );
});

test('one number never has two types or percentages, over operators, restarts and what they forgot', () => {
  fc.assert(
    fc.property(paths('any'), moments, moments, (path, moments, others) => {
      const bySequence = new Map<number, string>();
      for (const rung of [...follow(path, moments).told, ...follow(path, others).told]) {
        assert.equal(told(rung), bySequence.get(rung.sequence) ?? told(rung));
        bySequence.set(rung.sequence, told(rung));
      }
    }),
    { numRuns: 500 },
  );
});
