// One timer for whoever wants to be woken at several times: the earliest counts, and the wake sets the rest anew.

/** Node runs a longer timer at once. */
const maxTimerMs = 2 ** 31 - 1;

export class Timer {
  readonly #wake: () => void;
  #set: { at: number; handle: NodeJS.Timeout } | undefined;
  #isCleared = false;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  wakeIn(delayMs: number): void {
    if (this.#isCleared) return;
    const delay = Math.min(Math.max(delayMs, 1), maxTimerMs);
    const at = performance.now() + delay;
    if (this.#set !== undefined) {
      if (this.#set.at <= at) return;
      clearTimeout(this.#set.handle);
    }
    const handle = setTimeout(() => {
      this.#set = undefined;
      this.#wake();
    }, delay);
    this.#set = { at, handle };
  }

  /** For good. */
  clear(): void {
    this.#isCleared = true;
    clearTimeout(this.#set?.handle);
  }
}
