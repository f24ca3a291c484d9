// Analyses that many workers report on at once, and what must be true of them when all is told.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { getAnalysis, newNamespace } from '../../support/cluster.ts';
import { History } from '../../support/history.ts';
import { type Journal, type Receipt, type Reply, startJournal } from '../../support/journal.ts';
import { checkInvariants } from '../../support/model.ts';
import { everyStep, openScene, type Scene, wholeStory } from '../../support/scene.ts';

const endpoints = ['first', 'second'];

/** Between two steps of one worker. */
const paceMs = 60;

/** Namespaces with two endpoints each, all on one receiver. */
export class Load {
  readonly journal: Journal;
  readonly namespaces: readonly string[];
  readonly #scenes: readonly Scene[];
  readonly #histories: readonly History[];
  readonly #told: { scene: Scene; name: string }[] = [];
  /** When a worker began to report what makes the event of this id, in ms of the monotonic clock. */
  readonly #reportedAt = new Map<string, number>();
  #begun = 0;

  private constructor(journal: Journal, scenes: readonly Scene[], histories: readonly History[]) {
    this.journal = journal;
    this.#scenes = scenes;
    this.#histories = histories;
    this.namespaces = scenes.map(({ namespace }) => namespace);
  }

  static async open(
    t: TestContext,
    count: number,
    reply?: (receipt: Receipt) => Reply | Promise<Reply>,
  ): Promise<Load> {
    const journal = await startJournal(t, reply);
    const scenes = await Promise.all(
      Array.from({ length: count }, async () => await openScene(t, journal, await newNamespace(t))),
    );
    await Promise.all(scenes.flatMap((scene) => endpoints.map((name) => scene.endpoint(name))));
    const histories = await Promise.all(scenes.map(({ namespace }) => History.follow(t, namespace)));
    return new Load(journal, scenes, histories);
  }

  get receipts(): readonly Receipt[] {
    return this.journal.receipts;
  }

  /** Analyses so far. */
  get count(): number {
    return this.#told.length;
  }

  /** Resolves when so many analyses have gone through every step; they take turns over the namespaces. */
  async work(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#workOne()));
  }

  /** So many workers go on, with one analysis after another, until the signal aborts; then each ends what it has begun. */
  async workUntil(signal: AbortSignal, workers: number): Promise<void> {
    const persist = async () => {
      while (!signal.aborted) await this.#workOne();
    };
    await Promise.all(Array.from({ length: workers }, persist));
  }

  /**
   * I1 to I4 and I6 of all that was told.
   * @returns how many deliveries were repeats of an acknowledged one
   */
  async check(timeoutMs = 60_000): Promise<number> {
    let repeats = 0;
    for (const [index, scene] of this.#scenes.entries()) {
      const names = this.#told.filter((one) => one.scene === scene).map(({ name }) => name);
      const history = this.#histories[index];
      for (const name of names) await history?.settled(name, timeoutMs);
      const analyses = await Promise.all(names.map((name) => getAnalysis(scene.namespace, name)));
      const prefix = `/${scene.namespace}`;
      const receipts = this.receipts
        .filter(({ path }) => path.startsWith(`${prefix}/`))
        .map((receipt) => ({ ...receipt, path: receipt.path.slice(prefix.length) }));
      repeats += checkInvariants(analyses, receipts);
      for (const analysis of analyses)
        for (const endpoint of endpoints)
          assert.deepEqual([...new Set(scene.story(endpoint, analysis))], wholeStory);
      history?.check();
    }
    return repeats;
  }

  /** From a worker's report to the first receipt, for every event and endpoint, in ms, the shortest first. */
  waitsMs(): number[] {
    const first = new Map<string, number>();
    for (const { path, id, atMs } of this.receipts)
      if (!first.has(`${path} ${id}`)) first.set(`${path} ${id}`, atMs - (this.#reportedAt.get(id) ?? atMs));
    return [...first.values()].toSorted((a, b) => a - b);
  }

  /** What one crash can repeat at the most (I5). */
  get mostRepeats(): number {
    return this.#told.length * endpoints.length * wholeStory.length;
  }

  async #workOne(): Promise<void> {
    const scene = this.#scenes[this.#begun % this.#scenes.length];
    const name = `run-${this.#begun}`;
    this.#begun += 1;
    assert.ok(scene);
    const { metadata } = await scene.analysis(name);
    this.#told.push({ scene, name });
    for (const [index, step] of everyStep.entries()) {
      this.#reportedAt.set(`${metadata.uid}-${index + 1}`, performance.now());
      await scene.report(name, step);
      await sleep(paceMs * (0.5 + Math.random()));
    }
  }
}
