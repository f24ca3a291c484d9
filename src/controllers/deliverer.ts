// Delivers what one analysis owes, as each endpoint's ordering says; no endpoint waits for another.
import type { Delivery, GiveUpReason, Subscription } from '../api/ledger.ts';
import type { Pass } from '../delivery/circuit.ts';
import { giveUp, owedCount, supersede } from '../events/ledger.ts';
import { type NextDelivery, nextDelivery } from '../events/next-delivery.ts';
import { isPerJob } from '../events/subscription.ts';
import { Attempts } from './attempt.ts';
import type { DeliveryContext, DelivererOptions } from './delivery-context.ts';
import { pause } from './pause.ts';
import { Recipients } from './recipients.ts';
import { firstOwed, type Owed, waitsFor } from './waits-for.ts';

/** After a look-up that failed, or a fault of our own. */
const retryMs = 1000;

/** One for all: a reason of its own has a stack to collect, and analyses come to rest all the time. */
const over = new Error('nobody looks after this analysis any more');

export class Deliverer {
  readonly #of: DeliveryContext;
  readonly #options: DelivererOptions;
  readonly #recipients: Recipients;
  readonly #attempts: Attempts;
  /** Work under way: an attempt by endpoint and sequence, a look-up by endpoint. */
  readonly #busy = new Map<string, Promise<void>>();
  /** How to leave the line for a probe, by endpoint. */
  readonly #inLine = new Map<string, () => void>();
  readonly #stopping = new AbortController();
  readonly #ending = new AbortController();

  constructor(of: DeliveryContext, options: DelivererOptions) {
    this.#of = of;
    this.#options = options;
    this.#recipients = new Recipients(of, options);
    const signals = { stopping: this.#stopping.signal, ending: this.#ending.signal };
    this.#attempts = new Attempts(of, options, this.#recipients, signals);
  }

  /** Starts every attempt that is due, gives up what must be, and asks to be woken for the rest. */
  serve(): void {
    for (const { uid } of this.#of.ledger.working.endpoints) while (this.#step(uid));
  }

  /** Starts no attempt any more. */
  stop(): void {
    this.#stopping.abort(over);
    for (const leave of this.#inLine.values()) leave();
  }

  /** No attempt or look-up is under way. */
  get isIdle(): boolean {
    return this.#busy.size === 0;
  }

  /** Resolves when no attempt is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  /** Cuts the attempts off that are under way. */
  end(): void {
    this.stop();
    this.#ending.abort(over);
  }

  /** The first event that each endpoint is owed. */
  *owed(): Generator<Owed> {
    for (const subscription of this.#of.ledger.working.endpoints) {
      const delivery = firstOwed(subscription);
      if (delivery === undefined) continue;
      const now = this.#recipients.now(subscription);
      const endpoint = this.#recipients.find(subscription);
      const isLimited = endpoint !== undefined && this.#attempts.isLimited(subscription, endpoint);
      yield {
        waitsFor: waitsFor({ delivery, now, endpoint, isLimited }),
        ageMs: this.#of.clock.ageMs(subscription.uid, delivery.sequence),
      };
    }
  }

  /** Does one thing for an endpoint; false when there is nothing more to do now. */
  #step(uid: string): boolean {
    const subscription = this.#subscriptionOf(uid);
    if (subscription === undefined || this.#busy.has(uid) || !this.#mayStart()) return false;
    const next = this.#next(subscription);
    if (next === 'unknown' || next.action !== 'probe') this.#leaveLine(uid);
    if (next === 'unknown') {
      this.#begin(uid, this.#recipients.confirm(subscription));
      return false;
    }
    switch (next.action) {
      case 'idle':
        return false;
      case 'wait':
        this.#of.wakeIn(next.forMs);
        return false;
      case 'probe':
        this.#of.wakeIn(next.forMs);
        this.#standInLine(uid);
        return false;
      case 'send':
        this.#attempt(subscription, next.delivery);
        return true;
      case 'supersede':
        this.#of.ledger.change((ledger) => supersede(ledger, uid, next.delivery.sequence));
        return true;
      case 'giveUp':
        this.#giveUp(subscription, next.delivery, next.reason);
        return true;
    }
  }

  #next(subscription: Subscription): NextDelivery | 'unknown' {
    if (owedCount({ endpoints: [subscription] }) === 0) return { action: 'idle' };
    const endpoint = this.#recipients.now(subscription);
    if (endpoint === 'unknown') return 'unknown';
    const { uid } = subscription;
    const { clock } = this.#of;
    return nextDelivery(subscription, endpoint, {
      ageMs: (sequence) => clock.ageMs(uid, sequence),
      dueInMs: (sequence) => clock.dueInMs(uid, sequence),
      isBusy: (sequence) => this.#busy.has(`${uid}/${sequence}`),
    });
  }

  #standInLine(uid: string): void {
    if (this.#inLine.has(uid)) return;
    let isCalled = false;
    const leave = this.#options.circuits.join(uid, (probe) => {
      isCalled = true;
      this.#inLine.delete(uid);
      if (probe === undefined) this.#of.changed();
      else this.#probe(uid, probe);
    });
    if (!isCalled) this.#inLine.set(uid, leave);
  }

  #leaveLine(uid: string): void {
    this.#inLine.get(uid)?.();
    this.#inLine.delete(uid);
  }

  #probe(uid: string, probe: Pass): void {
    const subscription = this.#subscriptionOf(uid);
    const next = subscription === undefined || !this.#mayStart() ? 'unknown' : this.#next(subscription);
    if (subscription !== undefined && next !== 'unknown' && next.action === 'probe')
      this.#attempt(subscription, next.delivery, probe);
    else {
      this.#options.circuits.abandon(uid, probe);
      this.#of.changed();
    }
  }

  #attempt(subscription: Subscription, delivery: Delivery, probe?: Pass): void {
    this.#begin(
      `${subscription.uid}/${delivery.sequence}`,
      this.#attempts.make(subscription, delivery, probe),
    );
  }

  #giveUp(subscription: Subscription, delivery: Delivery, reason: GiveUpReason): void {
    const { health, notices, metrics } = this.#options;
    const { ledger, analysis } = this.#of;
    ledger.change((working) => giveUp(working, subscription.uid, delivery.sequence, reason));
    metrics.givenUp.inc({ reason });
    if (!isPerJob(subscription, analysis())) health.noteGivenUp(subscription.uid);
    notices.givenUp(analysis(), subscription, delivery, reason);
  }

  #subscriptionOf(uid: string): Subscription | undefined {
    return this.#of.ledger.working.endpoints.find((one) => one.uid === uid);
  }

  #mayStart(): boolean {
    return !this.#stopping.signal.aborted && this.#of.mayStart();
  }

  #begin(key: string, work: Promise<void>): void {
    this.#busy.set(key, this.#follow(key, work));
  }

  async #follow(key: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!this.#stopping.signal.aborted) {
        const { namespace, name } = this.#of.analysis().metadata;
        this.#options.log('warn', 'attempt broke', { namespace, analysis: name, error: String(error) });
        await pause(retryMs, this.#stopping.signal);
      }
    }
    this.#busy.delete(key);
    this.#of.changed();
  }
}
