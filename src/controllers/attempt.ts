// One attempt to deliver an event to an endpoint: from reading what the endpoint refers to, to noting what came of it.
import type { Delivery, Subscription } from '../api/ledger.ts';
import type { WebhookEndpoint } from '../api/webhook-endpoint.ts';
import type { Pass } from '../delivery/circuit.ts';
import { recordAttempt, supersede } from '../events/ledger.ts';
import { isPerJob, perJobName } from '../events/subscription.ts';
import type { DeliveryContext, DelivererOptions } from './delivery-context.ts';
import { pause } from './pause.ts';
import { isEnabled, type Recipients } from './recipients.ts';
import type { Sent } from './sender.ts';
import type { Target } from './targets.ts';

/** While what an endpoint refers to is missing. */
const missingMs = 10_000;

/** The URL of a single analysis has no circuit. */
const unguarded: Pass = { isProbe: false, record: () => {}, abandon: () => {} };

interface Prepared {
  readonly target: Target;
  readonly delivery: Delivery;
  readonly pass: Pass;
  readonly isWanted: () => boolean;
}

export class Attempts {
  readonly #of: DeliveryContext;
  readonly #options: DelivererOptions;
  readonly #recipients: Recipients;
  readonly #signals: { readonly stopping: AbortSignal; readonly ending: AbortSignal };

  /** @param signals.stopping nothing more is started; `ending` cuts off what is under way */
  constructor(
    of: DeliveryContext,
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
      // A probe has waited, and holds the only leave there is.
      if (probe === undefined) await this.#keepPace(subscription);
      const endpoint = this.#recipients.find(subscription);
      const target = endpoint && (await this.#targetOf(endpoint, delivery, probe));
      if (endpoint === undefined || target === undefined) return;
      const kind = delivery.attempts === 0 ? 'first' : 'retry';
      const request = {
        key: slotKey(subscription, endpoint),
        limit: endpoint.spec.delivery.maxConcurrent,
        kind,
      } as const;
      const slot =
        slots.tryAcquire(request) ?? (await slots.acquire({ ...request, signal: this.#signals.stopping }));
      try {
        const isWanted = () => this.#isStillWanted(subscription, delivery, endpoint);
        if (!isWanted()) return;
        pass ??= isPerJob(subscription, this.#of.analysis()) ? unguarded : circuits.permit(uid);
        if (pass !== undefined) await this.#send(endpoint, { target, delivery, pass, isWanted });
      } finally {
        slot.release();
      }
    } finally {
      // It does nothing after the attempt was recorded.
      if (pass !== undefined) circuits.abandon(uid, pass);
    }
  }

  /** The limits of the receiver keep something back: of requests at once, or in a second. */
  isLimited(subscription: Subscription, endpoint: WebhookEndpoint): boolean {
    const { slots, pace } = this.#options;
    const isPaced = endpoint.spec.delivery.maxPerSecond !== undefined;
    return (
      slots.isFull(slotKey(subscription, endpoint)) ||
      (isPaced && pace.isBehind(subscription.uid, performance.now()))
    );
  }

  async #keepPace(subscription: Subscription): Promise<void> {
    const { maxPerSecond } = this.#recipients.find(subscription)?.spec.delivery ?? {};
    if (maxPerSecond === undefined) return;
    const waitMs = this.#options.pace.reserveMs(subscription.uid, maxPerSecond, performance.now());
    if (waitMs > 0) await pause(waitMs, this.#signals.stopping);
  }

  /** What the endpoint refers to; undefined while that is missing. A probe is held as long, or it would go round. */
  async #targetOf(
    endpoint: WebhookEndpoint,
    { sequence }: Delivery,
    probe: Pass | undefined,
  ): Promise<Target | undefined> {
    const { targets, health } = this.#options;
    const { uid } = endpoint.metadata;
    const hold = async () => {
      if (probe !== undefined) await pause(missingMs, this.#signals.stopping);
    };
    try {
      const resolution = await targets.resolve(endpoint);
      if ('target' in resolution) return resolution.target;
    } catch (error) {
      await hold();
      throw error;
    }
    this.#of.clock.delay(uid, sequence, missingMs);
    health.touch(uid);
    await hold();
    return undefined;
  }

  /** The waits may have been long: only what would be decided again, with the same spec, is sent. */
  #isStillWanted(subscription: Subscription, delivery: Delivery, prepared: WebhookEndpoint): boolean {
    const { ledger, mayStart, clock } = this.#of;
    const { uid } = subscription;
    const endpoint = this.#recipients.find(subscription);
    const current = ledger.working.endpoints.find((one) => one.uid === uid);
    const isOwed = current?.deliveries.some(
      ({ sequence, state, attempts }) =>
        sequence === delivery.sequence && state === 'Owed' && attempts === delivery.attempts,
    );
    return (
      isOwed === true &&
      mayStart() &&
      !this.#signals.stopping.aborted &&
      endpoint !== undefined &&
      endpoint.metadata.generation === prepared.metadata.generation &&
      isEnabled(endpoint) &&
      !this.#options.health.isGone(prepared) &&
      clock.ageMs(uid, delivery.sequence) < prepared.spec.delivery.maxAgeSeconds * 1000
    );
  }

  async #send(endpoint: WebhookEndpoint, { target, delivery, pass, isWanted }: Prepared): Promise<void> {
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
      isWanted,
    });
    if (sent === 'unwanted') return;
    if (sent === 'no body') ledger.change((working) => supersede(working, endpoint.metadata.uid, sequence));
    else this.#note(endpoint, sent, pass);
  }

  #note(endpoint: WebhookEndpoint, { result, record, delayMs }: Sent, pass: Pass): void {
    const { circuits, metrics, notices, targets } = this.#options;
    const { ledger, clock, analysis } = this.#of;
    const { uid } = endpoint.metadata;
    const { sequence } = record.response;
    if (pass !== unguarded) circuits.record(endpoint, pass, { ...result, source: analysis().metadata.uid });
    else if (result.outcome === 'denied') notices.denied(analysis(), result.message);
    if (result.statusCode === 401 || result.statusCode === 403) targets.refresh(endpoint);
    if (record.delivered) metrics.latency.observe(clock.ageMs(uid, sequence) / 1000);
    // A probe that failed burns no attempt and is not written: the endpoint's status tells of it.
    if (pass.isProbe && !record.delivered && circuits.isOpen(uid)) return;
    if (delayMs !== undefined) clock.delay(uid, sequence, delayMs);
    ledger.change((working) => recordAttempt(working, uid, record));
  }
}

/** Whose limit counts: the endpoint's, or that of the receiver whom analyses name themselves. */
function slotKey({ uid, name }: Subscription, { spec: { url } }: WebhookEndpoint): string {
  return name === perJobName ? `${perJobName} ${URL.parse(url ?? '')?.origin ?? ''}` : uid;
}
