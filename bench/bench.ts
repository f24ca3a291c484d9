// The benchmark from a fresh control plane to the last row. Whatever happens, what it has started is stopped.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeClient } from '../src/kube/client.ts';
import { loadClusterConfig } from '../src/kube/config.ts';
import { startControlPlane } from '../tools/control-plane/start.ts';
import { writeBundle } from '../tools/image/bundle.ts';
import { measureContention } from './measure/contention.ts';
import { measureFailover } from './measure/failover.ts';
import { measureIsolation } from './measure/isolation.ts';
import { measureLatency } from './measure/latency.ts';
import { measureMemory } from './measure/memory.ts';
import { measurePeers } from './measure/peers.ts';
import { measureThroughput } from './measure/throughput.ts';
import { warmUp } from './measure/warm-up.ts';
import { measureWrites } from './measure/writes.ts';
import type { Plan } from './plan.ts';
import { startReceiver } from './receiver.ts';
import { Report } from './report.ts';
import type { Stage } from './stage.ts';

export type Context = Pick<Stage, 'say' | 'signal' | 'fail'>;

/** Each starts with no operator running, and leaves none. */
type Measure = (stage: Stage, report: Report, plan: Plan) => Promise<void>;

const quickMeasures: readonly Measure[] = [
  measureWrites,
  measureContention,
  measureLatency,
  measureThroughput,
];

const fullMeasures: readonly Measure[] = [
  ...quickMeasures,
  measurePeers,
  measureIsolation,
  measureFailover,
  // It leaves an API server that has held much.
  measureMemory,
];

/** Rejects with the first thing that makes going on useless. */
export async function bench(context: Context, plan: Plan): Promise<Report> {
  await using cleanup = new AsyncDisposableStack();
  const stage = await setTheStage(context, cleanup);
  const report = new Report();
  await warmUp(stage, report);
  for (const measure of plan.isQuick ? quickMeasures : fullMeasures) await measure(stage, report, plan);
  return report;
}

async function setTheStage(context: Context, cleanup: AsyncDisposableStack): Promise<Stage> {
  const { signal, fail, say } = context;
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-bench-'));
  cleanup.defer(() => rmSync(dir, { recursive: true, force: true }));
  const controlPlane = await startControlPlane({
    dir,
    temporary: true,
    progress: say,
    onUnexpectedExit: fail,
    signal,
  });
  cleanup.defer(controlPlane.stop);
  const config = loadClusterConfig({ KUBECONFIG: controlPlane.kubeconfig });
  const client = new KubeClient(config, { userAgent: 'heliograph-bench' });
  cleanup.defer(() => client.close());
  const receiver = await startReceiver({ signal, fail, cleanup }, dir);
  await writeBundle(dir);
  const operatorBundle = join(dir, 'heliograph.mjs');
  return { ...context, cleanup, controlPlane, client, receiver, operatorBundle };
}
