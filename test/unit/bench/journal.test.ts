// What came is counted truly: of whoever delivers, also where it loses, repeats or mixes up events.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventId, readJournal } from '../../../bench/journal.ts';

const expected = { uids: ['one', 'other'], sequences: [1, 2, 3] };

const arrivals = (...events: readonly (readonly [uid: string, sequence: number])[]) =>
  events.map(([uid, sequence], index) => [eventId(uid, sequence), index] as const);

const countsOf = (...events: readonly (readonly [uid: string, sequence: number])[]) => {
  const { delivered, repeated, disordered, problems } = readJournal(arrivals(...events), expected);
  return { delivered, repeated, disordered, problems: problems.length };
};

test('all events in order are no problem, however the analyses take turns', () => {
  assert.deepEqual(countsOf(['one', 1], ['other', 1], ['other', 2], ['one', 2], ['one', 3], ['other', 3]), {
    delivered: 6,
    repeated: 0,
    disordered: 0,
    problems: 0,
  });
});

test('an event that never comes is lost, and does not disturb the order of the rest', () => {
  assert.deepEqual(countsOf(['one', 1], ['one', 3], ['other', 1], ['other', 2], ['other', 3]), {
    delivered: 5,
    repeated: 0,
    disordered: 0,
    problems: 1,
  });
});

test('what comes again is a repetition: it counts once, from when it first came', () => {
  assert.deepEqual(
    countsOf(
      ['one', 1],
      ['one', 2],
      ['one', 1],
      ['one', 3],
      ['one', 1],
      ['other', 1],
      ['other', 2],
      ['other', 3],
    ),
    { delivered: 6, repeated: 2, disordered: 0, problems: 0 },
  );
});

test('an analysis whose events overtake each other is out of order', () => {
  assert.deepEqual(countsOf(['one', 2], ['one', 1], ['one', 3], ['other', 1], ['other', 2], ['other', 3]), {
    delivered: 6,
    repeated: 0,
    disordered: 1,
    problems: 1,
  });
});

test('what nobody owed is no delivery', () => {
  assert.deepEqual(countsOf(['stranger', 1], ['one', 4]), {
    delivered: 0,
    repeated: 0,
    disordered: 0,
    problems: 2,
  });
});
