// Ages and due times of one analysis' deliveries on the monotonic clock, which no change of the wall clock
// moves. They stay beside the ledger, which has wall time for people and for the next process.
import type { Ledger } from '../api/ledger.ts';

export class DeliveryClock {
  readonly #now: () => number;
  /** By sequence. */
  readonly #firstSeen = new Map<number, number>();
  /** Of what was asked for again: by endpoint and sequence. */
  readonly #again = new Map<string, number>();
  /** By endpoint and sequence. */
  readonly #due = new Map<string, number>();

  /** @param now ms of the monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  ageMs(endpointUid: string, sequence: number): number {
    const since = this.#again.get(keyOf(endpointUid, sequence)) ?? this.#firstSeen.get(sequence);
    return this.#now() - (since ?? this.#now());
  }

  /** 0 or less when it is due. */
  dueInMs(endpointUid: string, sequence: number): number {
    return (this.#due.get(keyOf(endpointUid, sequence)) ?? 0) - this.#now();
  }

  seen(sequence: number): void {
    if (!this.#firstSeen.has(sequence)) this.#firstSeen.set(sequence, this.#now());
  }

  delay(endpointUid: string, sequence: number, delayMs: number): void {
    this.#due.set(keyOf(endpointUid, sequence), this.#now() + delayMs);
  }

  /** A redelivery: age and waits start anew. */
  restart(endpointUid: string, sequence: number): void {
    this.#again.set(keyOf(endpointUid, sequence), this.#now());
    this.#due.delete(keyOf(endpointUid, sequence));
  }

  /**
   * Takes over what a ledger says and this clock does not know yet.
   * @param wallNow ms since the epoch; undefined where our wall clock cannot be trusted: ages then start anew,
   *   so that a wrong clock gives nothing up
   * @param maxDelayMs the longest wait that an honest clock can have written for an endpoint
   */
  load(ledger: Ledger, wallNow: number | undefined, maxDelayMs: (endpointUid: string) => number): void {
    const now = this.#now();
    for (const { sequence, time } of ledger.events) {
      if (this.#firstSeen.has(sequence)) continue;
      const age = wallNow === undefined ? 0 : Math.max(0, wallNow - Date.parse(time));
      this.#firstSeen.set(sequence, now - age);
    }
    for (const { uid, deliveries } of ledger.endpoints) {
      for (const { sequence, state, time, nextAttemptTime } of deliveries) {
        // When it was asked for again is not on record. Later is better than given up too early.
        if (
          ledger.lastHandledRedeliver !== undefined &&
          state === 'Owed' &&
          !this.#again.has(keyOf(uid, sequence))
        )
          this.#again.set(keyOf(uid, sequence), now);
        if (nextAttemptTime === undefined || this.#due.has(keyOf(uid, sequence))) continue;
        const wait = Date.parse(nextAttemptTime) - (wallNow ?? Date.now());
        // Both times are of one clock: to a clock that is slow, more would be left of the wait than there ever was.
        const whole = time === undefined ? Infinity : Date.parse(nextAttemptTime) - Date.parse(time);
        this.delay(uid, sequence, Math.min(wait, whole, maxDelayMs(uid)));
      }
    }
  }
}

function keyOf(endpointUid: string, sequence: number): string {
  return `${endpointUid}/${sequence}`;
}
