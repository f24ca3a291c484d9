// What it takes the operator to list everything anew: the API server is killed, and its successor knows no watch.
import { setTimeout as delay } from 'node:timers/promises';
import { analyses } from '../../src/api/group.ts';
import { cpuMsOf } from '../usage.ts';
import type { Stage } from '../stage.ts';
import type { Exposition } from '../exposition.ts';
import { lagOf } from './lag.ts';
import type { MeasuredOperator } from './operator.ts';
import type { Relist } from './sample.ts';

/** Each look resets the lag, and takes the operator some time itself. */
const lookMs = 250;
const patienceMs = 120_000;
const startTimeoutMs = 300_000;

/** Of the unsettled and of the labelled. */
const lists = 2;

export async function relist({ controlPlane, signal }: Stage, operator: MeasuredOperator): Promise<Relist> {
  const { apiServer } = controlPlane;
  const before = listsOf(await operator.metrics());
  const usedMs = -cpuMsOf(operator.pid());
  await apiServer.kill();
  const startedAt = performance.now();
  await apiServer.start({ timeoutMs: startTimeoutMs, signal });
  const readyAt = performance.now();
  let lagMaxMs = 0;
  for (;;) {
    const metrics = await operator.metrics();
    lagMaxMs = Math.max(lagMaxMs, lagOf(metrics).maxMs);
    if (listsOf(metrics) >= before + lists) break;
    if (performance.now() > readyAt + patienceMs) throw new Error('the operator did not list anew');
    await delay(lookMs, undefined, { signal });
  }
  return {
    apiServerReadyMs: readyAt - startedAt,
    listedMs: performance.now() - readyAt,
    operatorCpuMs: usedMs + cpuMsOf(operator.pid()),
    lagMaxMs,
  };
}

function listsOf(metrics: Exposition): number {
  return metrics.sum('heliograph_reflector_lists_total', { resource: analyses.plural });
}
