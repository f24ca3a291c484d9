// Who the subscriptions of one analysis are now: endpoints as they stand, and the analysis' own URL.
import type { Subscription } from '../api/ledger.ts';
import type { WebhookEndpoint } from '../api/webhook-endpoint.ts';
import type { EndpointNow } from '../events/next-delivery.ts';
import { isPerJob } from '../events/subscription.ts';
import type { DeliveryContext, DelivererOptions } from './delivery-context.ts';
import { perJobEndpoint } from './per-job.ts';

/** Of an endpoint that cannot be read now: whatever it was owed waits. */
const held: EndpointNow = {
  enabled: false,
  gone: false,
  circuitOpen: false,
  maxAttempts: Infinity,
  maxAgeMs: Infinity,
  ordering: 'InOrder',
  progress: 'EveryMilestone',
};

export class Recipients {
  readonly #of: Pick<DeliveryContext, 'analysis'>;
  readonly #options: Pick<DelivererOptions, 'endpoints' | 'health' | 'circuits'>;
  /** Endpoints that the API server does not have any more, though no watch has told so. */
  readonly #deleted = new Set<string>();
  #perJob: WebhookEndpoint | undefined;

  constructor(
    of: Pick<DeliveryContext, 'analysis'>,
    options: Pick<DelivererOptions, 'endpoints' | 'health' | 'circuits'>,
  ) {
    this.#of = of;
    this.#options = options;
  }

  find(subscription: Subscription): WebhookEndpoint | undefined {
    const analysis = this.#of.analysis();
    if (isPerJob(subscription, analysis)) return (this.#perJob ??= perJobEndpoint(analysis));
    return this.#observed(subscription)?.endpoint;
  }

  /** Undefined where it is deleted; `unknown` where that has to be confirmed first. */
  now(subscription: Subscription): EndpointNow | undefined | 'unknown' {
    const { uid } = subscription;
    if (this.#deleted.has(uid) || this.#options.endpoints.isDeleted(uid)) return undefined;
    const endpoint = this.find(subscription);
    if (endpoint === undefined) return this.#observed(subscription) === undefined ? 'unknown' : held;
    const { delivery } = endpoint.spec;
    return {
      enabled: isEnabled(endpoint),
      gone: this.#options.health.isGone(endpoint),
      circuitOpen: this.#options.circuits.isOpen(uid),
      maxAttempts: delivery.maxAttempts,
      maxAgeMs: delivery.maxAgeSeconds * 1000,
      ordering: delivery.ordering,
      progress: delivery.progress,
    };
  }

  /** A cache that does not have an endpoint may be late, so the API server is asked. Rejects where it cannot be. */
  async confirm({ uid }: Subscription): Promise<void> {
    const { namespace } = this.#of.analysis().metadata;
    if ((await this.#options.endpoints.confirm(namespace, uid)) === undefined) this.#deleted.add(uid);
  }

  #observed({ name, uid }: Subscription) {
    return this.#options.endpoints.find(this.#of.analysis().metadata.namespace, name, uid);
  }
}

/** Somebody's finalizer may keep a deleted one for long: nothing is sent to it. */
export function isEnabled({ metadata, spec }: WebhookEndpoint): boolean {
  return spec.enabled && metadata.deletionTimestamp === undefined;
}
