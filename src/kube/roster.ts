// What the Leases say of the replicas: who is there, who holds which shard, and what one of them should do next.
import { type Lease, LeaseBook } from './lease.ts';
import { nextStep, type Step } from './share.ts';

export interface RosterOptions {
  /** What the names of the Leases begin with. */
  readonly name: string;
  /** Ours. */
  readonly identity: string;
  /** How many shards there are. */
  readonly shards: number;
  readonly durationMs: number;
}

interface Replica {
  /** Into how many shards it divides. */
  readonly count: number;
  readonly held: number;
  readonly isSilent: boolean;
}

/**
 * Of the duration, in which a replica renews five times: who was silent for longer is left no room, and what is free for
 * longer is anybody's.
 */
const patienceShare = 0.3;

const countLabel = 'heliograph.dev/shards';

/** Leases that were not renewed for so many times their duration are of no use to anybody. */
const abandonedAfter = 20;

/** Goes by the names of Leases, which nobody can change, and believes no more of their content than it must. */
export class Roster {
  readonly #options: RosterOptions;
  readonly #book = new LeaseBook();
  /** By shard. */
  readonly #freeSince = new Map<number, number>();

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** Of the Lease by which the others know that a replica is there. */
  replicaName(identity: string): string {
    return `${this.#options.name}-replica-${identity.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')}`;
  }

  /** On that Lease. */
  get replicaLabels(): Readonly<Record<string, string>> {
    return { [countLabel]: String(this.#options.shards) };
  }

  shardName(shard: number): string {
    return `${this.#options.name}-shard-${shard}`;
  }

  get(name: string): Lease | undefined {
    return this.#book.get(name);
  }

  /** @returns whether it may give somebody something to do */
  observe(lease: Lease, nowMs: number): boolean {
    return this.#book.observe(lease, nowMs) && (this.#isReplica(lease) || this.#isShard(lease));
  }

  deleted(lease: Lease): void {
    if (this.#isShard(lease)) this.#book.vanish(lease.metadata.name);
    else this.#book.remove(lease.metadata.name);
  }

  /** Until it is observed again. */
  forget(name: string): void {
    this.#book.remove(name);
  }

  /**
   * Of this replica; undefined where there is none now, and `wait` while others divide into another number of shards.
   * @param held what is ours now
   */
  nextStep(held: readonly number[], nowMs: number): Step | 'wait' | undefined {
    const { identity, shards: count } = this.#options;
    const replicas = this.#replicas(nowMs);
    const others = [...replicas.values()].filter((one) => one.count !== count && one.held > 0);
    if (others.length > 0) {
      // Whoever holds shards goes first. Where both do, because both began at once, the larger number stays.
      const last = held.at(-1);
      const mustYield = others.some((one) => one.count > count);
      return last !== undefined && mustYield ? { kind: 'release', shard: last } : 'wait';
    }
    const shares = [...replicas]
      .filter(([, one]) => one.count === count && !one.isSilent)
      .map(([holder, one]): [string, number] => [holder, one.held]);
    const ours = new Set(held);
    const free = this.#shards.filter((shard) => !ours.has(shard) && this.#isFree(shard, nowMs));
    return nextStep({
      identity,
      held,
      free,
      unclaimed: this.#unclaimed(free, nowMs),
      replicas: new Map(shares).set(identity, held.length),
      count,
    });
  }

  /** Until time alone may bring a next step, in ms. */
  waitMs(nowMs: number): number {
    const expiries = this.#live(nowMs)
      .filter(({ holder }) => holder !== this.#options.identity)
      .map(({ durationMs, metadata }) => durationMs - this.#book.silentMs(metadata.name, nowMs));
    const claims = this.#freeSince
      .values()
      .map((sinceMs) => sinceMs + this.#options.durationMs * patienceShare - nowMs)
      .filter((waitMs) => waitMs > 0);
    return Math.min(this.#options.durationMs, ...expiries, ...claims);
  }

  /** What replicas have left behind that were killed, or that divided into more shards. */
  abandoned(nowMs: number): Lease[] {
    const needed = new Set(this.#shards.map((shard) => this.shardName(shard)));
    return this.#book
      .leases()
      .filter(
        (lease) =>
          (this.#isReplica(lease) || this.#isShard(lease)) &&
          !needed.has(lease.metadata.name) &&
          this.#book.silentMs(lease.metadata.name, nowMs) > lease.durationMs * abandonedAfter,
      );
  }

  #unclaimed(free: readonly number[], nowMs: number): number[] {
    for (const shard of this.#freeSince.keys()) if (!free.includes(shard)) this.#freeSince.delete(shard);
    return free.filter((shard) => {
      const sinceMs = this.#freeSince.get(shard) ?? nowMs;
      this.#freeSince.set(shard, sinceMs);
      return nowMs - sinceMs >= this.#options.durationMs * patienceShare;
    });
  }

  get #shards(): number[] {
    return Array.from({ length: this.#options.shards }, (_, shard) => shard);
  }

  /** By identity. */
  #replicas(nowMs: number): Map<string, Replica> {
    const { shards: ourCount } = this.#options;
    const replicas = new Map<string, Replica>();
    const live = this.#live(nowMs);
    for (const lease of live) {
      if (!this.#isReplica(lease)) continue;
      const count = Number(lease.metadata.labels?.[countLabel]);
      const isSilent = this.#book.silentMs(lease.metadata.name, nowMs) >= lease.durationMs * patienceShare;
      replicas.set(lease.holder, { count: count > 0 ? count : ourCount, held: 0, isSilent });
    }
    for (const lease of live) {
      const replica = this.#isShard(lease) ? replicas.get(lease.holder) : undefined;
      if (replica !== undefined) replicas.set(lease.holder, { ...replica, held: replica.held + 1 });
    }
    return replicas;
  }

  #live(nowMs: number): Lease[] {
    return this.#book
      .leases()
      .filter(
        (lease) =>
          (this.#isReplica(lease) || this.#isShard(lease)) && this.#book.isHeld(lease.metadata.name, nowMs),
      );
  }

  #isFree(shard: number, nowMs: number): boolean {
    const name = this.shardName(shard);
    // It may be ours without our knowing, after an answer that was lost or in a process before this one.
    return this.get(name)?.holder === this.#options.identity || !this.#book.isHeld(name, nowMs);
  }

  #isReplica({ holder, metadata: { name } }: Lease): boolean {
    return name === this.replicaName(holder);
  }

  #isShard({ metadata: { name } }: Lease): boolean {
    const prefix = `${this.#options.name}-shard-`;
    return name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length));
  }
}
