// One attempt to deliver an event to an endpoint: from reading what the endpoint refers to, to noting what came of it.
import type { Delivery, Subscription } from '../api/ledger.ts';
import type { WebhookEndpoint } from '../api/webhook-endpoint.ts';
import type { Pass } from '../delivery/circuit.ts';
import { recordAttempt, supersede } from '../events/ledger.ts';
import { isPerJob } from '../events/subscription.ts';
import type { Delivered, DelivererOptions } from './delivered.ts';
import { pause } from './pause.ts';
import type { Recipients } from './recipients.ts';
import type { Sent } from './sender.ts';
import type { Target } from './targets.ts';

/** While what an endpoint refers to is missing. */
const missingMs = 10_000;

/** The URL of a single analysis has no circuit. */
const unguarded: Pass = { isProbe: false, record: () => {}, abandon: () => {} };

export class Attempts {
  readonly #of: Delivered;
  readonly #options: DelivererOptions;
  readonly #recipients: Recipients;
  readonly #signals: { readonly stopping: AbortSignal; readonly ending: AbortSignal };

  /** @param signals.stopping nothing more is started; `ending` cuts off what is under way */
  constructor(
    of: Delivered,
    options: DelivererOptions,
    recipients: Recipients,
    signals: { readonly stopping: AbortSignal; readonly ending: AbortSignal },
  ) {
    this.#of = of;
    this.#options = options;
    this.#recipients = recipients;
    this.#signals = signals;
  }

  /**
   * Makes the attempt unless something has changed by the time it is its turn. Rejects with a signal's reason, or when
   * the API server cannot be asked for what is to be sent.
   * @param probe the leave to make it while the circuit is open
   */
  async make(subscription: Subscription, delivery: Delivery, probe: Pass | undefined): Promise<void> {
    const { uid } = subscription;
    const { circuits, slots } = this.#options;
    let pass = probe;
    try {
      const endpoint = this.#recipients.find(subscription);
      const target = endpoint && (await this.#prepare(endpoint, delivery));
      if (endpoint === undefined || target === undefined) return;
      const kind = delivery.attempts === 0 ? 'first' : 'retry';
      const request = { key: uid, limit: endpoint.spec.delivery.maxConcurrent, kind } as const;
      const slot =
        slots.tryAcquire(request) ?? (await slots.acquire({ ...request, signal: this.#signals.stopping }));
      try {
        if (!this.#isStillWanted(subscription, delivery, endpoint)) return;
        pass ??= isPerJob(subscription, this.#of.analysis()) ? unguarded : circuits.permit(uid);
        if (pass !== undefined) await this.#send(endpoint, target, delivery, pass);
      } finally {
        slot.release();
      }
    } finally {
      // It does nothing after the attempt was recorded.
      if (pass !== undefined) circuits.abandon(uid, pass);
    }
  }

  /** Reads what the endpoint refers to, and waits for its turn at the pace it has set. */
  async #prepare(endpoint: WebhookEndpoint, { sequence }: Delivery): Promise<Target | undefined> {
    const { targets, pace, health } = this.#options;
    const { uid } = endpoint.metadata;
    const resolution = await targets.resolve(endpoint);
    if ('problem' in resolution) {
      this.#of.clock.delay(uid, sequence, missingMs);
      health.touch(uid);
      return undefined;
    }
    const { maxPerSecond } = endpoint.spec.delivery;
    const waitMs = maxPerSecond === undefined ? 0 : pace.reserveMs(uid, maxPerSecond, performance.now());
    if (waitMs > 0) await pause(waitMs, this.#signals.stopping);
    return resolution.target;
  }

  /** The waits may have been long: only what would be decided again, with the same spec, is sent. */
  #isStillWanted(subscription: Subscription, delivery: Delivery, prepared: WebhookEndpoint): boolean {
    const { ledger, mayStart } = this.#of;
    const endpoint = this.#recipients.find(subscription);
    const current = ledger.working.endpoints.find(({ uid }) => uid === subscription.uid);
    const isOwed = current?.deliveries.some(
      ({ sequence, state, attempts }) =>
        sequence === delivery.sequence && state === 'Owed' && attempts === delivery.attempts,
    );
    return (
      isOwed === true &&
      mayStart() &&
      !this.#signals.stopping.aborted &&
      endpoint?.metadata.generation === prepared.metadata.generation &&
      prepared.spec.enabled &&
      !this.#options.health.isGone(prepared)
    );
  }

  async #send(endpoint: WebhookEndpoint, target: Target, delivery: Delivery, pass: Pass): Promise<void> {
    const { sequence, attempts } = delivery;
    const { ledger, analysis } = this.#of;
    const event = ledger.working.events.find((one) => one.sequence === sequence);
    if (event === undefined) return;
    const sent = await this.#options.sender.send({
      analysis: analysis(),
      endpoint,
      target,
      event,
      attempt: attempts + 1,
      signal: this.#signals.ending,
    });
    if (sent === undefined) ledger.change((working) => supersede(working, endpoint.metadata.uid, sequence));
    else this.#note(endpoint, sent, pass);
  }

  #note(endpoint: WebhookEndpoint, { result, record, delayMs }: Sent, pass: Pass): void {
    const { circuits, metrics, targets } = this.#options;
    const { ledger, clock, analysis } = this.#of;
    const { uid } = endpoint.metadata;
    const { sequence } = record.response;
    if (pass !== unguarded) circuits.record(endpoint, pass, { ...result, source: analysis().metadata.uid });
    if (result.statusCode === 401 || result.statusCode === 403) targets.refresh(endpoint);
    if (record.delivered) metrics.latency.observe(clock.ageMs(uid, sequence) / 1000);
    // A probe that failed burns no attempt and is not written: the endpoint's status tells of it.
    if (pass.isProbe && circuits.isOpen(uid)) return;
    if (delayMs !== undefined) clock.delay(uid, sequence, delayMs);
    ledger.change((working) => recordAttempt(working, uid, record));
  }
}
