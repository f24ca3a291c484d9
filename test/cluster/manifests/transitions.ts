// What an Analysis may become, given what it was, and what kubectl answers to the rest.
import { ledger } from './operator-status.ts';
import { clear, type Edit, operator, replace, serverSideApply, worker } from './writes.ts';

/** A sentence; the edits that lead there, which must be accepted; the edit in question; why it is refused, if it is. */
export type Transition = readonly [title: string, before: readonly Edit[], edit: Edit, ...refused: string[]];

const terminal = (phase: string) =>
  `status.phase: Invalid value: "${phase}": must stay as it is once it is Success or Failed: a new run is a new Analysis`;
const queued =
  'status.phase: Invalid value: "Queued": must not return to Queued, or be removed, once the analysis has started: a new run is a new Analysis';
const removed =
  'status.phase: Invalid value: must not return to Queued, or be removed, once the analysis has started: a new run is a new Analysis';
const finalPercentage =
  'status.percentage: Invalid value: must stay as it is once the phase is Success or Failed';
const keptPercentage = 'status.percentage: Invalid value: must not be removed once set';
const keptLedger =
  'status.delivery: Forbidden: must stay: it is the record of deliveries. Write phase, percentage, message and result with a patch ' +
  '(kubectl patch --subresource=status --type=merge), not by replacing the status';
const revision = 'status.delivery.revision: Invalid value: must grow by one with every change of the ledger';
const revisionOf = (value: number) =>
  `status.delivery.revision: Invalid value: ${value}: must grow by one with every change of the ledger`;
const epoch = 'status.delivery.epoch: Invalid value: 1: must not go back';
const settledEvents =
  'status.delivery.events: Invalid value: must stay as they are once the ledger is Settled';

const analyzing = worker({ phase: 'Analyzing', percentage: 40 });
const success = worker({ phase: 'Success', percentage: 100 });
const failed = worker({ phase: 'Failed' });
const active = operator(ledger);
const settled = operator({ ...ledger, state: 'Settled' });
const otherEvents = [{ ...ledger.events[0], percentage: 10 }];

const phases: readonly Transition[] = [
  ['an analysis may start', [], analyzing],
  ['an analysis may be queued first', [worker({ phase: 'Queued', percentage: 0 })], analyzing],
  ['an analysis may end at once', [], success],
  ['an analysis may aggregate', [analyzing], worker({ phase: 'Aggregating' })],
  ['an analysis may analyze again', [worker({ phase: 'Aggregating' })], analyzing],
  ['an analysis may fail', [analyzing], failed],
  ['an analysis that has started is not queued again', [analyzing], worker({ phase: 'Queued' }), queued],
  ['a phase is not removed', [analyzing], worker({ phase: null }), removed],
  ['a queued phase may be removed', [worker({ phase: 'Queued' })], worker({ phase: null })],
  ['a success does not become a failure', [success], worker({ phase: 'Failed' }), terminal('Failed')],
  ['a failure does not become a success', [failed], worker({ phase: 'Success' }), terminal('Success')],
  ['a success does not go on', [success], worker({ phase: 'Analyzing' }), terminal('Analyzing')],
  ['a success is not queued again', [success], worker({ phase: 'Queued' }), terminal('Queued'), queued],
  ['the phase of a success is not removed', [success], worker({ phase: null }), removed],
  ['a success may be reported twice', [success], success],
];

const percentages: readonly Transition[] = [
  ['a percentage may go back', [analyzing], worker({ percentage: 10 })],
  ['a percentage is not removed', [analyzing], worker({ percentage: null }), keptPercentage],
  [
    'a percentage is not removed from a queued analysis either',
    [worker({ percentage: 0 })],
    worker({ percentage: null }),
    keptPercentage,
  ],
  [
    'the last phase and percentage may come together',
    [analyzing],
    worker({ phase: 'Failed', percentage: 70 }),
  ],
  ['the percentage of a success is fixed', [success], worker({ percentage: 99 }), finalPercentage],
  ['a failure without a percentage gets none', [failed], worker({ percentage: 37 }), finalPercentage],
  [
    'the percentage of a success is not removed',
    [success],
    worker({ percentage: null }),
    keptPercentage,
    finalPercentage,
  ],
  ['a message may be written after the end', [success], worker({ message: 'cleaned up' })],
  ['a message may be removed', [worker({ message: 'a' })], worker({ message: null })],
];

const wholeStatuses: readonly Transition[] = [
  ['an empty status may be cleared', [], clear],
  ['a status with a percentage is not cleared', [worker({ percentage: 0 })], clear, keptPercentage],
  ['the status of a started analysis is not cleared', [analyzing], clear, removed, keptPercentage],
  [
    'a settled status is not cleared',
    [success, settled],
    clear,
    keptLedger,
    removed,
    keptPercentage,
    finalPercentage,
  ],
  [
    'a status may be replaced while there is no ledger',
    [analyzing],
    replace({ phase: 'Failed', percentage: 41 }),
  ],
  [
    'a status is not replaced without its ledger',
    [analyzing, active],
    replace({ phase: 'Failed', percentage: 41 }),
    keptLedger,
  ],
  [
    'server-side apply leaves the ledger alone',
    [active],
    serverSideApply({ phase: 'Analyzing', percentage: 1 }),
  ],
  [
    'server-side apply names all of its fields every time',
    [serverSideApply({ phase: 'Analyzing', percentage: 1 })],
    serverSideApply({ phase: 'Aggregating' }),
    keptPercentage,
  ],
];

const ledgers: readonly Transition[] = [
  ['a ledger may begin', [analyzing], active],
  ['a ledger may change with its next revision', [active], operator({ revision: 2, lastSequence: 2 })],
  ['a ledger may be written again as it is', [active], active],
  ['a ledger does not change under its revision', [active], operator({ lastSequence: 2 }), revision],
  ['a ledger does not skip a revision', [active], operator({ revision: 3 }), revisionOf(3)],
  [
    'a ledger does not go back to an old revision',
    [active, operator({ revision: 2 })],
    operator({ revision: 1 }),
    revisionOf(1),
  ],
  ['an epoch may follow', [active], operator({ revision: 2, epoch: 2 })],
  ['an epoch may skip some', [active], operator({ revision: 2, epoch: 9 })],
  [
    'an epoch does not go back',
    [active, operator({ revision: 2, epoch: 2 })],
    operator({ revision: 3, epoch: 1 }),
    epoch,
  ],
  ['a ledger may settle', [active], operator({ revision: 2, state: 'Settled' })],
  ['a settled ledger may be active again', [settled], operator({ revision: 2, state: 'Active' })],
  [
    'a settled ledger keeps its events',
    [settled],
    operator({ revision: 2, state: 'Active', events: otherEvents }),
    settledEvents,
  ],
  ['an active ledger may change its events', [active], operator({ revision: 2, events: otherEvents })],
  ['the operator does not remove a ledger', [active], operator(null), keptLedger],
];

export const transitions: readonly Transition[] = [...phases, ...percentages, ...wholeStatuses, ...ledgers];
