// Shares one list between all who ask at about the same time. Who asks gets a list that was begun afterwards,
// so whatever existed when they asked is in it.

/**
 * Under way at once for a namespace. An API server that answers from its cache (Kubernetes 1.31 and newer) asks etcd every
 * 100 ms how far the cache is, so under load a list takes that long, and who waited for the one before waited twice.
 */
const maxRunning = 4;

export class SharedList<T> {
  readonly #load: (namespace: string) => Promise<T>;
  readonly #running = new Map<string, Set<Promise<unknown>>>();
  /** Asked for, but not begun: a newcomer may still join. */
  readonly #waiting = new Map<string, Promise<T>>();

  constructor(load: (namespace: string) => Promise<T>) {
    this.#load = load;
  }

  /** Rejects as the load does; nothing is tried again. */
  get(namespace: string): Promise<T> {
    const waiting = this.#waiting.get(namespace);
    if (waiting !== undefined) return waiting;
    const next = this.#turn(namespace).then(() => this.#begin(namespace));
    this.#waiting.set(namespace, next);
    return next;
  }

  /** Resolves when one more may begin, however those before it end. */
  async #turn(namespace: string): Promise<void> {
    const running = this.#running.get(namespace);
    if (running === undefined || running.size < maxRunning) return;
    await Promise.race([...running].map((one) => one.catch(() => {})));
  }

  #begin(namespace: string): Promise<T> {
    this.#waiting.delete(namespace);
    const running = this.#running.get(namespace) ?? new Set();
    this.#running.set(namespace, running);
    const loading = this.#load(namespace).finally(() => {
      running.delete(loading);
      if (running.size === 0) this.#running.delete(namespace);
    });
    running.add(loading);
    return loading;
  }
}
