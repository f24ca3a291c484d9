// Our copy of one ledger: what is stored, and what is known beyond it. No I/O.
import type { Ledger, Subscription } from '../api/ledger.ts';
import { joinLedgers } from '../events/join.ts';
import { derive, type Observed, type Rung } from '../events/ladder.ts';
import { climb, emptyLedger, openLedger } from '../events/ledger.ts';
import { redeliver } from '../events/redelivery.ts';

export class LedgerCopy {
  readonly #owner: string;
  #working: Ledger;
  /** What of `#working` is on record: the very same object when that is all of it. */
  #recorded: Ledger | undefined;
  #stored: Ledger | undefined;
  /** As it was before the newest redelivery. */
  #before: Ledger | undefined;

  /** @param owner who writes: recorded in the ledger */
  constructor(owner: string) {
    this.#owner = owner;
    this.#working = emptyLedger(owner);
  }

  /** With all that is known. Before the subscription nobody is in it, and it gathers what is reached. */
  get working(): Ledger {
    return this.#working;
  }

  /** As last committed or read; undefined before the subscription. */
  get stored(): Ledger | undefined {
    return this.#stored;
  }

  /** Something is known that is not on record. */
  get isDirty(): boolean {
    return this.#stored !== undefined && this.#working !== this.#recorded;
  }

  /** Nothing is owed or to come, and the record says so. */
  get isSettled(): boolean {
    return this.#stored?.state === 'Settled' && !this.isDirty;
  }

  /** A redelivery is noted that is not on record: nothing of it may be sent yet. */
  get isRedeliveryOpen(): boolean {
    return this.#working.lastHandledRedeliver !== this.#stored?.lastHandledRedeliver;
  }

  /** Adds the rungs that this status has newly reached, and returns them. `time` is RFC 3339. */
  climb(observed: Observed, time: string): readonly Rung[] {
    const rungs = derive(this.#working, observed);
    this.#working = climb(this.#working, rungs, observed, time);
    return rungs;
  }

  /** Applies a transition of events/ledger.ts. */
  change(transition: (ledger: Ledger) => Ledger): void {
    this.#working = transition(this.#working);
  }

  /** Notes a redelivery, and makes owed what it asks for. */
  redeliver(value: string): void {
    this.#before = this.#working;
    this.#working = redeliver(this.#working, value);
  }

  /** The first ledger to write: what was reached so far is owed to whoever is subscribed. */
  opening(subscriptions: readonly Subscription[]): Ledger {
    return joinLedgers(openLedger(subscriptions, this.#owner), this.#working);
  }

  /**
   * Notes a commit.
   * @param written the ledger as it was asked for
   * @param stored the same as the API server has it
   */
  committed(written: Ledger, stored: Ledger): void {
    // The watch may have been faster with the same news, or with a later write of somebody else's.
    if (stored.revision <= (this.#stored?.revision ?? 0)) return;
    if (this.#stored === undefined) this.#working = joinLedgers(written, this.#working);
    this.#stored = stored;
    this.#recorded = written;
  }

  /** Goes on from a stored ledger that is not known to be our own. */
  take(stored: Ledger): void {
    // What was known before a redelivery that is not stored counts; the redelivery itself is then asked for anew.
    const isBefore = this.#before?.lastHandledRedeliver === stored.lastHandledRedeliver;
    const ours = this.isRedeliveryOpen && isBefore ? this.#before : this.#working;
    this.#working = joinLedgers(stored, ours ?? this.#working);
    this.#stored = stored;
    this.#recorded = stored;
  }

  /** The stored ledger is gone, as after a restore of an older backup: there is nobody subscribed again. */
  reopen(): void {
    const { events, highestPercentage, lastSequence } = this.#working;
    this.#working = { ...emptyLedger(this.#owner), events, highestPercentage, lastSequence };
    this.#stored = undefined;
    this.#recorded = undefined;
  }
}
