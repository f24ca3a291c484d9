// The benchmark from a fresh control plane to the last row. Whatever happens, what it has started is stopped.
import { tmpdir } from 'node:os';
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
import type { Report } from './report.ts';
import { type Context, setTheStage, type Stage } from './stage.ts';

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
export async function bench(context: Context, plan: Plan, report: Report): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const stage = await setTheStage(context, cleanup, tmpdir());
  await warmUp(stage, report);
  for (const measure of plan.isQuick ? quickMeasures : fullMeasures) await measure(stage, report, plan);
}
