// Where a situation plays that should be an alert: operators of its own, with what the situation needs to go wrong.
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { ApiProxy } from '../../support/api-proxy.ts';
import { startApiProxy } from '../../support/api-proxy.ts';
import { newNamespace } from '../../support/cluster.ts';
import { sharedControlPlane } from '../../support/control-plane.ts';
import { type Journal, type Reply, startJournal } from '../../support/journal.ts';
import { type Operator, startOperator } from '../../support/operator.ts';
import type { Target } from '../../support/prometheus.ts';
import { openScene, type Scene } from '../../support/scene.ts';

export interface Situation {
  /** Replicas, one if it is left out. */
  readonly replicas?: number;
  /** They divide so many shards by Leases; without it each works for all. */
  readonly shards?: number;
  /** What receivers answer; 200 if it is left out. */
  readonly answer?: Reply;
  /** Brings it about; what has to go on does so until the signal aborts. */
  readonly play: (stage: Stage) => Promise<void>;
}

export interface Stage extends Scene {
  t: TestContext;
  operators: readonly [Operator, ...Operator[]];
  /** Between the operators and the API server. */
  proxy: ApiProxy;
  journal: Journal;
  /** When it is over. */
  signal: AbortSignal;
}

/** As short as the operator can be told, so that a Lease is lost soon. */
const leaseSeconds = 3;

/** @param command what the operator is started with */
export async function openStage(
  t: TestContext,
  { replicas = 1, shards, answer = 200 }: Situation,
  { command, signal }: { command: readonly string[]; signal: AbortSignal },
): Promise<Stage> {
  const { operatorKubeconfig, dir } = sharedControlPlane();
  const namespace = await newNamespace(t);
  const proxy = await startApiProxy(t, operatorKubeconfig, dir);
  const journal = await startJournal(t, () => answer);
  const flags =
    shards === undefined
      ? []
      : [
          '--lease-namespace=heliograph-system',
          `--lease-name=alerts-${randomUUID().slice(0, 8)}`,
          `--lease-duration-seconds=${leaseSeconds}`,
          `--shards=${shards}`,
        ];
  const start = () =>
    startOperator(t, { kubeconfig: proxy.kubeconfig, namespaces: [namespace], flags, command });
  const others = Array.from({ length: replicas - 1 }, start);
  const operators = [await start(), ...(await Promise.all(others))] as const;
  return { ...(await openScene(t, journal, namespace)), t, operators, proxy, journal, signal };
}

/** As a ServiceMonitor labels them. */
export function targetsOf({ namespace, operators }: Pick<Stage, 'namespace' | 'operators'>): Target[] {
  return operators.map(({ metricsUrl }, index) => ({
    url: metricsUrl,
    labels: {
      namespace,
      job: 'heliograph-metrics',
      container: 'heliograph',
      pod: `heliograph-${index}`,
    },
  }));
}
