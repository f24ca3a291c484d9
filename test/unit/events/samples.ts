// What the tests of events start from: analyses, endpoints, paths of statuses that a worker may write, operators
// that see some of a path and restart, and ledgers to which things happen.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { type Analysis, storedAnalysis } from '../../../src/api/analysis.ts';
import type { EventFilter } from '../../../src/api/event-types.ts';
import {
  type Delivery,
  giveUpReasons,
  type LastResponse,
  type Ledger,
  ledger as ledgerSchema,
  type Subscription,
} from '../../../src/api/ledger.ts';
import { storedWebhookEndpoint, type WebhookEndpoint } from '../../../src/api/webhook-endpoint.ts';
import { derive, type Observed, type Rung } from '../../../src/events/ladder.ts';
import { climb, giveUp, openLedger, recordAttempt } from '../../../src/events/ledger.ts';

type Fields = Readonly<Record<string, unknown>>;

const metadata = {
  namespace: 'team-a',
  uid: '0b9a3f0e-6d0f-4c39-9d0c-2f3f2a6f7c11',
  resourceVersion: '1',
  creationTimestamp: '2026-10-21T07:00:00Z',
};

export function analysisOf(spec: Fields = {}, over: Fields = {}): Analysis {
  return storedAnalysis.parse({ metadata: { ...metadata, name: 'run-1', ...over }, spec });
}

export function endpointOf(name: string, spec: Fields = {}, over: Fields = {}): WebhookEndpoint {
  return storedWebhookEndpoint.parse({
    metadata: { ...metadata, name, uid: uidOf(name), ...over },
    spec: { url: 'https://example.com/hook', ...spec },
  });
}

export function subscriptionOf(name: string, events: EventFilter = ['analysis.*']): Subscription {
  return { name, uid: uidOf(name), events: [...events], deliveries: [] };
}

export const uidOf = (name: string) => `uid-of-${name}`;

/** One that wants everything, and two that want less. */
export const subscriptions: readonly Subscription[] = [
  subscriptionOf('all'),
  subscriptionOf('ends', ['analysis.completed', 'analysis.failed']),
  subscriptionOf('progress', ['analysis.progress']),
];

export const opened = openLedger(subscriptions, 'replica-1');

/** A time of one clock, in whole seconds after its beginning. */
export const timeAt = (seconds: number) => new Date(Date.UTC(2026, 9, 21, 8) + seconds * 1000).toISOString();

/** The ledger as it comes back from the API server; fails where the schema would refuse it. */
export function stored(ledger: Ledger): Ledger {
  return ledgerSchema.parse(JSON.parse(JSON.stringify(ledger)));
}

/** The ledger after this status was seen. */
export function see(ledger: Ledger, observed: Observed, time = timeAt(0)): Ledger {
  return climb(ledger, derive(ledger, observed), observed, time);
}

export function respond(sequence: number, attempt = 1, over: Partial<LastResponse> = {}): LastResponse {
  const time = timeAt(attempt);
  return { sequence, attempt, time, durationMilliseconds: 12, statusCode: 200, message: 'ok', ...over };
}

export function deliveryTo(ledger: Ledger, name: string, sequence: number): Delivery | undefined {
  return deliveriesTo(ledger, name).find((one) => one.sequence === sequence);
}

export function deliveriesTo({ endpoints }: Ledger, name: string): Delivery[] {
  return endpoints.find((one) => one.name === name)?.deliveries ?? [];
}

export type Path = readonly Observed[];

/** -1 is none. Milestones themselves come often. */
const percentage = fc.oneof(
  fc.integer({ min: -1, max: 100 }),
  fc.nat({ max: 10 }).map((tens) => tens * 10),
);

/**
 * Statuses as the API server lets a worker write them: what is terminal is frozen, nothing returns to Queued.
 * `steady`: the percentage never goes back, nor away.
 */
export function paths(kind: 'steady' | 'any'): fc.Arbitrary<Path> {
  return fc
    .record({
      queued: fc.array(fc.constantFrom(undefined, 'Queued' as const), { maxLength: 2 }),
      running: fc.array(fc.constantFrom('Analyzing' as const, 'Aggregating' as const), { maxLength: 8 }),
      end: fc.array(fc.constantFrom('Success' as const, 'Failed' as const), { maxLength: 1 }),
      percentages: fc.array(percentage, { minLength: 11, maxLength: 11 }),
      repeatsEnd: fc.boolean(),
    })
    .map(({ queued, running, end, percentages, repeatsEnd }) => {
      const ordered = kind === 'steady' ? percentages.toSorted((a, b) => a - b) : percentages;
      const path = [...queued, ...running, ...end].map((phase, step): Observed => {
        const value = ordered[step] ?? -1;
        return { phase, percentage: value === -1 ? undefined : value };
      });
      return repeatsEnd ? [...path, ...path.slice(-1)] : path;
    })
    .filter((path) => path.length > 0);
}

