// The lists of the operator's watches of analyses, made by a client of our own that keeps nothing.
import { redeliverLabel } from '../../src/api/group.ts';
import { analysisType } from '../../src/controllers/resources.ts';
import { KubeClient, type Query } from '../../src/kube/client.ts';
import { loadClusterConfig } from '../../src/kube/config.ts';
import { collectionPath } from '../../src/kube/paths.ts';
import { cpuMsOf } from '../usage.ts';
import type { Stage } from '../stage.ts';
import type { ListCost, ListName } from './sample.ts';
import { apiServerPid } from './served.ts';

/** As in src/main.ts. */
const queries: Readonly<Record<ListName, Query>> = {
  unsettled: { fieldSelector: 'status.delivery.state!=Settled' },
  labelled: { labelSelector: redeliverLabel },
};

/** As in src/kube/reflector.ts. */
const pageSize = 500;

/** CPU time is told in ticks of 10 ms. */
const repetitions = 5;

export async function costOfLists(stage: Stage): Promise<Readonly<Record<ListName, ListCost>>> {
  const config = loadClusterConfig({ KUBECONFIG: stage.controlPlane.operatorKubeconfig });
  const client = new KubeClient(config, { userAgent: 'heliograph-bench' });
  try {
    return {
      unsettled: await costOf(stage, client, queries.unsettled),
      labelled: await costOf(stage, client, queries.labelled),
    };
  } finally {
    await client.close();
  }
}

async function costOf(stage: Stage, client: KubeClient, query: Query): Promise<ListCost> {
  const usedMs = -cpuMsOf(apiServerPid(stage));
  const startedAt = performance.now();
  let [objects, requests] = [0, 0];
  for (let repetition = 0; repetition < repetitions; repetition += 1)
    for await (const page of pagesOf(client, query)) {
      stage.signal.throwIfAborted();
      objects += page;
      requests += 1;
    }
  return {
    objects: objects / repetitions,
    requests: requests / repetitions,
    ms: (performance.now() - startedAt) / repetitions,
    apiServerCpuMs: (usedMs + cpuMsOf(apiServerPid(stage))) / repetitions,
  };
}

/** How many objects each page has. */
async function* pagesOf(client: KubeClient, query: Query): AsyncGenerator<number, void, undefined> {
  let token: string | undefined;
  do {
    const page = await client.list(collectionPath(analysisType), {
      ...query,
      limit: pageSize,
      continue: token,
    });
    yield page.items.length;
    token = page.continue === '' ? undefined : page.continue;
  } while (token !== undefined);
}
