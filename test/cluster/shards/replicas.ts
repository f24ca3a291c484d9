// Replicas of the election alone, several in one process, each with its own way to the API server.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { KubeClient } from '../../../src/kube/client.ts';
import { loadClusterConfig } from '../../../src/kube/config.ts';
import { leaseType } from '../../../src/kube/lease.ts';
import { collectionPath, objectPath } from '../../../src/kube/paths.ts';
import { shardOf } from '../../../src/kube/share.ts';
import { leaseTimeoutMs, Shards } from '../../../src/kube/shards.ts';
import { type ApiProxy, type ProxiedRequest, startApiProxy } from '../../support/api-proxy.ts';
import { adminClient } from '../../support/cluster.ts';
import { sharedControlPlane } from '../../support/control-plane.ts';
import { until } from '../../support/until.ts';

/** No replica loses a shard because the machine is busy. */
export const longMs = 6000;

/** For scenes in which a Lease runs out. */
export const shortMs = 2000;

export const leaseNamespace = 'heliograph-system';

/** Somebody worked for a shard, on one clock for all. */
interface Term {
  shard: number;
  who: string;
  fromMs: number;
  /** Infinity: still does. */
  untilMs: number;
}

export interface Replica {
  identity: string;
  shards: Shards;
  proxy: ApiProxy;
  /** What it works for. */
  works: () => number[];
  log: { level: string; event: string }[];
  /** Neither side hears of the other any more. */
  cutOff: () => void;
  stop: () => Promise<void>;
}

/** Replicas that divide the same shards, under a name of their own. */
export class Troupe {
  readonly name = `troupe-${randomUUID().slice(0, 8)}`;
  readonly terms: Term[] = [];
  readonly #t: TestContext;
  readonly #count: number;
  readonly #durationMs: number;
  /** Ends what was started. */
  readonly #ends: (() => Promise<void>)[] = [];

  constructor(t: TestContext, count: number, durationMs = longMs) {
    this.#t = t;
    this.#count = count;
    this.#durationMs = durationMs;
    // Before the proxies end, which are started later.
    t.after(async () => {
      await Promise.all(this.#ends.map((end) => end()));
      await this.#removeLeases();
    });
  }

  async start(identity: string, { count = this.#count }: { count?: number } = {}): Promise<Replica> {
    const { operatorKubeconfig, dir } = sharedControlPlane();
    const proxy = await startApiProxy(this.#t, operatorKubeconfig, dir);
    const client = new KubeClient(loadClusterConfig({ KUBECONFIG: proxy.kubeconfig }), {
      userAgent: 'heliograph-test',
      timeoutMs: leaseTimeoutMs(this.#durationMs),
    });
    const log: Replica['log'] = [];
    const homes = Array.from({ length: count }, (_, shard) => namespaceIn(shard, count));
    const shardIn = (isIn: (namespace: string) => boolean) => homes.findIndex(isIn);
    const shards = new Shards({
      client,
      namespace: leaseNamespace,
      name: this.name,
      identity,
      shards: count,
      durationMs: this.#durationMs,
      log: (level, event) => log.push({ level, event }),
      catchUp: async () => {},
      gained: (isOurs) => this.#begin(identity, shardIn(isOurs)),
      handOver: async () => ({}),
      lost: (isTheirs) => this.#end(identity, shardIn(isTheirs)),
    });
    const running = shards.run();
    const stop = async () => {
      await shards.stop();
      await running;
    };
    this.#ends.push(async () => {
      proxy.decide = () => 'pass';
      await stop();
      await client.close();
    });
    return {
      identity,
      shards,
      proxy,
      works: () => this.#now(identity),
      log,
      cutOff: () => {
        proxy.decide = () => 'blackhole';
        proxy.cutWatches('leases');
      },
      stop,
    };
  }

  /** Resolves when each of them works for so many shards. */
  async share(shares: readonly (readonly [Replica, number])[], timeoutMs = 20_000): Promise<void> {
    const isSo = () => shares.every(([replica, count]) => replica.works().length === count);
    const wanted = shares.map(([{ identity }, count]) => `${identity}: ${count}`).join(', ');
    await until(isSo, `the shares are ${wanted}`, timeoutMs);
  }

  /**
   * No two have worked for a shard at once.
   * @returns the longest time that a shard was without anybody between two who had it, in ms
   */
  check(): number {
    let longestMs = 0;
    for (const term of this.terms) {
      const later = this.terms.filter(({ shard, fromMs }) => shard === term.shard && fromMs > term.fromMs);
      const next = Math.min(...later.map(({ fromMs }) => fromMs));
      assert.ok(next >= term.untilMs, `${term.who} still worked for ${term.shard} when somebody began`);
      if (later.length > 0) longestMs = Math.max(longestMs, next - term.untilMs);
    }
    return longestMs;
  }

  /** As an administrator does with kubectl, with a spec that nobody checks. */
  async write(name: string, spec: object, labels: object = {}): Promise<void> {
    await adminClient().request({
      method: 'PATCH',
      path: objectPath(leaseType, leaseNamespace, name),
      query: { fieldManager: 'by-hand', force: true },
      contentType: 'application/apply-patch+yaml',
      body: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, labels }, spec },
    });
  }

  async remove(name: string): Promise<void> {
    const path = objectPath(leaseType, leaseNamespace, name);
    await adminClient().request({ method: 'DELETE', path });
  }

  /** Of all Leases of theirs. */
  async leases(): Promise<string[]> {
    const { items } = await adminClient().list(collectionPath(leaseType, leaseNamespace));
    const names = items.map((item) => (item as { metadata: { name: string } }).metadata.name);
    return names.filter((name) => name.startsWith(this.name));
  }

  #begin(who: string, shard: number): void {
    this.terms.push({ shard, who, fromMs: performance.now(), untilMs: Infinity });
  }

  #end(who: string, shard: number): void {
    const term = this.terms.findLast((one) => one.who === who && one.shard === shard);
    if (term !== undefined) term.untilMs = Math.min(term.untilMs, performance.now());
  }

  #now(who: string): number[] {
    return this.terms
      .filter((term) => term.who === who && term.untilMs === Infinity)
      .map(({ shard }) => shard);
  }

  async #removeLeases(): Promise<void> {
    for (const name of await this.leases()) await this.remove(name).catch(() => {});
  }
}

/** A write of the Lease whose name ends so, in whatever way. */
export function isWriteOf({ method, path }: ProxiedRequest, end: string): boolean {
  return method === 'PATCH' && path.endsWith(end);
}

function namespaceIn(shard: number, count: number): string {
  for (let index = 0; ; index += 1) if (shardOf(`ns-${index}`, count) === shard) return `ns-${index}`;
}
