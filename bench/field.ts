// Where a load is run: a namespace with analyses, and the endpoints that hear of them.
import { apiVersion, analyses as analysisNames, webhookEndpoints } from '../src/api/group.ts';
import { analysisType, endpointType } from '../src/controllers/resources.ts';
import { collectionPath, objectPath } from '../src/kube/paths.ts';
import { listAt, numberAt, objectAt, textAt } from '../src/kube/raw.ts';
import { until } from '../tools/control-plane/poll.ts';
import type { Stage } from './stage.ts';

export interface Field {
  /** The analyses' status paths. */
  statusPaths: readonly string[];
  /** The analyses' UIDs, in the same order. */
  uids: readonly string[];
  /** Resolves when every ledger is settled; rejects after `timeoutMs`. */
  settled: (timeoutMs: number) => Promise<void>;
  /** How often their ledgers were written. */
  commits: () => Promise<number>;
  /** The size of the first analysis as JSON, without managedFields. */
  bytes: () => Promise<number>;
  /** Deletes everything: an operator that starts later should not find it. */
  clear: () => Promise<void>;
}

export interface FieldOptions {
  analyses: number;
  endpointUrls: readonly string[];
  /** Of each analysis; by default it opts in. */
  spec?: object;
}

const creators = 8;

/** An API server has 60 s for a request, and deletes one after the other. */
const deletedAtOnce = 2000;
let count = 0;

/** Makes a namespace with that many analyses, and an endpoint for each URL. */
export async function makeField(
  { client, signal }: Pick<Stage, 'client' | 'signal'>,
  { analyses, endpointUrls, spec = { notifyViaWebhook: true } }: FieldOptions,
): Promise<Field> {
  count += 1;
  const namespace = `bench-${count}`;
  await makeNamespace(client, namespace);
  for (const [index, url] of endpointUrls.entries()) await makeEndpoint(`receiver-${index}`, url);
  const indexes = Array.from({ length: analyses }, (_, index) => index);
  const queue = indexes.values();
  const uids: string[] = [];
  await Promise.all(Array.from({ length: creators }, makeAnalyses));

  async function makeEndpoint(name: string, url: string): Promise<void> {
    await client.create(collectionPath(endpointType, namespace), {
      apiVersion,
      kind: webhookEndpoints.kind,
      metadata: { name },
      spec: { url },
    });
    // So that the first write of its status is no part of the load.
    const path = objectPath(endpointType, namespace, name);
    const isObserved = async () =>
      (numberAt(objectAt(await client.get(path), 'status'), 'observedGeneration') ?? 0) > 0;
    await until(`endpoint ${name} to be observed`, isObserved, { signal });
  }

  async function makeAnalyses(): Promise<void> {
    for (const index of queue) {
      const created = await client.create(collectionPath(analysisType, namespace), {
        apiVersion,
        kind: analysisNames.kind,
        metadata: { name: nameOf(index) },
        spec,
      });
      uids[index] = textAt(objectAt(created, 'metadata'), 'uid');
    }
  }

  return {
    statusPaths: indexes.map((index) => objectPath(analysisType, namespace, nameOf(index), 'status')),
    uids,
    settled: async (timeoutMs) => {
      const fieldSelector = 'status.delivery.state!=Settled';
      const path = collectionPath(analysisType, namespace);
      const isSettled = async () => (await client.list(path, { fieldSelector, limit: 1 })).items.length === 0;
      await until('every ledger to be settled', isSettled, { timeoutMs, signal });
    },
    commits: async () => {
      const { items } = await client.list(collectionPath(analysisType, namespace));
      const revisions = items.map((item) =>
        numberAt(objectAt(objectAt(item, 'status'), 'delivery'), 'revision'),
      );
      return revisions.reduce<number>((sum, revision) => sum + (revision ?? 0), 0);
    },
    bytes: async () => {
      const analysis = await client.get(objectPath(analysisType, namespace, nameOf(0)));
      return Buffer.byteLength(JSON.stringify(analysis, withoutManagedFields));
    },
    clear: async () => {
      for (const type of [analysisType, endpointType])
        await deleteAll(client, collectionPath(type, namespace));
    },
  };
}

export async function makeNamespace(client: Stage['client'], name: string): Promise<void> {
  await client.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

async function deleteAll(client: Stage['client'], path: string): Promise<void> {
  let deleted: readonly unknown[];
  do {
    const { body } = await client.request({ method: 'DELETE', path, query: { limit: deletedAtOnce } });
    deleted = listAt(body, 'items');
  } while (deleted.length > 0);
}

function withoutManagedFields(key: string, value: unknown): unknown {
  return key === 'managedFields' ? undefined : value;
}

function nameOf(index: number): string {
  return `analysis-${String(index).padStart(4, '0')}`;
}
