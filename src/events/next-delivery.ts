// What to do next for one (analysis, endpoint): the decision alone, with the clock and the endpoint's state
// coming in. The caller acts on it, and asks again after anything has changed.
import type { Delivery, GiveUpReason, Subscription } from '../api/ledger.ts';

/** The endpoint as it is now; `undefined` where it does not exist any more (or another has its name). */
export interface EndpointNow {
  readonly enabled: boolean;
  readonly gone: boolean;
  readonly maxAttempts: number;
  readonly maxAgeMs: number;
}

/** Monotonic times of one delivery, in milliseconds. */
export interface DeliveryTimes {
  readonly ageMs: (sequence: number) => number;
  /** How long until the next attempt is due; 0 or less when it is. */
  readonly dueInMs: (sequence: number) => number;
}

export type NextDelivery =
  | { readonly action: 'send'; readonly delivery: Delivery }
  | { readonly action: 'giveUp'; readonly delivery: Delivery; readonly reason: GiveUpReason }
  /** Nothing before this time has passed, or something changes. */
  | { readonly action: 'wait'; readonly forMs: number }
  | { readonly action: 'idle' };

/** In order: the lowest owed sequence alone is looked at, for nothing may overtake it. */
export function nextDelivery(
  { deliveries }: Pick<Subscription, 'deliveries'>,
  endpoint: EndpointNow | undefined,
  times: DeliveryTimes,
): NextDelivery {
  const delivery = deliveries.find(({ state }) => state === 'Owed');
  if (delivery === undefined) return { action: 'idle' };
  if (endpoint === undefined) return { action: 'giveUp', delivery, reason: 'EndpointDeleted' };
  const ageLeftMs = endpoint.maxAgeMs - times.ageMs(delivery.sequence);
  if (ageLeftMs <= 0) return { action: 'giveUp', delivery, reason: 'MaxAgeReached' };
  if (delivery.attempts >= endpoint.maxAttempts)
    return { action: 'giveUp', delivery, reason: 'MaxAttemptsReached' };
  if (!endpoint.enabled || endpoint.gone) return { action: 'wait', forMs: ageLeftMs };
  const dueInMs = times.dueInMs(delivery.sequence);
  return dueInMs > 0 ? { action: 'wait', forMs: Math.min(dueInMs, ageLeftMs) } : { action: 'send', delivery };
}
