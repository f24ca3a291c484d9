// What to do next for one (analysis, endpoint): the decision alone, with the clock and the endpoint's state
// coming in. The caller acts on it, and asks again after anything has changed.
import type { Delivery, GiveUpReason, Subscription } from '../api/ledger.ts';
import { lastRung } from './ladder.ts';

/** The endpoint as it is now; `undefined` where it does not exist any more (or another has its name). */
export interface EndpointNow {
  readonly enabled: boolean;
  readonly gone: boolean;
  /** Its circuit is open: it wakes whoever may probe. */
  readonly circuitOpen: boolean;
  readonly maxAttempts: number;
  readonly maxAgeMs: number;
  readonly ordering: 'InOrder' | 'Unordered';
  readonly progress: 'EveryMilestone' | 'LatestOnly';
}

/** What is known of one delivery beside the ledger; times are monotonic, in milliseconds. */
export interface DeliveryTimes {
  readonly ageMs: (sequence: number) => number;
  /** How long until the next attempt is due; 0 or less when it is. */
  readonly dueInMs: (sequence: number) => number;
  /** An attempt is under way. */
  readonly isBusy: (sequence: number) => boolean;
}

export type NextDelivery =
  | { readonly action: 'send'; readonly delivery: Delivery }
  | { readonly action: 'giveUp'; readonly delivery: Delivery; readonly reason: GiveUpReason }
  /** A newer progress event is sent in its place. */
  | { readonly action: 'supersede'; readonly delivery: Delivery }
  /** It is due, and the endpoint's circuit says when somebody may try. */
  | { readonly action: 'probe'; readonly delivery: Delivery; readonly forMs: number }
  /** Nothing before this time has passed, or something changes. */
  | { readonly action: 'wait'; readonly forMs: number }
  | { readonly action: 'idle' };

/** In order, the lowest owed sequence alone is looked at, for nothing may overtake it. */
export function nextDelivery(
  { deliveries }: Pick<Subscription, 'deliveries'>,
  endpoint: EndpointNow | undefined,
  times: DeliveryTimes,
): NextDelivery {
  const owed = deliveries.filter(({ state }) => state === 'Owed');
  const waiting = owed.filter(({ sequence }) => !times.isBusy(sequence));
  const [first] = waiting;
  if (first === undefined) return { action: 'idle' };
  if (endpoint === undefined) return { action: 'giveUp', delivery: first, reason: 'EndpointDeleted' };
  const superseded = endpoint.progress === 'LatestOnly' ? olderProgress(waiting) : undefined;
  if (superseded !== undefined) return { action: 'supersede', delivery: superseded };
  if (endpoint.ordering === 'Unordered') return soonest(waiting, endpoint, times);
  return waiting.length < owed.length ? { action: 'idle' } : next(first, endpoint, times);
}

/** The first that something can be done about, else the shortest wait. */
function soonest(waiting: readonly Delivery[], endpoint: EndpointNow, times: DeliveryTimes): NextDelivery {
  let forMs = Infinity;
  for (const delivery of waiting) {
    const decision = next(delivery, endpoint, times);
    if (decision.action !== 'wait') return decision;
    forMs = Math.min(forMs, decision.forMs);
  }
  return { action: 'wait', forMs };
}

function next(delivery: Delivery, endpoint: EndpointNow, times: DeliveryTimes): NextDelivery {
  const ageLeftMs = endpoint.maxAgeMs - times.ageMs(delivery.sequence);
  if (ageLeftMs <= 0) return { action: 'giveUp', delivery, reason: 'MaxAgeReached' };
  if (delivery.attempts >= endpoint.maxAttempts)
    return { action: 'giveUp', delivery, reason: 'MaxAttemptsReached' };
  if (!endpoint.enabled || endpoint.gone) return { action: 'wait', forMs: ageLeftMs };
  // Whoever may probe is asked by the circuit, due or not: it has waited longer than any backoff.
  if (endpoint.circuitOpen) return { action: 'probe', delivery, forMs: ageLeftMs };
  const dueInMs = times.dueInMs(delivery.sequence);
  return dueInMs > 0 ? { action: 'wait', forMs: Math.min(dueInMs, ageLeftMs) } : { action: 'send', delivery };
}

/** A progress event behind which a newer one waits. */
function olderProgress(waiting: readonly Delivery[]): Delivery | undefined {
  const progress = waiting.filter(({ sequence }) => sequence > 1 && sequence < lastRung);
  return progress.length > 1 ? progress[0] : undefined;
}
