// Keys to be worked on: each once, never twice at a time, and again if it was added meanwhile.
import { type Backoff, backoffMs } from './backoff.ts';

/** Node runs a longer timer at once. */
const maxTimerMs = 2 ** 31 - 1;

export class WorkQueue<K> {
  readonly #backoff: Backoff;
  readonly #random: () => number;
  /** In the order they came, from `#head` on: a Set gets slow when keys are always taken from its front. */
  #ready: K[] = [];
  #head = 0;
  readonly #queued = new Set<K>();
  readonly #running = new Set<K>();
  /** Added while being processed. */
  readonly #again = new Set<K>();
  readonly #delayed = new Map<K, { at: number; timer: NodeJS.Timeout }>();
  readonly #failures = new Map<K, number>();
  #wake: () => void = () => {};

  constructor(options: { backoff?: Backoff; random?: () => number } = {}) {
    this.#backoff = options.backoff ?? { baseMs: 5, maxMs: 60_000 };
    this.#random = options.random ?? Math.random;
  }

  /** Keys that wait for a free worker: neither those being processed nor the delayed ones. */
  get size(): number {
    return this.#queued.size + this.#again.size;
  }

  add(key: K): void {
    if (this.#running.has(key)) {
      this.#again.add(key);
      return;
    }
    if (this.#queued.has(key)) return;
    this.#queued.add(key);
    this.#ready.push(key);
    this.#wake();
  }

  /** Of several delays the one that ends first counts; `add` leaves them in place. */
  addAfter(key: K, delayMs: number): void {
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const at = performance.now() + delayMs;
    const current = this.#delayed.get(key);
    if (current !== undefined) {
      if (current.at <= at) return;
      clearTimeout(current.timer);
    }
    const timer = setTimeout(
      () => {
        this.#delayed.delete(key);
        this.add(key);
      },
      Math.min(delayMs, maxTimerMs),
    );
    this.#delayed.set(key, { at, timer });
  }

  /** Later each time, until `forget`. */
  retry(key: K): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, backoffMs(this.#backoff, failures, this.#random));
  }

  /** The next `retry` of the key is the first again. */
  forget(key: K): void {
    this.#failures.delete(key);
  }

  /**
   * Processes keys until `signal` aborts, then waits for those under way and drops the rest. One run at a
   * time. `process` must not reject; if it does, this stops like an abort and rejects with its error.
   */
  run(options: {
    concurrency: number;
    signal: AbortSignal;
    process: (key: K) => Promise<void>;
  }): Promise<void> {
    const { concurrency, signal, process } = options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let failure: { error: unknown } | undefined;
    let isScheduled = false;
    const isStopped = () => signal.aborted || failure !== undefined;
    const wake = () => {
      if (isScheduled) return;
      isScheduled = true;
      // Not at once: keys that need no I/O would starve the sockets.
      setImmediate(pump);
    };
    const work = async (key: K) => {
      try {
        await process(key);
      } catch (error) {
        failure ??= { error };
      }
      this.#finish(key);
      wake();
    };
    const pump = () => {
      isScheduled = false;
      while (!isStopped() && this.#running.size < concurrency && this.#queued.size > 0)
        void work(this.#take());
      if (!isStopped() || this.#running.size > 0) return;
      signal.removeEventListener('abort', wake);
      this.#drop();
      if (failure === undefined) resolve();
      else reject(failure.error);
    };
    signal.addEventListener('abort', wake);
    this.#wake = wake;
    wake();
    return promise;
  }

  #take(): K {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- called only while keys are queued
    const key = this.#ready[this.#head] as K;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#head);
      this.#head = 0;
    }
    this.#queued.delete(key);
    this.#running.add(key);
    return key;
  }

  #finish(key: K): void {
    this.#running.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  #drop(): void {
    this.#wake = () => {};
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#queued.clear();
    this.#failures.clear();
    this.#ready = [];
    this.#head = 0;
  }
}
