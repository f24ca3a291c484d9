// When the result of an analysis may change: until the phase is final, and then no more.
import { parseLossless } from '../../../src/kube/lossless.ts';
import { ledger } from './operator-status.ts';
import type { Transition } from './transitions.ts';
import { clear, operator, replace, serverSideApply, worker } from './writes.ts';

const fixed =
  'status.result: Invalid value: must stay as it is once the phase is Success or Failed: write it with or before the final ' +
  'phase';
const finalPhase =
  'status.phase: Invalid value: "Queued": must stay as it is once it is Success or Failed: a new run is a new Analysis';
const queuedAgain =
  'status.phase: Invalid value: "Queued": must not return to Queued, or be removed, once the analysis has started: a new ' +
  'run is a new Analysis';
const keptPhase =
  'status.phase: Invalid value: must not return to Queued, or be removed, once the analysis has started: a new run is a new ' +
  'Analysis';
const finalPercentage =
  'status.percentage: Invalid value: must stay as it is once the phase is Success or Failed';
const keptPercentage = 'status.percentage: Invalid value: must not be removed once set';

const result = {
  jobResults: [{ imageId: 'a', score: 0.5 }],
  imageResults: { a: { ok: true, tags: ['x', 'y'] } },
};
const reordered = {
  imageResults: { a: { tags: ['x', 'y'], ok: true } },
  jobResults: [{ score: 0.5, imageId: 'a' }],
};
const success = worker({ phase: 'Success', percentage: 100, result });
const successWithout = worker({ phase: 'Success', percentage: 100 });
const analyzing = worker({ phase: 'Analyzing', percentage: 40, result });

/** A PUT of a final status with this result. */
const ended = (value: object) => replace({ phase: 'Success', result: value });

/** One of `count` times 100 bytes: the comparison of large ones could cost too much. */
const large = (last: string, count = 3000) => ({
  items: [...Array.from({ length: count }, (_, index) => ({ index, text: 'a'.repeat(80) })), last],
});

const precise = parseLossless('{"a":[9007199254740993,0.1,1e-7]}') as object;

/** A final result, and what it is not the same as. */
const differing: readonly (readonly [title: string, before: object, after: object])[] = [
  ['a member', result, { ...result, imageResults: {} }],
  ['something deep inside', result, { ...result, jobResults: [{ imageId: 'a', score: 0.25 }] }],
  ['a new member', result, { ...result, more: 1 }],
  ['a member less', result, { jobResults: result.jobResults }],
  ['everything', result, {}],
  ['the order of a list', { list: [1, 2] }, { list: [2, 1] }],
  ['a number to text', { a: 1 }, { a: '1' }],
  ['false to nothing', { a: false }, { a: 0 }],
  ['null to nothing', { a: null }, {}],
  ['null to false', { a: null }, { a: false }],
  [
    'a digit that a double cannot hold',
    parseLossless('{"a":9007199254740993}') as object,
    parseLossless('{"a":9007199254740992}') as object,
  ],
  ['the last of many', large('a'), large('b')],
];

export const resultTransitions: readonly Transition[] = [
  ['a result may be written before the start', [], worker({ result })],
  ['a result may be written on the way', [worker({ phase: 'Analyzing' })], worker({ result })],
  ['a result may grow on the way', [analyzing], worker({ result: { more: 1 } })],
  ['a result may shrink on the way', [analyzing], worker({ result: { jobResults: null } })],
  ['a result may be removed on the way', [analyzing], worker({ result: null })],
  [
    'server-side apply that does not name the result removes it on the way',
    [serverSideApply({ phase: 'Analyzing', result })],
    serverSideApply({ phase: 'Analyzing' }),
  ],
  ['a result may come with the final phase', [worker({ phase: 'Analyzing' })], success],
  ['a result may come with a failure', [], worker({ phase: 'Failed', result })],
  ['a result may come before the final phase', [analyzing], successWithout],
  ['a result may change with the final phase', [analyzing], worker({ phase: 'Failed', result: { more: 1 } })],
  ['a result may go with the final phase', [analyzing], worker({ phase: 'Failed', result: null })],

  ['a success without a result gets none', [successWithout], worker({ result }), fixed],
  ['a success without a result gets no empty one', [successWithout], worker({ result: {} }), fixed],
  ['a failure without a result gets none', [worker({ phase: 'Failed' })], worker({ result }), fixed],
  ['the result of a success does not grow', [success], worker({ result: { more: 1 } }), fixed],
  ['the result of a success does not shrink', [success], worker({ result: { jobResults: null } }), fixed],
  ['the result of a success is not removed', [success], worker({ result: null }), fixed],
  [
    'the result of a failure is not removed',
    [worker({ phase: 'Failed', result: {} })],
    worker({ result: null }),
    fixed,
  ],
  [
    'a replacement that leaves the result out removes it',
    [ended(result)],
    replace({ phase: 'Success' }),
    fixed,
  ],
  [
    'server-side apply names the result every time',
    [serverSideApply({ phase: 'Success', result })],
    serverSideApply({ phase: 'Success' }),
    fixed,
  ],
  [
    'a status with a final result is not cleared',
    [success],
    clear,
    keptPhase,
    keptPercentage,
    finalPercentage,
    fixed,
  ],
  [
    'nobody changes the result and the final phase at once',
    [success],
    worker({ phase: 'Queued', result: { more: 1 } }),
    fixed,
    finalPhase,
    queuedAgain,
  ],
  ...differing.map(
    ([title, before, after]): Transition => [
      `a final result does not change by ${title}`,
      [ended(before)],
      ended(after),
      fixed,
    ],
  ),

  ['a final result may be written again', [success], success],
  ['a final result may be written again in another order', [ended(result)], ended(reordered)],
  ['a final result with null may be written again', [ended({ a: null })], ended({ a: null })],
  ['a final result with large numbers may be written again', [ended(precise)], ended(precise)],
  ['a large final result may be written again', [ended(large('a'))], ended(large('a'))],
  [
    'a message may be written beside a final result of 900 KB',
    [ended(large('a', 9000))],
    worker({ message: 'a' }),
  ],
  ['a ledger may be written beside a final result', [success], operator(ledger)],
];
