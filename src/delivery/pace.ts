// Spreads what is sent to each receiver evenly over time.

export interface Pace {
  /**
   * Takes the key's next free turn and tells how long to wait for it, in milliseconds; 0 if it is now. Turns
   * are evenly spaced and there is no burst after a pause, so no second has more than `perSecond` of them.
   * A turn that was taken is not given back: whoever does not use it leaves a gap.
   * @param perSecond 1 or more; a new value counts from the next turn on
   * @param nowMs on a clock that never goes back; whole milliseconds give whole ones
   */
  reserveMs(key: string, perSecond: number, nowMs: number): number;
  /** Who takes the key's next turn has to wait for it. */
  isBehind(key: string, nowMs: number): boolean;
  /** Keys that are remembered: those with turns ahead, and some whose last turn has passed. */
  readonly keys: number;
}

/** Turn number n of a row is at `startMs + ceil(n * 1000 / perSecond)`: rounding does not add up. */
interface Row {
  perSecond: number;
  startMs: number;
  /** How many of its turns are taken. */
  taken: number;
}

/** Keys are looked through for idle ones when there are twice as many as after the last time. */
const fewKeys = 64;

export function createPace(): Pace {
  return new EvenPace();
}

class EvenPace implements Pace {
  readonly #rows = new Map<string, Row>();
  #sweepAt = fewKeys;

  get keys(): number {
    return this.#rows.size;
  }

  reserveMs(key: string, perSecond: number, nowMs: number): number {
    const row = this.#rows.get(key);
    const turnMs = Math.max(Math.ceil(nowMs), row === undefined ? -Infinity : nextTurnMs(row));
    if (row?.perSecond === perSecond && turnMs === nextTurnMs(row)) {
      row.taken += 1;
    } else {
      // Idle for a while, or at a new rate: a new row begins with this turn.
      if (row === undefined) this.#sweep(nowMs);
      this.#rows.set(key, { perSecond, startMs: turnMs, taken: 1 });
    }
    return turnMs - nowMs;
  }

  isBehind(key: string, nowMs: number): boolean {
    const row = this.#rows.get(key);
    return row !== undefined && nextTurnMs(row) > nowMs;
  }

  #sweep(nowMs: number): void {
    if (this.#rows.size < this.#sweepAt) return;
    for (const [key, row] of this.#rows) if (nextTurnMs(row) <= nowMs) this.#rows.delete(key);
    this.#sweepAt = Math.max(fewKeys, 2 * this.#rows.size);
  }
}

const nextTurnMs = ({ perSecond, startMs, taken }: Row): number =>
  startMs + Math.ceil((taken * 1000) / perSecond);
