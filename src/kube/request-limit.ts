// How many requests may be in flight to an API server: as many as it answers quickly, and none for a while when it says that
// it has too many. Additive increase, multiplicative decrease, as TCP does it.

export interface RequestLimitOptions {
  /** When the API server is well. */
  most: number;
  /** ms of the monotonic clock. */
  now?: () => number;
}

export interface Answered {
  /** How long it took, in ms. */
  durationMs: number;
  /** It says how long a request takes an API server that is well: a write of one object, and no list. */
  isTelling: boolean;
  /** It was a 429, for there are too many. */
  isThrottled: boolean;
  /** What the 429 asked for. */
  retryAfterMs?: number | undefined;
}

/** A write takes some milliseconds; where it takes this long, others wait already. */
const slowMs = 1000;

/** For as many answers as may be in flight. To ask for one too many costs a pause. */
const growth = 0.1;

/** Many that are under way together tell the same news. */
const onceInMs = 500;

/** The most of a Retry-After that is honoured. */
const maxPauseMs = 30_000;

export class RequestLimit {
  readonly #most: number;
  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  #limit: number;
  #inFlight = 0;
  #pausedUntil = 0;
  #decreasedAt = -onceInMs;
  #timer: NodeJS.Timeout | undefined;

  constructor({ most, now = () => performance.now() }: RequestLimitOptions) {
    this.#most = most;
    this.#limit = most;
    this.#now = now;
  }

  /** As many may be in flight now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when it is the caller's turn, first come first served; rejects with the signal's reason before. */
  async acquire(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abandon = () => {
      const index = this.#waiting.indexOf(resolve);
      // It has its turn already.
      if (index === -1) return;
      this.#waiting.splice(index, 1);
      reject(signal.reason);
    };
    this.#waiting.push(resolve);
    signal.addEventListener('abort', abandon, { once: true });
    this.#serve();
    await promise;
    signal.removeEventListener('abort', abandon);
  }

  /** Gives the turn back; without an answer nothing is learnt. */
  release(answered: Answered | undefined): void {
    this.#inFlight -= 1;
    if (answered !== undefined) this.#learn(answered);
    this.#serve();
  }

  #learn({ durationMs, isTelling, isThrottled, retryAfterMs = 0 }: Answered): void {
    const now = this.#now();
    if (isThrottled) {
      this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(retryAfterMs, maxPauseMs));
      this.#decrease(now, 0.5);
    } else if (isTelling && durationMs > slowMs) this.#decrease(now, 0.8);
    else if (isTelling) this.#limit = Math.min(this.#most, this.#limit + growth / this.#limit);
  }

  #decrease(now: number, factor: number): void {
    if (now - this.#decreasedAt < onceInMs) return;
    this.#decreasedAt = now;
    this.#limit = Math.max(1, this.#limit * factor);
  }

  #serve(): void {
    // One look: were the pause over at a second one only, no timer would be set and nobody served.
    const pauseMs = this.#pausedUntil - this.#now();
    if (pauseMs > 0 && this.#waiting.length > 0) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#serve(), pauseMs);
      return;
    }
    while (this.#inFlight < this.limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inFlight += 1;
      next();
    }
  }
}
