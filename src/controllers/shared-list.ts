// Shares one list between all who ask at about the same time. Who asks gets a list that was begun afterwards,
// so whatever existed when they asked is in it.

export class SharedList<T> {
  readonly #load: (namespace: string) => Promise<T>;
  readonly #running = new Map<string, Promise<unknown>>();
  /** Asked for, but not begun: a newcomer may still join. */
  readonly #waiting = new Map<string, Promise<T>>();

  constructor(load: (namespace: string) => Promise<T>) {
    this.#load = load;
  }

  /** Rejects as the load does; nothing is tried again. */
  get(namespace: string): Promise<T> {
    const waiting = this.#waiting.get(namespace);
    if (waiting !== undefined) return waiting;
    const before = this.#running.get(namespace) ?? Promise.resolve();
    const next = before.then(
      () => this.#begin(namespace),
      () => this.#begin(namespace),
    );
    this.#waiting.set(namespace, next);
    return next;
  }

  #begin(namespace: string): Promise<T> {
    this.#waiting.delete(namespace);
    const running = this.#load(namespace).finally(() => {
      if (this.#running.get(namespace) === running) this.#running.delete(namespace);
    });
    this.#running.set(namespace, running);
    return running;
  }
}
