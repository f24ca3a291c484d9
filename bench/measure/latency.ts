// P4: how long after the answer to a worker's status write its event is at the receiver.
import { judge } from '../agreement.ts';
import { bars } from '../bars.ts';
import { eventId } from '../journal.ts';
import { type Load, steadySteps, type Write } from '../load.ts';
import type { Plan } from '../plan.ts';
import type { Report } from '../report.ts';
import { type DeliveredRun, runBare, runDelivered } from '../run.ts';
import type { Stage } from '../stage.ts';
import { mean, quantile } from '../statistics.ts';
import { warmUp, withOperator } from './warm-up.ts';
import { writesRow } from './writes.ts';

/** p50 and p99, ms. */
export type Spread = readonly [p50: number, p99: number];

interface Bare {
  spread: Spread;
  othersShare: number;
}

const rates = [50, 150] as const;

/** Starts with the operator stopped and leaves it stopped. */
export async function measureLatency(stage: Stage, report: Report, plan: Plan): Promise<void> {
  // What comes after has load before it, too: an API server that has idled for a while is slower at first.
  await warmUp(stage, report);
  const before = await bareWrites(stage, report, plan);
  const runs = await withOperator(stage, report, async () => {
    const done: DeliveredRun[] = [];
    for (const rate of rates) {
      stage.say(`P4: ${rate} status writes/s, with the operator`);
      done.push(await runDelivered(stage, report, { name: `${rate}-per-second`, load: loadAt(rate, 100) }));
    }
    return done;
  });
  const after = await bareWrites(stage, report, plan);
  for (const [index, run] of runs.entries()) {
    const rate = rates[index] ?? NaN;
    reportRun(report, run, { rate, bare: [before, after].flatMap((bare) => bare[index] ?? []) });
    writesRow(report, [run], { where: `under load, ${rate}/s`, bar: bars.writesUnderLoad });
  }
}

/** How long status writes take without the operator, for each of the rates. */
async function bareWrites(stage: Stage, report: Report, { pacedBareAnalyses }: Plan): Promise<Bare[]> {
  const bare: Bare[] = [];
  for (const rate of rates) {
    stage.say(`P4: ${rate} status writes/s, without the operator`);
    const { writes, othersShare } = await runBare(stage, report, loadAt(rate, pacedBareAnalyses));
    bare.push({ spread: spreadOf(durationsOf(writes)), othersShare });
  }
  return bare;
}

function reportRun(
  report: Report,
  run: DeliveredRun,
  { rate, bare }: { rate: number; bare: readonly Bare[] },
): void {
  const { fromAnswer, fromStart } = delaysOf(run);
  const [whole50, whole99] = spreadOf(fromStart);
  const [before = NaN, after = NaN] = bare.map(({ spread: [p50] }) => p50);
  const { isVoid, remark } = judge(
    before,
    after,
    [run, ...bare].map(({ othersShare }) => othersShare),
  );
  const common = { id: 'P4', unit: 'ms', bar: bars.latency, isVoid };
  report.row({
    ...common,
    metric: `answer to the status write → request, ${rate}/s, p50 / p99`,
    figures: spreadOf(fromAnswer),
  });
  report.row({
    ...common,
    metric: `start of the status write → request, over a bare one, ${rate}/s, p50 / p99`,
    figures: [whole50 - mean([before, after]), whole99 - mean(bare.map(({ spread: [, p99] }) => p99))],
  });
  report.note(
    `P4: ${rate}/s, p50 / p99: a bare status write takes ${bare.map(({ spread }) => text(spread)).join(' ms before and ')} ` +
      `ms after; with the operator one takes ${text(spreadOf(durationsOf(run.writes)))} ms, and its event is at the ` +
      `receiver ${text([whole50, whole99])} ms after its start; ${remark}`,
  );
}

export function loadAt(perSecond: number, analyses: number): Load {
  return { analyses, steps: steadySteps, order: 'staggered', pace: { perSecond } };
}

/** Of the events after each analysis' first, which has to wait for the subscription. */
export function delaysOf({
  writes,
  uids,
  journal,
  load,
}: Pick<DeliveredRun, 'writes' | 'uids' | 'journal' | 'load'>) {
  const fromAnswer: number[] = [];
  const fromStart: number[] = [];
  for (const { analysis, step, sentAtMs, answeredAtMs } of writes) {
    for (const sequence of load.steps[step]?.brings ?? []) {
      const atMs = journal.firstMs.get(eventId(uids[analysis] ?? '', sequence));
      if (sequence === 1 || atMs === undefined) continue;
      fromAnswer.push(atMs - answeredAtMs);
      fromStart.push(atMs - sentAtMs);
    }
  }
  return { fromAnswer, fromStart };
}

function durationsOf(writes: readonly Write[]): number[] {
  return writes.map(({ sentAtMs, answeredAtMs }) => answeredAtMs - sentAtMs);
}

export function spreadOf(delaysMs: readonly number[]): Spread {
  return [quantile(delaysMs, 0.5), quantile(delaysMs, 0.99)];
}

function text(spread: Spread): string {
  return spread.map((ms) => ms.toFixed(1)).join(' / ');
}
