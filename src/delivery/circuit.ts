// Stops sending to an endpoint that is down, and asks it now and then whether it is back: the state machine of
// one endpoint. Time and randomness come in; it has no timers and does no I/O.
import type { Outcome } from './outcome.ts';
import { retryDelayMs } from './retry.ts';

/** How an attempt ended, as far as a circuit is concerned. */
export interface Attempted {
  outcome: Outcome;
  statusCode?: number | undefined;
  retryAfterMs?: number | undefined;
  /** What was sent for: an analysis. One that is never accepted must not stop all others. */
  source: string;
}

/** The endpoint's, as its spec has it now. */
interface ProbeTiming {
  /** On a clock that never goes back. */
  nowMs: number;
  initialBackoffMs: number;
  maxBackoffMs: number;
  /** A number from 0 up to 1, as of `Math.random`. */
  random: () => number;
}

/** Leave to make one attempt. Give it back by exactly one of its methods; a second call does nothing. */
export interface Pass {
  /** Whether it is the one attempt that the open circuit allows. */
  readonly isProbe: boolean;
  /** The attempt was made. */
  record(attempted: Attempted, timing: ProbeTiming): void;
  /** It was not made, or broken off: says nothing of the receiver, and a probe is due for the next in line. */
  abandon(): void;
}

/** A wait is over: with a probe to make, or without one because the circuit has closed: then ask again. */
export type Waiter = (probe: Pass | undefined) => void;

interface OpenState {
  /** When the next probe may be made; in the past once it is due. */
  readonly probeAtMs: number;
  /** In a row since it opened; what the next wait is doubled by. */
  readonly failedProbes: number;
  /** Whether a probe is under way. */
  readonly isProbing: boolean;
}

/**
 * Closed: everyone may send. It opens after 10 failures in a row of at least two sources; failures are those
 * of a receiver that is down or overloaded: no connection, no answer in time, 429 and 5xx. Any other end of
 * an attempt starts the count anew, and closes an open circuit: somebody is at home.
 *
 * Open: nobody may send but for one probe at a time, when it is due. The waits between probes are
 * `initialBackoffMs`, doubled by every failed probe up to `maxBackoffMs`, at most 5 minutes, with a random
 * delay between half of it and all of it; Retry-After is honoured. Probes go to those who wait in rotation:
 * first come, first served, and who failed stands at the end of the line again.
 *
 * A sender asks `permit` right before each attempt. If it gets nothing, it joins the line and waits. Whoever
 * drives the circuit calls `serve` after each `join`, `record` and `abandon`, and once more when the time
 * that it returned has passed:
 *
 *     const drive = () => {
 *       clearTimeout(timer);
 *       const delayMs = circuit.serve(performance.now());
 *       if (delayMs !== undefined) timer = setTimeout(drive, delayMs);
 *     };
 */
export interface Circuit {
  /** Absent while it is closed. */
  readonly open: OpenState | undefined;
  /** How many stand in line. */
  readonly waiting: number;
  /** Leave for an ordinary attempt; nothing while the circuit is open. */
  permit(): Pass | undefined;
  /**
   * Stands in line for a probe. The waiter is called once: from `serve`, or from what closes the circuit; at
   * once where that is closed already.
   * @returns leaves the line; does nothing after the waiter was called
   */
  join(waiter: Waiter): () => void;
  /**
   * Hands a probe to the first in line if one is due.
   * @returns how long until the next call is worth making, in milliseconds; nothing while that depends on
   *   others: closed, a probe under way, or nobody in line
   */
  serve(nowMs: number): number | undefined;
  /** Opens it as it was before a restart, if it is closed; a time that is too far ahead is brought nearer. */
  restore(state: { probeAtMs: number; failedProbes?: number }, nowMs: number): void;
  /** Closes it and forgets everything, attempts under way included: the spec has changed. */
  reset(): void;
}

export function createCircuit(): Circuit {
  return new EndpointCircuit();
}

const failuresToOpen = 10;
const maxWaitMs = 300_000;
/** As much as `retryDelayMs` honours. */
const maxRetryAfterMs = 3_600_000;

