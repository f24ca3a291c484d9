// Replicas as real processes that divide the work of some namespaces, and what can be told of them from outside.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { leaseType, parseLease } from '../../../src/kube/lease.ts';
import { collectionPath } from '../../../src/kube/paths.ts';
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
  #started = 0;

  constructor(t: TestContext, namespaces: readonly string[], { shards = 1, leaseSeconds = 15 } = {}) {
    this.#t = t;
    this.#namespaces = namespaces;
    this.#shards = shards;
    this.#leaseSeconds = leaseSeconds;
  }

  /** Resolves when they are ready, and all shards are held. */
  async start(
    count: number,
    { kubeconfig = sharedControlPlane().operatorKubeconfig } = {},
  ): Promise<Member[]> {
    const started = await Promise.all(Array.from({ length: count }, () => this.#startOne(kubeconfig)));
    await until(async () => {
      const shares = [...(await this.shares()).values()];
      return shares.reduce((sum, share) => sum + share, 0) === this.#shards;
    }, 'every shard has an owner');
    return started;
  }

  /** Of one shard. */
  async leader(): Promise<{ leader: Member; standby: Member }> {
    const shares = await this.shares();
    const leader = this.members.find(({ identity }) => (shares.get(identity) ?? 0) > 0);
    const standby = this.members.find(({ identity }) => !shares.has(identity));
    assert.ok(leader !== undefined && standby !== undefined);
    return { leader, standby };
  }

  /** How many shards each one holds who holds any, as the Leases have it. */
  async shares(): Promise<Map<string, number>> {
    const { items } = await adminClient().list(collectionPath(leaseType, leaseNamespace));
    const shares = new Map<string, number>();
    for (const { holder, metadata } of items.map(parseLease))
      if (holder !== '' && metadata.name.startsWith(`${this.#name}-shard-`))
        shares.set(holder, (shares.get(holder) ?? 0) + 1);
    return shares;
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
