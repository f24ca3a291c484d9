// Bugs in what is sent to an endpoint, and when.
import type { Mutant } from '../mutant.ts';

const failing = 'test/cluster/retry.test.ts';

export const deliveries: readonly Mutant[] = [
  {
    name: 'acknowledged-when-sent',
    breaks: 'I1: a request that has been sent counts as delivered, whatever is answered',
    edits: [
      {
        file: 'delivery/exchange.ts',
        from: `this.#stop(new UnwantedError('not wanted any more'));`,
        to: `this.#stop(new UnwantedError('not wanted any more'));
    else
      setImmediate(() => {
        this.#head = { statusCode: 200, headers: {}, reasonPhrase: 'OK' };
        this.#finish(undefined);
      });`,
      },
    ],
    caughtBy: {
      file: failing,
      path: ['failing receivers', 'an answer of 500 is tried again until it is 200, and the order stays'],
    },
  },
  {
    name: 'rungs-skipped',
    breaks: 'I3: of the rungs that a jump reaches only the highest is told',
    edits: [
      {
        file: 'events/ladder.ts',
        from: 'for (let milestone = 1; milestone',
        to: 'for (let milestone = Math.max(1, milestones); milestone',
      },
    ],
    caughtBy: {
      file: 'test/cluster/milestone.test.ts',
      path: ['the Milestone contract', 'a jump tells every crossed milestone in order'],
    },
  },
  {
    name: 'counted-ids',
    breaks: 'I2: the number in an id is counted in memory, so another process gives it to another event',
    edits: [
      {
        file: 'events/body-ids.ts',
        from: `/** Of an event. */
export function webhookId(analysisUid: string, sequence: number): string {
  return`,
        to: `const sent = new Map<string, number[]>();

export function webhookId(analysisUid: string, rung: number): string {
  const rungs = sent.get(analysisUid) ?? [];
  if (!rungs.includes(rung)) sent.set(analysisUid, rungs), rungs.push(rung);
  const sequence = rungs.indexOf(rung) + 1;
  return`,
      },
    ],
    caughtBy: {
      file: 'test/cluster/restart.test.ts',
      path: ['I2: after a kill -9 ids and numbers go on where the record ends'],
    },
  },
  {
    name: 'overtaken',
    breaks: 'I3: under InOrder the next event is sent while the one before it waits to be tried again',
    edits: [
      {
        file: 'events/next-delivery.ts',
        from: `return waiting.length < owed.length ? { action: 'idle' } : next(first, endpoint, times);`,
        to: `return waiting.length < owed.length ? { action: 'idle' } : soonest(waiting, endpoint, times);`,
      },
    ],
    caughtBy: {
      file: failing,
      path: ['failing receivers', 'an answer of 500 is tried again until it is 200, and the order stays'],
    },
  },
  {
    name: 'time-of-attempt',
    breaks: 'I2: every attempt has a time of its own in the body',
    edits: [
      {
        file: 'controllers/sender.ts',
        from: 'bodyOf({ analysis, event, endpoint: about',
        to: 'bodyOf({ analysis, event: { ...event, time: new Date().toISOString() }, endpoint: about',
      },
    ],
    caughtBy: {
      file: 'test/cluster/contracts/failing-receivers.test.ts',
      path: [
        'receivers that fail',
        'a receiver that takes 10.5 s is too late for its 10 s, and has the same event once more',
      ],
    },
  },
  {
    name: 'sent-though-disabled',
    breaks: 'I8: once its turn has come an event is sent, though its endpoint was disabled meanwhile',
    edits: [
      {
        file: 'controllers/attempt.ts',
        from: `
      endpoint.metadata.generation === prepared.metadata.generation &&
      isEnabled(endpoint) &&`,
        to: '',
      },
    ],
    caughtBy: {
      file: 'test/cluster/turns.test.ts',
      path: ['what waits for its turn is not sent to an endpoint that was disabled meanwhile'],
    },
  },
  {
    name: 'given-up-off-record',
    breaks: 'I1: what is given up is dropped, and the record does not say so',
    edits: [
      {
        file: 'events/ledger.ts',
        from: `  const changed = changeDelivery(ledger, endpointUid, sequence, (delivery) => {
    const { nextAttemptTime: _over, ...rest } = delivery;
    return { ...rest, state: 'GivenUp', reason };
  });`,
        to: `  const changed = {
    ...ledger,
    endpoints: ledger.endpoints.map((one) =>
      one.uid === endpointUid
        ? { ...one, deliveries: one.deliveries.filter((delivery) => delivery.sequence !== sequence) }
        : one,
    ),
  };`,
      },
    ],
    caughtBy: {
      file: failing,
      path: [
        'failing receivers',
        'after maxAttempts an event is given up, with an Event, and the next one is tried',
      ],
    },
  },
];
