// What the figures were taken on, and what else it was doing.
import { availableParallelism, cpus, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuTimes, othersShare } from './other-work.ts';

export interface Machine {
  cores: number;
  model: string;
  loadAverage: number;
  /** Share of all cores' time that somebody used while nothing of the benchmark ran. */
  busyBefore: number;
  busyAfter: number;
}

const sampleMs = 2000;

export function describeMachine(): Pick<Machine, 'cores' | 'model' | 'loadAverage'> {
  return {
    cores: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? 'unknown',
    loadAverage: loadavg()[0] ?? NaN,
  };
}

/** Looks for two seconds, in which nothing of the benchmark may run. */
export async function busyShare(): Promise<number> {
  const before = cpuTimes();
  await delay(sampleMs);
  return othersShare(before, cpuTimes());
}
