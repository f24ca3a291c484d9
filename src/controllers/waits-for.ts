// Whom an owed event waits for: the first question where one is late.
import type { Delivery, Subscription } from '../api/ledger.ts';
import type { WebhookEndpoint } from '../api/webhook-endpoint.ts';
import type { EndpointNow } from '../events/next-delivery.ts';

/** `operator`: for us. `receiver`: for one that fails or is slow. `user`: for somebody to change the endpoint, or a rule. */
export type WaitsFor = 'operator' | 'receiver' | 'user';

export interface Owed {
  readonly waitsFor: WaitsFor;
  readonly ageMs: number;
}

interface Situation {
  readonly delivery: Pick<Delivery, 'attempts'>;
  /** `unknown` while its deletion has to be confirmed. */
  readonly now: EndpointNow | undefined | 'unknown';
  readonly endpoint: Pick<WebhookEndpoint, 'status'> | undefined;
  /** The endpoint's own limits, of requests at once or in a second, keep it back. */
  readonly isLimited: boolean;
}

export function waitsFor({ delivery, now, endpoint, isLimited }: Situation): WaitsFor {
  if (now === undefined || now === 'unknown') return 'operator';
  const isReady = endpoint?.status?.conditions?.every(
    ({ type, status }) => type !== 'Ready' || status !== 'False',
  );
  if (!now.enabled || now.gone || isReady === false) return 'user';
  return now.circuitOpen || delivery.attempts > 0 || isLimited ? 'receiver' : 'operator';
}

/** In order nothing overtakes the first one. */
export function firstOwed({ deliveries }: Subscription): Delivery | undefined {
  return deliveries.find(({ state }) => state === 'Owed');
}

/** By whom they wait for, in ms; 0 where none does. */
export function oldest(owed: Iterable<Owed>): Record<WaitsFor, number> {
  const ages = { operator: 0, receiver: 0, user: 0 };
  for (const { waitsFor: who, ageMs } of owed) ages[who] = Math.max(ages[who], ageMs);
  return ages;
}
