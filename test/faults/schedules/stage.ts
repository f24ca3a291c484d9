// Workers go on and on, while things happen at random to what the operator says and hears, and to itself.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiProxy, startApiProxy } from '../../support/api-proxy.ts';
import { newNamespace } from '../../support/cluster.ts';
import { sharedControlPlane } from '../../support/control-plane.ts';
import { History } from '../../support/history.ts';
import type { Interference } from '../../support/interposer.ts';
import { type MilestoneBody, startJournal } from '../../support/journal.ts';
import { checkInvariants } from '../../support/model.ts';
import { type Operator, startOperator } from '../../support/operator.ts';
import { pick } from '../../support/random.ts';
import { interposeJournal, type ProxiedJournal } from '../../support/receiver-proxy.ts';
import { everyStep, openScene, type Scene, wholeStory } from '../../support/scene.ts';
import { until } from '../../support/until.ts';
import { drawFault, faultCount, type FaultName, interferenceOf } from './faults.ts';

const endpoints = ['well', 'flaky'];

/** Of the requests to the API server and to receivers, so many have a fault. */
const share = 0.12;
/** Of the answers of the receiver that is not well. */
const failures = 0.2;

const delivery = { timeoutSeconds: 4, initialBackoffSeconds: 1, maxBackoffSeconds: 1, maxAttempts: 30 };

const plots = [
  { steps: everyStep, story: wholeStory },
  {
    steps: [{ phase: 'Analyzing', percentage: 35 }, { phase: 'Failed' }],
    story: [...wholeStory.slice(0, 4), '11 analysis.failed failed 35'],
  },
  {
    steps: [
      { phase: 'Analyzing', percentage: 50 },
      { percentage: 20 },
      { percentage: 60 },
      { phase: 'Success' },
    ],
    story: wholeStory,
  },
] as const;

export class Stage {
  readonly faults = new Map<FaultName, number>();
  /** Analyses that are told, and receipts that repeated what was acknowledged. */
  told = 0;
  repeats = 0;
  readonly #t: TestContext;
  readonly #random: () => number;
  readonly #scene: Scene;
  readonly #history: History;
  readonly #proxy: ApiProxy;
  readonly #journal: ProxiedJournal<MilestoneBody>;
  #operator: Promise<Operator>;
  #kills = 0;
  #begun = 0;
  #isCalm = true;
  /** Something happens to the operator itself. */
  #isStricken = false;

  private constructor(
    t: TestContext,
    random: () => number,
    parts: { scene: Scene; history: History; proxy: ApiProxy; journal: ProxiedJournal<MilestoneBody> },
  ) {
    this.#t = t;
    this.#random = random;
    this.#scene = parts.scene;
    this.#history = parts.history;
    this.#proxy = parts.proxy;
    this.#journal = parts.journal;
    this.#proxy.decide = () => this.#interfere();
    this.#journal.decide = () => this.#interfere();
    this.#operator = this.#start();
  }

  /** Ends with the test. */
  static async open(t: TestContext, random: () => number): Promise<Stage> {
    const { operatorKubeconfig, dir } = sharedControlPlane();
    const receiver = await startJournal(t, ({ path }) =>
      path.endsWith('/flaky') && random() < failures ? pick(random, [500, 429, 302] as const) : 200,
    );
    const journal = await interposeJournal(t, receiver);
    const scene = await openScene(t, journal, await newNamespace(t));
    for (const name of endpoints) await scene.endpoint(name, { delivery });
    const history = await History.follow(t, scene.namespace);
    const proxy = await startApiProxy(t, operatorKubeconfig, dir);
    const stage = new Stage(t, random, { scene, history, proxy, journal });
    const { healthUrl } = await stage.#operator;
    await until(async () => (await fetch(`${healthUrl}/readyz`)).ok, 'the operator is ready');
    return stage;
  }

