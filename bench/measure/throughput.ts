// P1: what the operator delivers at saturation, measured against what bare status writes reach.
import { type Agreement, judge } from '../agreement.ts';
import { bars } from '../bars.ts';
import { type Load, steadySteps, type Write } from '../load.ts';
import type { Plan } from '../plan.ts';
import type { Report } from '../report.ts';
import { type DeliveredRun, runBare, runDelivered } from '../run.ts';
import type { Stage } from '../stage.ts';
import { mean, median } from '../statistics.ts';
import { withOperator } from './warm-up.ts';
import { writesRow } from './writes.ts';

interface Bare {
  /** Status writes per second. */
  rate: number;
  othersShare: number;
}

interface Round {
  before: Bare;
  run: DeliveredRun;
  after: Bare;
  agreement: Agreement;
}

const saturation: Load = { analyses: 100, steps: steadySteps, order: 'staggered', pace: { workers: 8 } };

/** Starts with the operator stopped and leaves it stopped. */
export async function measureThroughput(stage: Stage, report: Report, plan: Plan): Promise<void> {
  const rounds: Round[] = [];
  let before = await writeBare(stage, report, plan);
  while (wantsAnother(rounds, plan)) {
    const run = await saturate(stage, report, rounds.length + 1);
    const after = await writeBare(stage, report, plan);
    const agreement = judge(
      before.rate,
      after.rate,
      [before, run, after].map(({ othersShare }) => othersShare),
    );
    rounds.push({ before, run, after, agreement });
    before = after;
  }
  const valid = rounds.filter(isValid);
  report.row({
    id: 'P1',
    metric: 'distinct deliveries/s ÷ bare status writes/s, full speed, 8 workers',
    figures: [median((valid.length > 0 ? valid : rounds).map(ratio))],
    unit: '×',
    bar: bars.throughput,
    isVoid: valid.length < plan.validRounds,
  });
  for (const round of rounds) report.note(noteOf(round));
  const runs = rounds.map(({ run }) => run);
  writesRow(report, runs, { where: 'under load, full speed', bar: bars.writesUnderLoad });
}

function wantsAnother(rounds: readonly Round[], plan: Plan): boolean {
  if (rounds.length === 0) return true;
  const hasTime = performance.now() < plan.noRoundAfterSeconds * 1000;
  return hasTime && rounds.length < plan.maxRounds && rounds.filter(isValid).length < plan.validRounds;
}

function saturate(stage: Stage, report: Report, round: number): Promise<DeliveredRun> {
  return withOperator(stage, report, () => {
    stage.say(`P1: 8 workers at full speed, with the operator, round ${round}`);
    return runDelivered(stage, report, { name: `full-speed-${round}`, load: saturation });
  });
}

async function writeBare(stage: Stage, report: Report, { bareAnalyses }: Plan): Promise<Bare> {
  stage.say('P1: 8 workers at full speed, without the operator');
  const { writes, othersShare } = await runBare(stage, report, { ...saturation, analyses: bareAnalyses });
  const lastMs = Math.max(...writes.map(({ answeredAtMs }) => answeredAtMs));
  return { rate: (writes.length / (lastMs - firstMs(writes))) * 1000, othersShare };
}

/** From the first status write's start to the last event's first request. */
function deliveriesPerSecond({ writes, journal }: DeliveredRun): number {
  const lastMs = Math.max(...journal.firstMs.values());
  return (journal.firstMs.size / (lastMs - firstMs(writes))) * 1000;
}

function firstMs(writes: readonly Write[]): number {
  return Math.min(...writes.map(({ sentAtMs }) => sentAtMs));
}

function ratio({ before, run, after }: Round): number {
  return deliveriesPerSecond(run) / mean([before.rate, after.rate]);
}

function isValid({ agreement }: Round): boolean {
  return !agreement.isVoid;
}

function noteOf(round: Round): string {
  const { before, run, after, agreement } = round;
  return (
    `P1: bare ${before.rate.toFixed(0)} writes/s, then ${deliveriesPerSecond(run).toFixed(0)} deliveries/s, then bare ` +
    `${after.rate.toFixed(0)} writes/s (${ratio(round).toFixed(2)} ×); ${agreement.remark}`
  );
}
