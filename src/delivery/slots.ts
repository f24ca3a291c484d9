// Who may send next: bounds the attempts in flight, per endpoint and in all, and is fair between endpoints.

export type SlotKind = 'first' | 'retry';

export interface SlotRequest {
  /** Whose limit counts: the endpoint. */
  key: string;
  /** How many slots the key may hold at once; the latest request's limit holds for all that wait. */
  limit: number;
  /** A first attempt goes before any retry that waits. */
  kind: SlotKind;
}

export interface Slot {
  /** Gives the slot back; a second call does nothing. */
  release(): void;
}

export interface Slots {
  /** A slot at once, or nothing if it would have to wait. */
  tryAcquire(request: SlotRequest): Slot | undefined;
  /** A slot when it is this request's turn; rejects with the signal's reason if that comes first. */
  acquire(request: SlotRequest & { signal?: AbortSignal }): Promise<Slot>;
  /** The key holds as many as it may. */
  isFull(key: string): boolean;
  readonly inUse: number;
  readonly waiting: number;
}

type Waiter = (slot: Slot) => void;

interface Key {
  readonly name: string;
  limit: number;
  inUse: number;
  /** Sets keep their order and lose a member that gave up at no cost. */
  readonly waiting: Record<SlotKind, Set<Waiter>>;
}

/** @param options.global slots in all; retries hold at most half of them, so that first attempts always move */
export function createSlots({ global }: { global: number }): Slots {
  return new FairSlots(global);
}

/**
 * After every change, no one waits who could be served: so a newcomer that fits jumps no queue. A key is in
 * `ready` while it has waiters and is under its limit; who was served goes to the end of it (round robin).
 */
class FairSlots implements Slots {
  readonly #keys = new Map<string, Key>();
  readonly #ready: Record<SlotKind, Set<Key>> = { first: new Set(), retry: new Set() };
  readonly #limits: Record<SlotKind, number>;
  readonly #inUse: Record<SlotKind, number> = { first: 0, retry: 0 };
  #waiting = 0;

  constructor(global: number) {
    this.#limits = { first: global, retry: Math.max(1, Math.floor(global / 2)) };
  }

  get inUse(): number {
    return this.#inUse.first + this.#inUse.retry;
  }

  get waiting(): number {
    return this.#waiting;
  }

  isFull(name: string): boolean {
    const key = this.#keys.get(name);
    return key !== undefined && key.inUse >= key.limit;
  }

  tryAcquire({ key: name, limit, kind }: SlotRequest): Slot | undefined {
    const key = this.#keyOf(name, limit);
    if (key.inUse < key.limit && this.#hasRoom(kind)) return this.#take(key, kind);
    this.#forgetIfUnused(key);
    return undefined;
  }

  async acquire({ signal, ...request }: SlotRequest & { signal?: AbortSignal }): Promise<Slot> {
    signal?.throwIfAborted();
    return this.tryAcquire(request) ?? this.#wait(request, signal);
  }

  #wait({ key: name, limit, kind }: SlotRequest, signal: AbortSignal | undefined): Promise<Slot> {
    const key = this.#keyOf(name, limit);
    return new Promise((resolve, reject) => {
      const served: Waiter = (slot) => {
        signal?.removeEventListener('abort', abandon);
        resolve(slot);
      };
      const abandon = () => {
        key.waiting[kind].delete(served);
        this.#waiting -= 1;
        this.#refresh(key);
        this.#forgetIfUnused(key);
        reject(signal?.reason);
      };
      key.waiting[kind].add(served);
      this.#waiting += 1;
      signal?.addEventListener('abort', abandon, { once: true });
      this.#refresh(key);
    });
  }

  /** The key with its limit brought up to date; a higher limit serves those who waited for it first. */
  #keyOf(name: string, limit: number): Key {
    let key = this.#keys.get(name);
    if (key === undefined) {
      key = { name, limit, inUse: 0, waiting: { first: new Set(), retry: new Set() } };
      this.#keys.set(name, key);
    } else if (key.limit !== limit) {
      key.limit = limit;
      this.#refresh(key);
      this.#serve();
    }
    return key;
  }

  #hasRoom(kind: SlotKind): boolean {
    return this.inUse < this.#limits.first && (kind === 'first' || this.#inUse.retry < this.#limits.retry);
  }

  #take(key: Key, kind: SlotKind): Slot {
    key.inUse += 1;
    this.#inUse[kind] += 1;
    this.#refresh(key);
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        key.inUse -= 1;
        this.#inUse[kind] -= 1;
        this.#refresh(key);
        this.#serve();
        this.#forgetIfUnused(key);
      },
    };
  }

  #serve(): void {
    for (const kind of ['first', 'retry'] as const) {
      for (const key of this.#ready[kind]) {
        if (!this.#hasRoom(kind)) break;
        this.#serveOne(key, kind);
      }
    }
  }

  #serveOne(key: Key, kind: SlotKind): void {
    const [waiter] = key.waiting[kind];
    if (waiter === undefined) return;
    key.waiting[kind].delete(waiter);
    this.#waiting -= 1;
    // Out of `ready` first, so that taking the slot puts the key back at its end.
    this.#ready[kind].delete(key);
    waiter(this.#take(key, kind));
  }

  #refresh(key: Key): void {
    for (const kind of ['first', 'retry'] as const) {
      if (key.inUse < key.limit && key.waiting[kind].size > 0) this.#ready[kind].add(key);
      else this.#ready[kind].delete(key);
    }
  }

  #forgetIfUnused(key: Key): void {
    const idle = key.inUse === 0 && key.waiting.first.size === 0 && key.waiting.retry.size === 0;
    if (idle) this.#keys.delete(key.name);
  }
}
