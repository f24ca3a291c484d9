// Divides the namespaces among replicas: each shard of them has one owner, who holds its Lease. Every replica also keeps
// a Lease of its own, by which the others know that it is there and wants its share.
import type { KubeClient } from './client.ts';
import { isConflict, isNotFound } from './errors.ts';
import { deadlineShare, HeldLease, type Pod } from './held-lease.ts';
import { type Lease, leaseType, parseLease } from './lease.ts';
import type { Log } from './log.ts';
import { collectionPath, objectPath } from './paths.ts';
import { Reflector, type ReflectorMetrics } from './reflector.ts';
import { Roster, type RosterOptions } from './roster.ts';
import { shardOf } from './share.ts';
import { Store } from './store.ts';

export interface ShardsOptions extends RosterOptions {
  /** Its requests must end well before a Lease does: see `leaseTimeoutMs`. */
  client: Pick<KubeClient, 'create' | 'patchJson' | 'request' | 'list' | 'watch'>;
  /** Where the Leases are. */
  namespace: string;
  /** Where this process is a pod's. */
  pod?: Pod | undefined;
  log: Log;
  metrics?: ShardsMetrics;
  /**
   * Of a shard that is ours by now: resolves when what its last owner has left in the annotations was seen here. Never
   * rejects.
   */
  catchUp: (annotations: Annotations) => Promise<void>;
  /** These namespaces are ours to work for from now on. */
  gained: (isOurs: IsIn) => void;
  /** They are to be given back: start nothing, put on record what there is. Resolves with what `catchUp` is to be told. */
  handOver: (isTheirs: IsIn) => Promise<Readonly<Record<string, string>>>;
  /** They may be somebody else's from now on: stop at once. */
  lost: (isTheirs: IsIn) => void;
}

interface ShardsMetrics extends ReflectorMetrics {
  /** A shard was lost, not given back. */
  lost(): void;
}

type IsIn = (namespace: string) => boolean;
type Annotations = NonNullable<Lease['metadata']['annotations']>;

interface Held {
  readonly lease: HeldLease;
  phase: 'catching up' | 'working' | 'leaving';
}

/** A replica renews so often in the time of a Lease. */
const renewals = 5;

const retryMs = 1000;
const leastWaitMs = 10;
const relistMs = 60_000;

/** One that hangs is given up in time for another try. */
export function leaseTimeoutMs(durationMs: number): number {
  return durationMs / 3;
}

