// Fills namespaces with analyses. In each the operator itself brings one to its end and one half way; all others are
// copies of these two under another name and UID, put into etcd as a restored backup would be.
import { randomUUID } from 'node:crypto';
import type { Analysis } from '../../src/api/analysis.ts';
import { analyses as analysisNames, apiVersion, group, webhookEndpoints } from '../../src/api/group.ts';
import { analysisType, endpointType } from '../../src/controllers/resources.ts';
import { collectionPath, objectPath } from '../../src/kube/paths.ts';
import { isNotFound } from '../../src/kube/errors.ts';
import { Etcd } from '../../test/support/etcd.ts';
import { until } from '../../tools/control-plane/poll.ts';
import { makeNamespace } from '../field.ts';
import { drive, type Load, steadySteps } from '../load.ts';
import type { Stage } from '../stage.ts';
import { startMeasured } from './operator.ts';
import type { Fill } from './sample.ts';
import { etcdSize } from './served.ts';

interface Stored {
  metadata: { name: string; namespace: string; uid: string };
}

/** As etcd has them. */
interface Models {
  namespace: string;
  settled: Stored;
  active: Stored;
}

const namespaceCount = 20;
const writers = 8;
const patienceMs = 300_000;

/** 0 to 50 %: six events, and nothing owed. */
const halfWay = 6;

const writesOf = (steps: Load['steps']): Load => ({
  analyses: 1,
  steps,
  order: 'together',
  pace: { workers: 1 },
});

export class Population {
  readonly #stage: Stage;
  readonly #etcd: Etcd;
  readonly #models: readonly Models[];
  readonly #activeOfTen: number;
  #size = 0;

  private constructor(stage: Stage, etcd: Etcd, models: readonly Models[], activeOfTen: number) {
    this.#stage = stage;
    this.#etcd = etcd;
    this.#models = models;
    this.#activeOfTen = activeOfTen;
  }

  /** Makes the namespaces, with one or two endpoints each, and what is copied. There are no analyses yet. */
  static async prepare(stage: Stage, activeOfTen: number): Promise<Population> {
    stage.say(`Making ${namespaceCount} namespaces, and what is copied`);
    const etcd = new Etcd(stage.controlPlane.ports.etcd);
    const operator = await startMeasured(stage);
    const names = Array.from({ length: namespaceCount }, (_, index) => `scale-${index}`);
    const models = await Promise.all(
      names.map((name, index) => makeModels(stage, etcd, name, 1 + (index % 2))),
    );
    await operator.stop();
    for (const { namespace } of models)
      await stage.client.request({ method: 'DELETE', path: collectionPath(analysisType, namespace) });
    return new Population(stage, etcd, models, activeOfTen);
  }

  get size(): number {
    return this.#size;
  }

  /** How many are not settled. */
  get active(): number {
    const rest = Math.min(this.#size % 10, this.#activeOfTen);
    return Math.floor(this.#size / 10) * this.#activeOfTen + rest;
  }

  /** Resolves when the API server shows them all. */
  async growTo(size: number): Promise<Fill> {
    const { signal } = this.#stage;
    const analyses = size - this.#size;
    const startedAt = performance.now();
    const before = await etcdSize(this.#stage);
    const indexes = Array.from({ length: analyses }, (_, index) => this.#size + index).values();
    await Promise.all(Array.from({ length: writers }, () => this.#put(indexes)));
    this.#size = size;
    if (analyses > 0)
      await until(`the API server to show ${size} analyses`, () => this.#isShown(size - 1), {
        timeoutMs: patienceMs,
        signal,
      });
    const etcdMb = (await etcdSize(this.#stage)).sizeMb - before.sizeMb;
    return { seconds: (performance.now() - startedAt) / 1000, analyses, etcdMb };
  }

  async #put(indexes: Iterable<number>): Promise<void> {
    for (const index of indexes) {
      this.#stage.signal.throwIfAborted();
      const { namespace, active, settled } = this.#modelsOf(index);
      const { metadata, ...rest } = this.#isActive(index) ? active : settled;
      const name = nameOf(index);
      const copy = { ...rest, metadata: { ...metadata, name, uid: randomUUID() } };
      await this.#etcd.put(keyOf(namespace, name), copy);
    }
  }

  /** By its cache, which is late when etcd takes more than it can read, and makes every list late with it. */
  async #isShown(index: number): Promise<boolean> {
    const path = objectPath(analysisType, this.#modelsOf(index).namespace, nameOf(index));
    try {
      await this.#stage.client.get(`${path}?resourceVersion=0`);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** Those that are active have places next to each other: they would else all come to be in the same namespaces. */
  #modelsOf(index: number): Models {
    const models = this.#models[Math.floor(index / 10) % this.#models.length];
    if (models === undefined) throw new Error('there are no namespaces');
    return models;
  }

  #isActive(index: number): boolean {
    return index % 10 < this.#activeOfTen;
  }
}

async function makeModels(stage: Stage, etcd: Etcd, namespace: string, endpoints: number): Promise<Models> {
  const { client, receiver } = stage;
  await makeNamespace(client, namespace);
  for (let index = 0; index < endpoints; index += 1)
    await client.create(collectionPath(endpointType, namespace), {
      apiVersion,
      kind: webhookEndpoints.kind,
      metadata: { name: `receiver-${index}` },
      spec: { url: receiver.urlOf(namespace) },
    });
  await makeModel(stage, namespace, { name: 'settled', steps: steadySteps });
  await makeModel(stage, namespace, { name: 'active', steps: steadySteps.slice(0, halfWay) });
  return {
    namespace,
    settled: await etcd.get(keyOf(namespace, 'settled')),
    active: await etcd.get(keyOf(namespace, 'active')),
  };
}

/** Resolves when every event of it is delivered, and on record. */
async function makeModel(
  stage: Stage,
  namespace: string,
  { name, steps }: { name: string; steps: Load['steps'] },
): Promise<void> {
  const { client, signal } = stage;
  await client.create(collectionPath(analysisType, namespace), {
    apiVersion,
    kind: analysisNames.kind,
    metadata: { name },
    spec: { notifyViaWebhook: true },
  });
  const { failures } = await drive(
    stage,
    { statusPaths: [objectPath(analysisType, namespace, name, 'status')] },
    writesOf(steps),
  );
  if (failures.length > 0) throw new Error(`a status write failed: ${failures.join('; ')}`);
  const isOnRecord = async () => {
    const { status } = await client.get<Analysis>(objectPath(analysisType, namespace, name));
    const { lastSequence = 0, endpoints = [] } = status.delivery ?? {};
    const deliveries = endpoints.flatMap((endpoint) => endpoint.deliveries);
    return lastSequence === steps.length && deliveries.every(({ state }) => state === 'Delivered');
  };
  await until(`the events of ${name} to be on record`, isOnRecord, { signal });
}

function nameOf(index: number): string {
  return `run-${String(index).padStart(6, '0')}`;
}

function keyOf(namespace: string, name: string): string {
  return `/registry/${group}/${analysisNames.plural}/${namespace}/${name}`;
}
