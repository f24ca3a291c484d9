// The run that the dashboard in the documentation was drawn from.
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApiProxy } from '../../support/api-proxy.ts';
import { newNamespace } from '../../support/cluster.ts';
import { sharedControlPlane } from '../../support/control-plane.ts';
import { type Journal, startJournal } from '../../support/journal.ts';
import { startOperator } from '../../support/operator.ts';
import { type Prometheus, startPrometheus } from '../../support/prometheus.ts';
import { everyStep, openScene, type Scene } from '../../support/scene.ts';
import { targetsOf } from '../alerts/stage.ts';

/** What happens when, in seconds since the start. */
export const story = { seconds: 240, failsAt: 60, isBackAt: 120, killedAt: 150, cutAt: 200 } as const;

export interface Run {
  prometheus: Prometheus;
  /** As the operators are labelled. */
  namespace: string;
  /** Seconds since the epoch. */
  start: number;
  end: number;
}

const replicas = 3;
const shards = 6;
const namespaces = 6;

/** Three replicas and six shards: one of three receivers fails for a minute, a replica is killed, watches are cut. */
export async function play(t: TestContext): Promise<Run> {
  let isFailing = false;
  const journal = await startJournal(t, ({ path }) => {
    if (path.endsWith('/strict')) return 400;
    return isFailing && path.endsWith('/flaky') ? 503 : 200;
  });
  const watched = await Promise.all(Array.from({ length: namespaces }, () => newNamespace(t)));
  const { operatorKubeconfig, dir } = sharedControlPlane();
  const proxy = await startApiProxy(t, operatorKubeconfig, dir);
  const flags = [
    '--lease-namespace=heliograph-system',
    `--lease-name=dashboard-${randomUUID().slice(0, 8)}`,
    '--lease-duration-seconds=5',
    `--shards=${shards}`,
  ];
  const start = (kubeconfig: string) => startOperator(t, { kubeconfig, namespaces: watched, flags });
  const first = await start(proxy.kubeconfig);
  const others = await Promise.all(Array.from({ length: replicas - 1 }, () => start(operatorKubeconfig)));
  const namespace = 'heliograph-system';
  const targets = targetsOf({ namespace, operators: [first, ...others] });
  const prometheus = await startPrometheus(t, { targets });
  const ending = new AbortController();
  const working = Promise.all(
    watched.map((one) => work(t, { journal, namespace: one, signal: ending.signal })),
  );
  const startedAt = Date.now() / 1000;
  const reach = (second: number) => sleep((startedAt + second) * 1000 - Date.now());
  await reach(story.failsAt);
  isFailing = true;
  await reach(story.isBackAt);
  isFailing = false;
  await reach(story.killedAt);
  await others[0]?.kill('SIGKILL');
  await reach(story.cutAt);
  proxy.cutWatches('analyses');
  await reach(story.seconds);
  ending.abort();
  await working;
  return { prometheus, namespace, start: startedAt, end: startedAt + story.seconds };
}

/** What tenants do: one analysis after the other, each with three receivers. */
async function work(
  t: TestContext,
  { journal, namespace, signal }: { journal: Journal; namespace: string; signal: AbortSignal },
): Promise<void> {
  const scene = await openScene(t, journal, namespace);
  const patient = { delivery: { initialBackoffSeconds: 1, maxBackoffSeconds: 5 } };
  await scene.endpoint('partner');
  await scene.endpoint('flaky', patient);
  await scene.endpoint('strict', { delivery: { maxAttempts: 1 }, events: ['analysis.completed'] });
  for (let index = 0; !signal.aborted; index += 1) await runOne(scene, `run-${index}`);
}

async function runOne({ analysis, report }: Scene, name: string): Promise<void> {
  await analysis(name);
  for (const step of everyStep) {
    await report(name, step);
    await sleep(250 + Math.random() * 250);
  }
}