  /**
   * Resolves when so many workers have gone on for so long, and until there was a fault of every second kind at least;
   * and when all that they began is at rest and checked.
   */
  async play(workers: number, durationMs: number): Promise<void> {
    this.#isCalm = false;
    const working = Array.from({ length: workers }, async () => {
      while (!this.#isCalm) await this.#workOne();
    });
    try {
      await Promise.all([...working, this.#cutWatches(), this.#calm(durationMs)]);
    } finally {
      this.#isCalm = true;
    }
  }

  async #calm(durationMs: number): Promise<void> {
    await sleep(durationMs);
    const enough = faultCount / 2;
    await until(
      () => this.#isCalm || this.faults.size >= enough,
      `there were ${enough} kinds of faults`,
      120_000,
    );
    this.#isCalm = true;
  }

  async #workOne(): Promise<void> {
    const { steps, story } = pick(this.#random, plots);
    this.#begun += 1;
    const name = `run-${this.#begun}`;
    const killsBefore = this.#kills;
    const { metadata } = await this.#scene.analysis(name);
    for (const step of steps) {
      await this.#scene.report(name, step);
      await sleep(this.#random() * 100);
    }
    await this.#settled(name);
    const analysis = await this.#scene.settled(name);
    const receipts = this.#scene.receipts().filter(({ id }) => id.startsWith(metadata.uid));
    this.repeats += checkInvariants([analysis], receipts, {
      history: this.#history,
      requests: this.#proxy.requests,
      posts: this.#journal.exchanges,
      crashes: this.#kills - killsBefore,
    });
    for (const endpoint of endpoints)
      assert.deepEqual([...new Set(this.#scene.story(endpoint, analysis))], story);
    this.told += 1;
  }

  /** What is seen once in many minutes is not seen again at will: so whoever waits in vain says what there was to see. */
  async #settled(name: string): Promise<void> {
    try {
      await this.#history.settled(name, 120_000);
    } catch (error) {
      const { log } = await this.#operator;
      this.#t.diagnostic(`${name}: ${JSON.stringify(this.#history.of(name).at(-1))}`);
      this.#t.diagnostic(`${this.#kills} kills; requests to the API server:`);
      for (const { method, path, atMs, statuses } of this.#proxy.requests.slice(-100))
        this.#t.diagnostic(
          `${Math.round(performance.now() - atMs)} ms ago ${method} ${path} ${statuses.join(', ')}`,
        );
      for (const entry of log.slice(-100)) this.#t.diagnostic(JSON.stringify(entry));
      throw error;
    }
  }

  async #cutWatches(): Promise<void> {
    while (!this.#isCalm) {
      await sleep(this.#random() * 2000);
      this.#proxy.cutWatches(pick(this.#random, ['analyses', 'webhookendpoints'] as const));
    }
  }

  #interfere(): Interference {
    const name = drawFault(this.#random, share);
    if (name === undefined || this.#isCalm) return {};
    this.faults.set(name, (this.faults.get(name) ?? 0) + 1);
    return interferenceOf(name, this.#random, {
      kill: () => this.#strike(() => this.#restart()),
      pause: (ms) => this.#strike(() => this.#pause(ms)),
    });
  }

  /** One blow at a time: one that starts or sleeps is left alone. */
  async #strike(blow: () => Promise<void>): Promise<void> {
    if (this.#isStricken) return;
    this.#isStricken = true;
    await blow();
    this.#isStricken = false;
  }

  async #restart(): Promise<void> {
    const operator = await this.#operator;
    this.#kills += 1;
    await operator.kill('SIGKILL');
    this.#operator = this.#start();
  }

  async #pause(ms: number): Promise<void> {
    const operator = await this.#operator;
    await operator.kill('SIGSTOP');
    await sleep(ms);
    await operator.kill('SIGCONT');
  }

  async #start(): Promise<Operator> {
    return await startOperator(this.#t, {
      kubeconfig: this.#proxy.kubeconfig,
      namespaces: [this.#scene.namespace],
      withoutReady: true,
    });
  }
}