export class Shards {
  readonly #options: ShardsOptions;
  readonly #roster: Roster;
  readonly #own: HeldLease;
  readonly #held = new Map<number, Held>();
  readonly #reflector: Reflector<Lease>;
  readonly #ending = new AbortController();
  #working: Promise<void> | undefined;
  #again = false;
  #isStopping = false;
  #isWaiting = false;
  #timer: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(options: ShardsOptions) {
    this.#options = options;
    this.#roster = new Roster(options);
    this.#own = this.#lease(this.#roster.replicaName(options.identity), this.#roster.replicaLabels);
    this.#reflector = this.#reflect();
  }

  /**
   * Nobody else writes for this namespace now. Ask before everything that only the owner may do: time may have passed
   * unnoticed, as while the process was stopped.
   */
  owns(namespace: string): boolean {
    return this.holds(this.#shardOf(namespace));
  }

  /** And it is ours to begin something for it: we know what its last owner did, and are not about to give it back. */
  mayBegin(namespace: string): boolean {
    const shard = this.#shardOf(namespace);
    return this.holds(shard) && this.#held.get(shard)?.phase === 'working';
  }

  holds(shard: number): boolean {
    const held = this.#held.get(shard);
    if (held === undefined) return false;
    if (!held.lease.isHeld) this.#lose(shard);
    return held.lease.isHeld;
  }

  /** How many are ours. */
  get heldCount(): number {
    return this.#held.size;
  }

  /** It knows who else is there. */
  get synced(): boolean {
    return this.#reflector.synced;
  }

  /** Takes part until `stop`. Never rejects. */
  async run(): Promise<void> {
    const { durationMs } = this.#options;
    const running = this.#reflector.run(this.#ending.signal);
    await Promise.race([this.#reflector.whenSynced(), running]);
    const renewing = setInterval(() => void this.#renew(), durationMs / renewals);
    this.#wake();
    await running;
    clearInterval(renewing);
  }

  /** Hands everything over, and leaves. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    // Our own goes at once: the others must not leave room for us when they divide what we give back.
    await Promise.all([this.#remove(this.#own.name), this.#releaseAll(), this.#working]);
    // One that was being taken.
    await this.#releaseAll();
    clearTimeout(this.#deadline);
    this.#ending.abort();
  }

  async #releaseAll(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((shard) => this.#release(shard)));
  }

  #wake(): void {
    if (this.#isStopping) return;
    this.#again = true;
    this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    clearTimeout(this.#timer);
    let delayMs = retryMs;
    while (this.#again && !this.#isStopping) {
      this.#again = false;
      try {
        if (await this.#step()) this.#again = true;
        delayMs = Math.max(leastWaitMs, this.#roster.waitMs(performance.now()));
      } catch (error) {
        this.#options.log('warn', 'lease cannot be taken', { error: String(error) });
        delayMs = retryMs;
      }
    }
    this.#working = undefined;
    if (!this.#isStopping) this.#timer = setTimeout(() => this.#wake(), delayMs);
  }

  /** Does the next thing to do; false where there is nothing now. */
  async #step(): Promise<boolean> {
    if (!this.#own.isHeld) return await this.#own.take(this.#roster.get(this.#own.name));
    for (const { metadata } of this.#roster.abandoned(performance.now())) {
      this.#roster.forget(metadata.name);
      await this.#remove(metadata.name, metadata.resourceVersion);
    }
    const held = [...this.#held.keys()].filter((shard) => this.holds(shard));
    const step = this.#roster.nextStep(held, performance.now());
    if (step === 'wait' && !this.#isWaiting)
      this.#options.log('info', 'waiting for replicas with another number of shards', {});
    this.#isWaiting = step === 'wait';
    if (step === undefined || step === 'wait') return false;
    return step.kind === 'take' ? await this.#take(step.shard) : await this.#release(step.shard);
  }

  async #take(shard: number): Promise<boolean> {
    const lease = this.#lease(this.#roster.shardName(shard), {});
    const observed = this.#roster.get(lease.name);
    // Somebody was faster: the watch is about to say who.
    if (!(await lease.take(observed))) return false;
    const held: Held = { lease, phase: 'catching up' };
    this.#held.set(shard, held);
    this.#setDeadline();
    this.#options.log('info', 'shard taken', { shard, from: observed?.holder ?? '' });
    void this.#begin(shard, held, observed?.metadata.annotations ?? {});
    return true;
  }

  async #begin(shard: number, held: Held, annotations: Annotations): Promise<void> {
    await this.#options.catchUp(annotations);
    if (this.#held.get(shard) !== held || held.phase !== 'catching up' || this.#isStopping) return;
    held.phase = 'working';
    this.#options.gained(this.#isIn(shard));
  }

  async #release(shard: number): Promise<boolean> {
    const held = this.#held.get(shard);
    if (held === undefined || held.phase === 'leaving') return false;
    held.phase = 'leaving';
    const annotations = await this.#options.handOver(this.#isIn(shard));
    // It may have run out meanwhile.
    if (!this.holds(shard) || !this.#held.delete(shard)) return true;
    this.#options.lost(this.#isIn(shard));
    await held.lease.release(annotations);
    this.#options.log('info', 'shard given back', { shard });
    return true;
  }

  /** All at once: one that cannot be renewed must not delay the others. */
  async #renew(): Promise<void> {
    const failures: string[] = [];
    const renew = async (lease: HeldLease): Promise<void> => {
      await lease.renew().catch((error: unknown) => failures.push(String(error)));
    };
    await Promise.all([
      renew(this.#own),
      ...this.#held.entries().map(async ([shard, { lease }]) => {
        await renew(lease);
        this.holds(shard);
      }),
    ]);
    if (failures.length > 0)
      this.#options.log('warn', 'leases cannot be renewed', { count: failures.length, error: failures[0] });
    if (!this.#own.isHeld) this.#wake();
    this.#setDeadline();
  }

  #lose(shard: number): void {
    if (!this.#held.delete(shard)) return;
    this.#options.log('error', 'shard lost', { shard });
    this.#options.metrics?.lost();
    this.#options.lost(this.#isIn(shard));
    this.#wake();
  }

  /** Notices in time when a Lease runs out, although nobody asks. */
  #setDeadline(): void {
    clearTimeout(this.#deadline);
    if (this.#held.size === 0) return;
    const leftMs = Math.min(...this.#held.values().map(({ lease }) => lease.leftMs));
    this.#deadline = setTimeout(() => {
      for (const shard of this.#held.keys()) this.holds(shard);
      this.#setDeadline();
    }, leftMs + 1);
  }

  /** @param resourceVersion remove it only while it has this one */
  async #remove(name: string, resourceVersion?: string): Promise<void> {
    const { client, namespace, log } = this.#options;
    const path = objectPath(leaseType, namespace, name);
    const body = resourceVersion === undefined ? undefined : { preconditions: { resourceVersion } };
    try {
      await client.request({ method: 'DELETE', path, body });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error))
        log('warn', 'lease cannot be removed', { lease: name, error: String(error) });
    }
  }

  #reflect(): Reflector<Lease> {
    const { client, namespace, durationMs, log, metrics } = this.#options;
    return new Reflector<Lease>({
      client,
      ...(metrics === undefined ? {} : { metrics }),
      path: collectionPath(leaseType, namespace),
      namespace,
      parse: parseLease,
      store: new Store<Lease>(),
      handlers: {
        upsert: (lease) => {
          if (this.#roster.observe(lease, performance.now())) this.#wake();
        },
        delete: (lease) => {
          this.#roster.deleted(lease);
          this.#wake();
        },
      },
      log,
      // Our own renewals come over this watch, so a silent one is dead, and nobody else's signs of life come either.
      intervals: {
        idleMs: durationMs * deadlineShare,
        relistMs,
        backoff: { baseMs: 100, maxMs: durationMs / renewals },
      },
    });
  }

  #shardOf(namespace: string): number {
    return shardOf(namespace, this.#options.shards);
  }

  #isIn(shard: number): IsIn {
    return (namespace) => this.#shardOf(namespace) === shard;
  }

  #lease(name: string, labels: Readonly<Record<string, string>>): HeldLease {
    const { client, namespace, identity, durationMs, pod } = this.#options;
    return new HeldLease({ client, namespace, name, labels, identity, durationMs, pod });
  }
}
