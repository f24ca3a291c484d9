// Every version of every ledger in a namespace, in the order they were written: who wrote after whom.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { storedAnalysis } from '../../src/api/analysis.ts';
import type { Ledger } from '../../src/api/ledger.ts';
import { collectionPath } from '../../src/kube/paths.ts';
import { adminClient, analysisType } from './cluster.ts';
import { until } from './until.ts';

export class History {
  /** By the name of the analysis. */
  readonly #ledgers = new Map<string, Ledger[]>();
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

  of(name: string): readonly Ledger[] {
    return this.#ledgers.get(name) ?? [];
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
    for (const [name, ledgers] of this.#ledgers)
      for (const [index, { revision, epoch, owner }] of ledgers.slice(1).entries()) {
        const before = ledgers[index];
        assert.ok(before);
        assert.equal(revision, before.revision + 1, `a revision of ${name}`);
        assert.equal(epoch, before.epoch + (owner === before.owner ? 0 : 1), `an epoch of ${name}`);
      }
  }

  async #watch(path: string, resourceVersion: string, signal: AbortSignal): Promise<void> {
    try {
      for await (const { type, object } of adminClient().watch(path, { resourceVersion }, { signal }))
        if (type === 'ADDED' || type === 'MODIFIED') this.#note(object);
      this.#problem = 'the watch ended';
    } catch (error) {
      if (!signal.aborted) this.#problem = error;
    }
  }

  #note(raw: unknown): void {
    const { metadata, status } = storedAnalysis.parse(raw);
    const ledgers = this.#ledgers.get(metadata.name) ?? [];
    this.#ledgers.set(metadata.name, ledgers);
    const { delivery } = status;
    // A worker's own write shows the same ledger again.
    if (delivery !== undefined && delivery.revision !== ledgers.at(-1)?.revision) ledgers.push(delivery);
  }
}
