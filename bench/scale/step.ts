// Everything that is measured with a certain number of analyses present, each time with a new process.
import { setTimeout as delay } from 'node:timers/promises';
import { saturation, writesPerSecond } from '../measure/throughput.ts';
import { cpuTimes, othersShare } from '../other-work.ts';
import { cpuMsOf, peakMbOf, residentMbOf } from '../usage.ts';
import type { Report } from '../report.ts';
import { runBare } from '../run.ts';
import { liveHeapMb } from './inspector.ts';
import { lagOf } from './lag.ts';
import { costOfLists } from './lists.ts';
import { costOfLoad } from './load.ts';
import { type MeasuredOperator, startMeasured } from './operator.ts';
import type { Population } from './population.ts';
import { relist } from './relist.ts';
import type { Sample, Series, Start } from './sample.ts';
import type { Stage } from '../stage.ts';
import { apiServerPid, etcdSize, listsServed } from './served.ts';

const restMs = 10_000;

export async function measureStep(
  stage: Stage,
  report: Report,
  { series, population }: { series: Series; population: Population },
): Promise<Omit<Sample, 'series' | 'fill'>> {
  const cpuBefore = cpuTimes();
  const { writes } = await runBare(stage, report, saturation);
  const { operator, start } = await measureStart(stage);
  const rest = await measureRest(stage, operator);
  const lists = await costOfLists(stage);
  const load = await costOfLoad(stage, report, { operator, run: `${series}-${population.size}` });
  const residentMb = residentMbOf(apiServerPid(stage));
  const etcd = await etcdSize(stage);
  const again = await relist(stage, operator);
  const sample = {
    analyses: population.size,
    active: population.active,
    bareWritesPerSecond: writesPerSecond(writes),
    start,
    rest,
    lists,
    load,
    relist: again,
    operator: {
      peakMb: peakMbOf(operator.pid()),
      liveHeapMb: await liveHeapMb(operator, stage.signal),
      collectedResidentMb: residentMbOf(operator.pid()),
    },
    apiServer: { residentMb, restartedMb: residentMbOf(apiServerPid(stage)) },
    etcd,
    othersShare: othersShare(cpuBefore, cpuTimes()),
  };
  await operator.stop();
  return sample;
}

async function measureStart(stage: Stage): Promise<{ operator: MeasuredOperator; start: Start }> {
  const before = await listsServed(stage);
  const usedMs = -cpuMsOf(apiServerPid(stage));
  const operator = await startMeasured(stage);
  const apiServerCpuMs = usedMs + cpuMsOf(apiServerPid(stage));
  const operatorCpuMs = cpuMsOf(operator.pid());
  const residentMb = residentMbOf(operator.pid());
  const metrics = await operator.metrics();
  const lag = lagOf(metrics);
  const after = await listsServed(stage);
  const start: Start = {
    readyMs: operator.readyAfterMs,
    operatorCpuMs,
    apiServerCpuMs,
    listRequests: after.requests - before.requests,
    listedMb: after.megabytes - before.megabytes,
    lagP99Ms: lag.p99Ms,
    lagMaxMs: lag.maxMs,
    residentMb,
    heapUsedMb: heapUsedMb(metrics),
  };
  return { operator, start };
}

async function measureRest({ signal }: Stage, operator: MeasuredOperator): Promise<Sample['rest']> {
  const usedMs = -cpuMsOf(operator.pid());
  await delay(restMs, undefined, { signal });
  const cpuMsPerSecond = (usedMs + cpuMsOf(operator.pid())) / (restMs / 1000);
  const residentMb = residentMbOf(operator.pid());
  const startedAt = performance.now();
  const metrics = await operator.metrics();
  return {
    residentMb,
    heapUsedMb: heapUsedMb(metrics),
    cpuMsPerSecond,
    scrapeMs: performance.now() - startedAt,
  };
}

function heapUsedMb(metrics: { sum: (name: string) => number }): number {
  return metrics.sum('nodejs_heap_size_used_bytes') / 1e6;
}
