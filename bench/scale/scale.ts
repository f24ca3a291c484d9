// The measurements from a fresh control plane to the last step. Whatever happens, what it has started is stopped.
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Report } from '../report.ts';
import { warmUp } from '../measure/warm-up.ts';
import { type Context, setTheStage } from '../stage.ts';
import { Population } from './population.ts';
import type { Sample, Series } from './sample.ts';
import { measureStep } from './step.ts';

interface Plan {
  series: Series;
  /** Of every ten. */
  active: number;
  steps: readonly number[];
  most: number;
}

/** Keeps etcd's data, which may outgrow what a disk writes in time. */
const memoryFolder = '/dev/shm';

/** Returns what went wrong with deliveries. Rejects with the first thing that makes going on useless. */
export async function measureScale(
  context: Context,
  analyses: number,
  found: (sample: Sample) => void,
): Promise<readonly string[]> {
  const report = new Report();
  const plans: readonly Plan[] = [
    { series: 'mixed', active: 1, steps: [0, 1000, 10_000, 30_000, 100_000], most: analyses },
    // More that are active at once is another question.
    { series: 'active', active: 10, steps: [1000, 10_000], most: Math.min(analyses, 10_000) },
  ];
  for (const plan of plans) for await (const sample of measureSeries(context, report, plan)) found(sample);
  return report.problems;
}

/** Each on a control plane of its own. */
async function* measureSeries(
  context: Context,
  report: Report,
  plan: Plan,
): AsyncGenerator<Sample, void, undefined> {
  const { series, active, steps, most } = plan;
  await using cleanup = new AsyncDisposableStack();
  const stage = await setTheStage(context, cleanup, existsSync(memoryFolder) ? memoryFolder : tmpdir());
  const population = await Population.prepare(stage, active);
  await warmUp(stage, report);
  for (const size of [...steps.filter((step) => step < most), most]) {
    stage.say(`${series}: filling up to ${size} analyses`);
    const fill = await population.growTo(size);
    stage.say(`${series}: ${size} analyses after ${fill.seconds.toFixed(0)} s more; measuring`);
    yield { series, fill, ...(await measureStep(stage, report, { series, population })) };
  }
}
