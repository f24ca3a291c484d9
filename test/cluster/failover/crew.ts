// Replicas as real processes that divide the work of some namespaces, and what can be told of them from outside.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { type Lease, leaseType, parseLease } from '../../../src/kube/lease.ts';
import { collectionPath } from '../../../src/kube/paths.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import { Store } from '../../../src/kube/store.ts';
import { adminClient } from '../../support/cluster.ts';
import { sharedControlPlane } from '../../support/control-plane.ts';
import { type Operator, startOperator } from '../../support/operator.ts';
import { until } from '../../support/until.ts';

/** For scenes in which a Lease runs out. In the others a busy machine must not make it do so. */
export const shortSeconds = 3;

const leaseNamespace = 'heliograph-system';

export interface Member extends Operator {
  identity: string;
}

export class Crew {
  readonly members: Member[] = [];
  readonly #t: TestContext;
  readonly #namespaces: readonly string[];
  readonly #name = `crew-${randomUUID().slice(0, 8)}`;
  readonly #shards: number;
  readonly #leaseSeconds: number;
  readonly #leases = new Store<Lease>();
  #started = 0;

  constructor(t: TestContext, namespaces: readonly string[], { shards = 1, leaseSeconds = 15 } = {}) {
    this.#t = t;
    this.#namespaces = namespaces;
    this.#shards = shards;
    this.#leaseSeconds = leaseSeconds;
    this.#watch();
  }

  /** Resolves when they are ready, and all shards are held. */
  async start(
    count: number,
    { kubeconfig = sharedControlPlane().operatorKubeconfig } = {},
  ): Promise<Member[]> {
    const started = await Promise.all(Array.from({ length: count }, () => this.#startOne(kubeconfig)));
    await until(
      () => [...this.shares().values()].reduce((sum, share) => sum + share, 0) === this.#shards,
      'every shard has an owner',
    );
    return started;
  }

  /** Of one shard. */
  leader(): { leader: Member; standby: Member } {
    const shares = this.shares();
    const leader = this.members.find(({ identity }) => (shares.get(identity) ?? 0) > 0);
    const standby = this.members.find(({ identity }) => !shares.has(identity));
    assert.ok(leader !== undefined && standby !== undefined);
    return { leader, standby };
  }

  /** How many shards each one holds who holds any, as the Leases have it. */
  shares(): Map<string, number> {
    const shares = new Map<string, number>();
    for (const { holder, metadata } of this.#leases.values())
      if (holder !== '' && metadata.name.startsWith(`${this.#name}-shard-`))
        shares.set(holder, (shares.get(holder) ?? 0) + 1);
    return shares;
  }

  #watch(): void {
    const ending = new AbortController();
    const reflector = new Reflector({
      client: adminClient(),
      path: collectionPath(leaseType, leaseNamespace),
      parse: parseLease,
      store: this.#leases,
      handlers: { upsert: () => {}, delete: () => {} },
    });
    const running = reflector.run(ending.signal);
    this.#t.after(async () => {
      ending.abort();
      await running;
    });
  }

  /** Sends a signal after which it is no member any more; resolves with its exit code. */
  async end(member: Member, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.members.splice(this.members.indexOf(member), 1);
    return await member.kill(signal);
  }

  async #startOne(kubeconfig: string): Promise<Member> {
    const identity = `${this.#name}-${this.#started}`;
    this.#started += 1;
    const operator = await startOperator(this.#t, {
      kubeconfig,
      namespaces: this.#namespaces,
      flags: [
        `--lease-namespace=${leaseNamespace}`,
        `--lease-name=${this.#name}`,
        `--lease-duration-seconds=${this.#leaseSeconds}`,
        `--shards=${this.#shards}`,
      ],
      env: { POD_NAME: identity },
    });
    const member = { ...operator, identity };
    this.members.push(member);
    return member;
  }
}

export function says({ log }: Operator, event: string): boolean {
  return log.some((entry) => entry['event'] === event);
}

/** When it made its first attempt after that, in ms since the epoch. */
export function firstAttempt({ log }: Operator, sinceMs: number): number {
  const times = log.filter(({ event }) => event === 'attempt').map(({ time }) => Date.parse(String(time)));
  return Math.min(...times.filter((time) => time >= sinceMs));
}
