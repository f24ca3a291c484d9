// The circuits of all endpoints, and the timers that drive them.
import type { WebhookEndpoint, WebhookEndpointStatus } from '../api/webhook-endpoint.ts';
import { type Attempted, type Circuit, createCircuit, type Pass, type Waiter } from '../delivery/circuit.ts';
import { toSeconds } from '../kube/time.ts';

interface Driven {
  readonly circuit: Circuit;
  timer: NodeJS.Timeout | undefined;
  /** `serve` is under way; a waiter may end in here again. */
  isServing: boolean;
  again: boolean;
  /** RFC 3339, of the wall clock; of the state that `probeAtMs` stands for. */
  nextProbe: { readonly atMs: number; readonly time: string } | undefined;
}

/** By the uid of the endpoint. */
export class Circuits {
  readonly #driven = new Map<string, Driven>();
  readonly #changed: (uid: string) => void;

  /** @param changed told when one has opened or closed, or the next probe is at another time */
  constructor(changed: (uid: string) => void) {
    this.#changed = changed;
  }

  isOpen(uid: string): boolean {
    return this.#driven.get(uid)?.circuit.open !== undefined;
  }

  get openCount(): number {
    return this.#driven
      .values()
      .filter(({ circuit }) => circuit.open !== undefined)
      .toArray().length;
  }

  /** RFC 3339; undefined while it is closed. */
  nextProbeTime(uid: string): string | undefined {
    return this.#driven.get(uid)?.nextProbe?.time;
  }

  /** Leave for an ordinary attempt; nothing while the circuit is open. */
  permit(uid: string): Pass | undefined {
    return this.#of(uid).circuit.permit();
  }

  /** Stands in line for a probe. Returns how to leave the line. */
  join(uid: string, waiter: Waiter): () => void {
    const leave = this.#of(uid).circuit.join(waiter);
    this.#drive(uid);
    return leave;
  }

  /** Gives a pass back after the attempt. */
  record({ metadata: { uid }, spec: { delivery } }: WebhookEndpoint, pass: Pass, attempted: Attempted): void {
    pass.record(attempted, {
      nowMs: performance.now(),
      initialBackoffMs: delivery.initialBackoffSeconds * 1000,
      maxBackoffMs: delivery.maxBackoffSeconds * 1000,
      random: Math.random,
    });
    this.#drive(uid);
  }

  /** Gives a pass back that was not used. */
  abandon(uid: string, pass: Pass): void {
    pass.abandon();
    this.#drive(uid);
  }

  /** As an earlier process has left it in the status: a probe is due at once. */
  restore({ metadata: { uid, generation } }: WebhookEndpoint, status: WebhookEndpointStatus): void {
    const isOpen = status.conditions?.some(
      ({ type, reason, observedGeneration }) =>
        type === 'Delivering' && reason === 'CircuitOpen' && observedGeneration === generation,
    );
    if (isOpen !== true) return;
    const now = performance.now();
    this.#of(uid).circuit.restore({ probeAtMs: now }, now);
    this.#drive(uid);
  }

  /** The spec has changed. */
  reset(uid: string): void {
    this.#driven.get(uid)?.circuit.reset();
    this.#drive(uid);
  }

  forget(uid: string): void {
    const driven = this.#driven.get(uid);
    this.#driven.delete(uid);
    clearTimeout(driven?.timer);
    driven?.circuit.reset();
  }

  #of(uid: string): Driven {
    const driven = this.#driven.get(uid) ?? {
      circuit: createCircuit(),
      timer: undefined,
      isServing: false,
      again: false,
      nextProbe: undefined,
    };
    this.#driven.set(uid, driven);
    return driven;
  }

  #drive(uid: string): void {
    const driven = this.#driven.get(uid);
    if (driven === undefined) return;
    driven.again = true;
    // Who gets a probe and has no use for it gives it back at once: thousands of them must not stack up.
    if (driven.isServing) return;
    driven.isServing = true;
    clearTimeout(driven.timer);
    let delayMs: number | undefined;
    while (driven.again) {
      driven.again = false;
      delayMs = driven.circuit.serve(performance.now());
    }
    driven.isServing = false;
    driven.timer = delayMs === undefined ? undefined : setTimeout(() => this.#drive(uid), delayMs);
    const { open } = driven.circuit;
    if (driven.nextProbe?.atMs === open?.probeAtMs) return;
    driven.nextProbe = open && { atMs: open.probeAtMs, time: wallTime(open.probeAtMs) };
    this.#changed(uid);
  }
}

/** @param atMs of the monotonic clock */
function wallTime(atMs: number): string {
  return toSeconds(Date.now() + atMs - performance.now());
}
