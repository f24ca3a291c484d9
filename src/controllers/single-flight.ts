// Runs one task at a time, and after one that failed the next only after a growing delay.
import { type Backoff, backoffMs } from '../kube/backoff.ts';

const backoff: Backoff = { baseMs: 100, maxMs: 10_000 };

export class SingleFlight {
  readonly #ended: (error: unknown) => void;
  #running: Promise<void> | undefined;
  #failures = 0;
  #notBefore = 0;

  /** @param ended called after each task, with what it rejected with or undefined */
  constructor(ended: (error: unknown) => void) {
    this.#ended = ended;
  }

  /** How long until a task may begin, in ms, another one under way aside. */
  get waitMs(): number {
    return Math.max(0, this.#notBefore - performance.now());
  }

  get isIdle(): boolean {
    return this.#running === undefined;
  }

  /** Does nothing while another one is under way: its end is told. */
  begin(task: () => Promise<void>): void {
    this.#running ??= this.#run(task);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Lets nothing begin before. */
  holdFor(ms: number): void {
    this.#notBefore = performance.now() + ms;
  }

  async #run(task: () => Promise<void>): Promise<void> {
    let failure: unknown;
    try {
      await task();
      this.#failures = 0;
    } catch (error) {
      failure = error;
      this.holdFor(backoffMs(backoff, this.#failures, Math.random));
      this.#failures += 1;
    }
    this.#running = undefined;
    this.#ended(failure);
  }
}