class EndpointCircuit implements Circuit {
  #failures = 0;
  /** Of the failures in a row; one is enough to see whether there is a second. */
  #firstSource: string | undefined;
  #hasSeveralSources = false;
  #open: { probeAtMs: number; failedProbes: number } | undefined;
  #probe: Pass | undefined;
  /** A new object with each reset; passes of an earlier one have no effect. */
  #era = {};
  readonly #line = new Set<{ waiter: Waiter }>();

  get open(): OpenState | undefined {
    return this.#open && { ...this.#open, isProbing: this.#probe !== undefined };
  }

  get waiting(): number {
    return this.#line.size;
  }

  permit(): Pass | undefined {
    return this.#open === undefined ? this.#createPass(false) : undefined;
  }

  join(waiter: Waiter): () => void {
    if (this.#open === undefined) {
      waiter(undefined);
      return () => {};
    }
    // An object of its own, so that the same function may stand in line twice.
    const place = { waiter };
    this.#line.add(place);
    return () => void this.#line.delete(place);
  }

  serve(nowMs: number): number | undefined {
    const [first] = this.#line;
    if (this.#open === undefined || this.#probe !== undefined || first === undefined) return undefined;
    if (nowMs < this.#open.probeAtMs) return this.#open.probeAtMs - nowMs;
    this.#line.delete(first);
    this.#probe = this.#createPass(true);
    first.waiter(this.#probe);
    return undefined;
  }

  restore(state: { probeAtMs: number; failedProbes?: number }, nowMs: number): void {
    if (this.#open !== undefined) return;
    const probeAtMs = Math.min(state.probeAtMs, nowMs + maxRetryAfterMs);
    this.#open = { probeAtMs, failedProbes: state.failedProbes ?? 0 };
  }

  reset(): void {
    this.#era = {};
    this.#close();
  }

  #createPass(isProbe: boolean): Pass {
    const era = this.#era;
    let isUsed = false;
    const use = (effect: () => void): void => {
      if (isUsed || era !== this.#era) return;
      isUsed = true;
      effect();
    };
    const pass: Pass = {
      isProbe,
      record: (attempted, timing) => use(() => this.#record(pass, attempted, timing)),
      abandon: () => use(() => this.#endProbe(pass)),
    };
    return pass;
  }

  #record(pass: Pass, attempted: Attempted, timing: ProbeTiming): void {
    const wasProbe = this.#endProbe(pass);
    if (!isDown(attempted)) this.#close();
    else if (this.#open === undefined) this.#countFailure(attempted, timing);
    else if (wasProbe) this.#wait(this.#open.failedProbes + 1, attempted, timing);
    // Else it began before the circuit opened, and tells nothing new.
  }

  /** Whether it was the probe under way. */
  #endProbe(pass: Pass): boolean {
    if (this.#probe !== pass) return false;
    this.#probe = undefined;
    return true;
  }

  #countFailure(attempted: Attempted, timing: ProbeTiming): void {
    this.#failures += 1;
    this.#firstSource ??= attempted.source;
    this.#hasSeveralSources ||= attempted.source !== this.#firstSource;
    if (this.#failures >= failuresToOpen && this.#hasSeveralSources) this.#wait(0, attempted, timing);
  }

  #wait(failedProbes: number, { retryAfterMs }: Attempted, timing: ProbeTiming): void {
    const { nowMs, initialBackoffMs, maxBackoffMs, random } = timing;
    const delayMs = retryDelayMs({
      attempt: failedProbes + 1,
      initialBackoffMs,
      maxBackoffMs: Math.min(maxBackoffMs, maxWaitMs),
      retryAfterMs,
      random,
    });
    this.#open = { probeAtMs: nowMs + delayMs, failedProbes };
  }

  #close(): void {
    this.#failures = 0;
    this.#firstSource = undefined;
    this.#hasSeveralSources = false;
    this.#open = undefined;
    this.#probe = undefined;
    const woken = [...this.#line];
    this.#line.clear();
    for (const { waiter } of woken) waiter(undefined);
  }
}

/** A receiver that is down or overloaded, not one that refuses what it is sent. */
function isDown({ outcome, statusCode = 0 }: Attempted): boolean {
  if (outcome === 'rejected') return statusCode === 429 || statusCode >= 500;
  return outcome === 'unreachable' || outcome === 'timed_out';
}
