// Delivers what one analysis owes: in order to each endpoint, one attempt at a time, and no endpoint waits for
// another.
import type { Analysis } from '../api/analysis.ts';
import type { Delivery, GiveUpReason, Subscription } from '../api/ledger.ts';
import type { WebhookEndpoint } from '../api/webhook-endpoint.ts';
import type { Slots } from '../delivery/slots.ts';
import { giveUp, owedCount, recordAttempt } from '../events/ledger.ts';
import { type EndpointNow, type NextDelivery, nextDelivery } from '../events/next-delivery.ts';
import type { Log } from '../kube/log.ts';
import type { DeliveryClock } from './delivery-clock.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import type { Endpoints } from './endpoints.ts';
import type { LedgerCopy } from './ledger-copy.ts';
import type { Metrics } from './metrics.ts';
import type { Notices } from './notices.ts';
import type { Sender } from './sender.ts';

export interface DelivererOptions {
  endpoints: Pick<Endpoints, 'find' | 'confirm'>;
  health: Pick<EndpointHealth, 'isGone' | 'noteGivenUp'>;
  sender: Pick<Sender, 'send'>;
  slots: Slots;
  notices: Pick<Notices, 'givenUp'>;
  metrics: Metrics;
  log: Log;
}

/** The analysis whose events are delivered. */
export interface Delivered {
  /** As last seen. */
  readonly analysis: () => Analysis;
  readonly ledger: LedgerCopy;
  readonly clock: DeliveryClock;
  /** False while it may have been deleted. */
  readonly mayStart: () => boolean;
  /** The ledger may have changed: `serve` is wanted again. */
  readonly changed: () => void;
  /** `serve` is wanted again after this time at the latest. */
  readonly wakeIn: (delayMs: number) => void;
}

/** After a look-up that failed, or a fault of our own. */
const retryMs = 1000;

/** Of an endpoint that cannot be read now: whatever it was owed waits. */
const held: EndpointNow = { enabled: false, gone: false, maxAttempts: Infinity, maxAgeMs: Infinity };

export class Deliverer {
  readonly #of: Delivered;
  readonly #options: DelivererOptions;
  /** Work under way, by the uid of the endpoint. */
  readonly #busy = new Map<string, Promise<void>>();
  /** Endpoints that the API server does not have any more. */
  readonly #deleted = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #ending = new AbortController();

  constructor(of: Delivered, options: DelivererOptions) {
    this.#of = of;
    this.#options = options;
  }

  /** Starts every attempt that is due, gives up what must be, and asks to be woken for the rest. */
  serve(): void {
    for (const { uid } of this.#of.ledger.working.endpoints) this.#serveOne(uid);
  }

  /** Starts no attempt any more. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Resolves when no attempt is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  /** Cuts the attempts off that are under way. */
  end(): void {
    this.#stopping.abort();
    this.#ending.abort();
  }

  #serveOne(uid: string): void {
    while (!this.#busy.has(uid) && this.#mayStart()) {
      const subscription = this.#subscriptionOf(uid);
      const next = subscription === undefined ? 'idle' : this.#next(subscription);
      if (subscription === undefined || next === 'idle') return;
      if (next === 'unknown') {
        this.#begin(uid, this.#confirm(subscription));
        return;
      }
      switch (next.action) {
        case 'idle':
          return;
        case 'wait':
          this.#of.wakeIn(next.forMs);
          return;
        case 'send':
          this.#begin(uid, this.#send(subscription, next.delivery.sequence, next.delivery.attempts + 1));
          return;
        case 'giveUp':
          this.#giveUp(subscription, next.delivery, next.reason);
      }
    }
  }