/** What an operator makes of one step of a path. */
interface Moment {
  readonly misses: boolean;
  /** It restarts first, from one of the ledgers recorded so far. */
  readonly restartFrom: number | undefined;
}

const moment: fc.Arbitrary<Moment> = fc.record({
  misses: fc.boolean(),
  restartFrom: fc.option(fc.nat({ max: 20 }), { nil: undefined }),
});

/** One for each step of the longest path. */
export const moments = fc.array(moment, { minLength: 12, maxLength: 12 });

interface Followed {
  readonly ledger: Ledger;
  /** The steps that were not missed. */
  readonly seen: Path;
  /** Every rung on the way, those that a restart forgot included. */
  readonly told: readonly Rung[];
}

/** Where a path ends for an operator; without moments, for one that sees every step. */
export function follow(path: Path, moments: readonly Moment[] = []): Followed {
  const recorded = [opened];
  const seen: Observed[] = [];
  const told: Rung[] = [];
  let ledger = opened;
  for (const [step, observed] of path.entries()) {
    const { misses = false, restartFrom } = moments[step] ?? {};
    if (restartFrom !== undefined) ledger = stored(recorded[restartFrom % recorded.length] ?? opened);
    if (misses && step < path.length - 1) continue;
    seen.push(observed);
    told.push(...derive(ledger, observed));
    ledger = see(ledger, observed, timeAt(step));
    recorded.push(ledger);
  }
  return { ledger, seen, told };
}

/** Something that happens to a ledger. What it names may be unknown, not owed any more, or late. */
interface Happening {
  readonly kind: 'status' | 'delivered' | 'failed' | 'givenUp';
  /** Of the path. */
  readonly step: number;
  readonly endpoint: number;
  readonly pick: number;
  readonly reason: (typeof giveUpReasons)[number];
  /** The number of an attempt where it is not the one that follows. */
  readonly late: number | undefined;
  readonly statusCode: number | undefined;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom('status', 'delivered', 'failed', 'givenUp'),
  step: fc.nat({ max: 11 }),
  endpoint: fc.nat({ max: 3 }),
  pick: fc.nat({ max: 10 }),
  reason: fc.constantFrom(...giveUpReasons),
  late: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined, freq: 3 }),
  statusCode: fc.option(fc.integer({ min: 200, max: 599 }), { nil: undefined }),
});

export const happenings = fc.array(happening, { maxLength: 40, size: 'max' });

/** The ledger after one thing has happened, at this time. */
export function happen(ledger: Ledger, path: Path, { kind, ...what }: Happening, time: string): Ledger {
  const { name = 'unknown', deliveries = [] } = ledger.endpoints[what.endpoint] ?? {};
  const delivery = deliveries[what.pick % Math.max(deliveries.length, 1)];
  const sequence = delivery?.sequence ?? what.pick + 1;
  const attempt = what.late ?? (delivery?.attempts ?? 0) + 1;
  const { statusCode } = what;
  const { statusCode: _, ...rest } = respond(sequence, attempt, { time });
  const response = { ...rest, ...(statusCode === undefined ? {} : { statusCode }) };
  switch (kind) {
    case 'status': {
      const observed = path[what.step % path.length];
      assert.ok(observed !== undefined);
      return see(ledger, observed, time);
    }
    case 'delivered':
      return recordAttempt(ledger, uidOf(name), { delivered: true, response });
    case 'failed':
      return recordAttempt(ledger, uidOf(name), { delivered: false, response, nextAttemptTime: time });
    case 'givenUp':
      return giveUp(ledger, uidOf(name), sequence, what.reason);
  }
}

/** Every ledger on the way, the first one included. `startSeconds` tells the clocks of replicas apart. */
export function live(
  first: Ledger,
  path: Path,
  history: readonly Happening[],
  startSeconds = 0,
): readonly Ledger[] {
  const ledgers = [first];
  for (const [index, one] of history.entries())
    ledgers.push(happen(ledgers.at(-1) ?? first, path, one, timeAt(startSeconds + index)));
  return ledgers;
}
