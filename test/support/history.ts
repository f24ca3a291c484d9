// Every version of every analysis in a namespace, in the order they were written: what workers reported, and which
// ledgers were written one after another.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Analysis, storedAnalysis } from '../../src/api/analysis.ts';
import type { Ledger } from '../../src/api/ledger.ts';
import { collectionPath } from '../../src/kube/paths.ts';
import { adminClient, analysisType } from './cluster.ts';
import { until } from './until.ts';

/** Of one analysis; another one of the same name has its own. Times are on the monotonic clock, in ms. */
export interface Life {
  readonly name: string;
  readonly uid: string;
  readonly ledgers: { readonly ledger: Ledger; readonly seenMs: number }[];
  /** What workers reported. */
  readonly statuses: Pick<Analysis['status'], 'phase' | 'percentage'>[];
  deletedMs?: number;
}

export class History {
  /** By UID, the newest at the end. */
  readonly #lives = new Map<string, Life>();
  #problem: unknown;

  /** Begins now; ends with the test. */
  static async follow(t: Pick<TestContext, 'after'>, namespace: string): Promise<History> {
    const path = collectionPath(analysisType, namespace);
    const history = new History();
    const { items, resourceVersion } = await adminClient().list(path);
    for (const item of items) history.#note(item);
    const ending = new AbortController();
    const following = history.#watch(path, resourceVersion, ending.signal);
    t.after(async () => {
      ending.abort();
      await following;
    });
    return history;
  }

  life(uid: string): Life | undefined {
    return this.#lives.get(uid);
  }

  /** Of the newest analysis of that name. */
  of(name: string): readonly Ledger[] {
    const life = [...this.#lives.values()].findLast((one) => one.name === name);
    return life?.ledgers.map(({ ledger }) => ledger) ?? [];
  }

  /** Who has written, one after another. */
  owners(name: string): string[] {
    const owners = this.of(name).map(({ owner }) => owner);
    return owners.filter((owner, index) => owner !== owners[index - 1]);
  }

  /** Resolves when its newest version is settled. */
  async settled(name: string, timeoutMs?: number): Promise<void> {
    await until(() => this.of(name).at(-1)?.state === 'Settled', `${name} is settled`, timeoutMs);
  }

  /** I6: each write follows the one before, and a new owner begins a new epoch. */
  check(): void {
    assert.equal(this.#problem, undefined);
    for (const { name, ledgers } of this.#lives.values())
      for (const [index, { ledger }] of ledgers.slice(1).entries()) {
        const { revision, epoch, owner } = ledger;
        const before = ledgers[index]?.ledger;
        assert.ok(before);
        assert.equal(revision, before.revision + 1, `a revision of ${name}`);
        assert.equal(epoch, before.epoch + (owner === before.owner ? 0 : 1), `an epoch of ${name}`);
      }
  }

  async #watch(path: string, resourceVersion: string, signal: AbortSignal): Promise<void> {
    try {
      for await (const { type, object } of adminClient().watch(path, { resourceVersion }, { signal }))
        if (type === 'ADDED' || type === 'MODIFIED') this.#note(object);
        else if (type === 'DELETED') this.#note(object).deletedMs = performance.now();
      this.#problem = 'the watch ended';
    } catch (error) {
      if (!signal.aborted) this.#problem = error;
    }
  }

  #note(raw: unknown): Life {
    const { metadata, status } = storedAnalysis.parse(raw);
    const { name, uid } = metadata;
    const life: Life = this.#lives.get(uid) ?? { name, uid, ledgers: [], statuses: [] };
    this.#lives.set(uid, life);
    const { delivery: ledger, phase, percentage } = status;
    life.statuses.push({ phase, percentage });
    // A worker's own write shows the same ledger again.
    if (ledger !== undefined && ledger.revision !== life.ledgers.at(-1)?.ledger.revision)
      life.ledgers.push({ ledger, seenMs: performance.now() });
    return life;
  }
}