  #next(subscription: Subscription): NextDelivery | 'idle' | 'unknown' {
    if (owedCount({ endpoints: [subscription] }) === 0) return 'idle';
    const endpoint = this.#endpointNow(subscription);
    if (endpoint === 'unknown') return 'unknown';
    const { clock } = this.#of;
    return nextDelivery(subscription, endpoint, {
      ageMs: (sequence) => clock.ageMs(sequence),
      dueInMs: (sequence) => clock.dueInMs(subscription.uid, sequence),
    });
  }

  async #send(subscription: Subscription, sequence: number, attempt: number): Promise<void> {
    const { uid } = subscription;
    const { slots, sender, metrics } = this.#options;
    const limit = this.#find(subscription)?.spec.delivery.maxConcurrent;
    if (limit === undefined) return;
    const request = { key: uid, limit, kind: attempt === 1 ? 'first' : 'retry' } as const;
    const slot =
      slots.tryAcquire(request) ?? (await slots.acquire({ ...request, signal: this.#stopping.signal }));
    try {
      const { ledger, clock, analysis } = this.#of;
      const endpoint = this.#stillToSend(uid, sequence);
      const event = ledger.working.events.find((one) => one.sequence === sequence);
      if (endpoint === undefined || event === undefined) return;
      const { record, delayMs } = await sender.send({
        analysis: analysis(),
        endpoint,
        event,
        attempt,
        signal: this.#ending.signal,
      });
      if (delayMs !== undefined) clock.delay(uid, sequence, delayMs);
      if (record.delivered) metrics.latency.observe(clock.ageMs(sequence) / 1000);
      ledger.change((working) => recordAttempt(working, uid, record));
    } finally {
      slot.release();
    }
  }

  /** The wait for a slot may have been long: only what would be decided again is sent. */
  #stillToSend(uid: string, sequence: number): WebhookEndpoint | undefined {
    const subscription = this.#subscriptionOf(uid);
    if (subscription === undefined || !this.#mayStart()) return undefined;
    const next = this.#next(subscription);
    if (typeof next === 'string' || next.action !== 'send' || next.delivery.sequence !== sequence)
      return undefined;
    return this.#find(subscription);
  }

  #giveUp(subscription: Subscription, delivery: Delivery, reason: GiveUpReason): void {
    const { health, notices, metrics } = this.#options;
    const { ledger, analysis } = this.#of;
    ledger.change((working) => giveUp(working, subscription.uid, delivery.sequence, reason));
    metrics.givenUp.inc({ reason });
    health.noteGivenUp(subscription.uid);
    notices.givenUp(analysis(), subscription, delivery, reason);
  }

  /** A cache that does not have an endpoint may be late, so the API server is asked. */
  async #confirm({ name, uid }: Subscription): Promise<void> {
    const { namespace, name: analysis } = this.#of.analysis().metadata;
    try {
      if ((await this.#options.endpoints.confirm(namespace, uid)) === undefined) this.#deleted.add(uid);
    } catch (error) {
      const fields = { namespace, analysis, endpoint: name, error: String(error) };
      this.#options.log('warn', 'endpoint cannot be looked up', fields);
      await pause(retryMs, this.#stopping.signal);
    }
  }

  #endpointNow(subscription: Subscription): EndpointNow | undefined | 'unknown' {
    const { namespace } = this.#of.analysis().metadata;
    const { endpoints, health } = this.#options;
    if (this.#deleted.has(subscription.uid)) return undefined;
    const observed = endpoints.find(namespace, subscription.name, subscription.uid);
    if (observed === undefined) return 'unknown';
    const { endpoint } = observed;
    if (endpoint === undefined) return held;
    const { enabled, delivery } = endpoint.spec;
    return {
      enabled,
      gone: health.isGone(endpoint),
      maxAttempts: delivery.maxAttempts,
      maxAgeMs: delivery.maxAgeSeconds * 1000,
    };
  }

  #find({ name, uid }: Subscription): WebhookEndpoint | undefined {
    return this.#options.endpoints.find(this.#of.analysis().metadata.namespace, name, uid)?.endpoint;
  }

  #subscriptionOf(uid: string): Subscription | undefined {
    return this.#of.ledger.working.endpoints.find((one) => one.uid === uid);
  }

  #mayStart(): boolean {
    return !this.#stopping.signal.aborted && this.#of.mayStart();
  }

  #begin(uid: string, work: Promise<void>): void {
    this.#busy.set(uid, this.#follow(uid, work));
  }

  async #follow(uid: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!this.#stopping.signal.aborted) {
        this.#options.log('error', 'attempt broke', { endpoint: uid, error: String(error) });
        await pause(retryMs, this.#stopping.signal);
      }
    }
    this.#busy.delete(uid);
    this.#of.changed();
  }
}

/** Resolves after the time, or when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer);
      resolve();
    },
    { once: true },
  );
  return promise;
}
