// One namespace in which an operator is killed again and again, each time at another point of the same story.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Analysis } from '../../../src/api/analysis.ts';
import { type ApiProxy, startApiProxy } from '../../support/api-proxy.ts';
import { newNamespace } from '../../support/cluster.ts';
import { sharedControlPlane } from '../../support/control-plane.ts';
import { History } from '../../support/history.ts';
import type { Exchange, Interference } from '../../support/interposer.ts';
import { type MilestoneBody, startJournal } from '../../support/journal.ts';
import { checkInvariants } from '../../support/model.ts';
import { type Operator, startOperator } from '../../support/operator.ts';
import { interposeJournal, type ProxiedJournal } from '../../support/receiver-proxy.ts';
import { openScene, type Scene } from '../../support/scene.ts';
import { until } from '../../support/until.ts';
import { killAt, type Point, requestName } from './points.ts';

/** What an analysis does, in two halves; the first one is on record before the second one begins. */
export interface Plot {
  readonly role: string;
  readonly halves: readonly [readonly object[], readonly object[]];
  /** As `Scene.story` tells it; so many events belong to the first half. */
  readonly story: readonly string[];
  readonly half: number;
}

export interface Story {
  readonly endpoints: readonly string[];
  readonly plots: readonly Plot[];
}

/** A point may miss its request where one write carries what two did before; then the story is told once more. */
const maxRounds = 3;

const writeMs = 20;

/** Each process lists and watches everything once. */
const atStart = ' at the start';

export class Lane {
  readonly #t: TestContext;
  readonly #story: Story;
  readonly #scene: Scene;
  readonly #history: History;
  readonly #proxy: ApiProxy;
  readonly #journal: ProxiedJournal<MilestoneBody>;
  readonly #roles = new Map<string, string>();
  /** What this process has listed and watched. */
  readonly #opened = new Set<string>();
  #operator: Promise<Operator>;
  #round = 0;
  #kills = 0;
  #meet: (request: string) => Interference = () => ({});

  private constructor(
    t: TestContext,
    story: Story,
    parts: { scene: Scene; history: History; proxy: ApiProxy; journal: ProxiedJournal<MilestoneBody> },
  ) {
    this.#t = t;
    this.#story = story;
    this.#scene = parts.scene;
    this.#history = parts.history;
    this.#proxy = parts.proxy;
    this.#journal = parts.journal;
    this.#proxy.decide = (exchange) => this.#decide(exchange);
    this.#journal.decide = (exchange) => this.#decide(exchange);
    this.#operator = this.#start();
  }

  /** Ends with the test. */
  static async open(t: TestContext, story: Story): Promise<Lane> {
    const { operatorKubeconfig, dir } = sharedControlPlane();
    const journal = await interposeJournal(t, await startJournal(t));
    const scene = await openScene(t, journal, await newNamespace(t));
    for (const name of story.endpoints) await scene.endpoint(name);
    const history = await History.follow(t, scene.namespace);
    const proxy = await startApiProxy(t, operatorKubeconfig, dir);
    return new Lane(t, story, { scene, history, proxy, journal });
  }

  /** How often each request is made in a story in which the operator is killed once, between two requests. */
  async census(): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    this.#meet = (request) => {
      counts.set(request, (counts.get(request) ?? 0) + 1);
      return {};
    };
    await this.#tell({ restarts: true });
    return counts;
  }

  /** Kills the operator at that point and lets the next one bring everything to rest; in how many rounds. */
  async kill({ request: wanted, count: wantedCount, moment }: Point): Promise<number> {
    const killed = Promise.withResolvers<void>();
    let isKilled = false;
    let count = 0;
    this.#meet = (request) => {
      if (isKilled || request !== wanted) return {};
      count += 1;
      if (count < wantedCount) return {};
      isKilled = true;
      return killAt(moment, async () => {
        await this.#restart();
        killed.resolve();
      });
    };
    for (let round = 1; round <= maxRounds; round += 1) {
      count = 0;
      await this.#tell({ restarts: wanted.endsWith(atStart) });
      if (!isKilled) continue;
      // After the last record there is nothing more to wait for: the next one may only be starting.
      await killed.promise;
      await this.#operator;
      return round;
    }
    throw new Error(`there was no such request in ${maxRounds} rounds`);
  }

  /** @param options.restarts in the first half the operator is killed between two requests */
  async #tell({ restarts }: { restarts: boolean }): Promise<void> {
    this.#round += 1;
    const killsBefore = this.#kills;
    const { endpoints, plots } = this.#story;
    const told = await Promise.all(plots.map((plot) => this.#begin(plot)));
    for (const { name, plot } of told) await this.#scene.report(name, ...plot.halves[0]);
    if (restarts) await this.#restart();
    for (const { name, plot } of told)
      await until(
        () => this.#delivered(name) === plot.half * endpoints.length,
        `half of ${name} is on record`,
      );
    for (const { name, plot } of told) await this.#scene.report(name, ...plot.halves[1]);
    for (const { name } of told) await this.#history.settled(name);
    await this.#operator;
    const analyses = await Promise.all(told.map(({ name }) => this.#scene.settled(name)));
    this.#check(analyses, this.#kills - killsBefore);
    for (const [index, analysis] of analyses.entries())
      for (const endpoint of endpoints)
        assert.deepEqual([...new Set(this.#scene.story(endpoint, analysis))], plots[index]?.story);
  }

  #check(analyses: readonly Analysis[], crashes: number): void {
    const receipts = this.#scene
      .receipts()
      .filter(({ id }) => analyses.some(({ metadata }) => id.startsWith(metadata.uid)));
    checkInvariants(analyses, receipts, {
      history: this.#history,
      requests: this.#proxy.requests,
      posts: this.#journal.exchanges,
      crashes,
    });
  }

  async #begin(plot: Plot) {
    const name = `${plot.role.replaceAll(' ', '-')}-${this.#round}`;
    this.#roles.set(name, plot.role);
    const { metadata } = await this.#scene.analysis(name);
    this.#roles.set(metadata.uid, plot.role);
    return { name, plot };
  }

  /** How many deliveries are on record. */
  #delivered(name: string): number {
    const deliveries =
      this.#history
        .of(name)
        .at(-1)
        ?.endpoints.flatMap((one) => one.deliveries) ?? [];
    return deliveries.filter(({ state }) => state === 'Delivered').length;
  }

  #decide(exchange: Exchange): Interference {
    const name = requestName(exchange, this.#roles);
    if (name === undefined) return {};
    if (!/^the (list|watch)/.test(name)) return { ...slowly(name), ...this.#meet(name) };
    if (!this.#opened.has(name)) {
      this.#opened.add(name);
      return this.#meet(`${name}${atStart}`);
    }
    // A watch that ends is opened again when its time is over.
    return name.startsWith('the list') ? this.#meet(name) : {};
  }

  async #restart(): Promise<void> {
    this.#kills += 1;
    const killed = this.#operator.then((operator) => operator.kill('SIGKILL'));
    this.#operator = killed.then(() => this.#start());
    await killed;
  }

  async #start(): Promise<Operator> {
    this.#opened.clear();
    return await startOperator(this.#t, {
      kubeconfig: this.#proxy.kubeconfig,
      namespaces: [this.#scene.namespace],
      // Its first requests may be its last ones.
      withoutReady: true,
    });
  }
}

/** A write is on its way for a while, so that whatever does not wait for it shows. */
function slowly(request: string): Interference {
  return request.startsWith('the write') ? { beforeForwarding: linger } : {};
}

async function linger(): Promise<'go on'> {
  await sleep(writeMs);
  return 'go on';
}
