// P1 to P3: what the operator delivers at saturation, measured against what bare status writes reach.
import { type Agreement, judge } from '../agreement.ts';
import { type Bar, bars } from '../bars.ts';
import { jumpSteps, type Load, steadySteps, type Write } from '../load.ts';
import type { Plan } from '../plan.ts';
import type { Report } from '../report.ts';
import { type DeliveredRun, runBare, runDelivered } from '../run.ts';
import type { Stage } from '../stage.ts';
import { mean, median } from '../statistics.ts';
import { readsRow, sizeRow } from './cost.ts';
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

interface Case {
  id: 'P1' | 'P2' | 'P3';
  title: string;
  load: Load;
  endpoints: number;
  bar: Bar;
}

export const saturation: Load = {
  analyses: 100,
  steps: steadySteps,
  order: 'staggered',
  pace: { workers: 8 },
};

const single: Case = {
  id: 'P1',
  title: 'full speed, 8 workers',
  load: saturation,
  endpoints: 1,
  bar: bars.throughput,
};

const cases: readonly Case[] = [
  single,
  { ...single, id: 'P2', title: 'the same, 3 endpoints', endpoints: 3, bar: bars.throughputOfThree },
  {
    ...single,
    id: 'P3',
    title: 'the same, from nothing to Success in one write',
    load: { ...saturation, analyses: 300, steps: jumpSteps },
    bar: bars.throughputOfJumps,
  },
];

/** Starts with the operator stopped and leaves it stopped. */
export async function measureThroughput(stage: Stage, report: Report, plan: Plan): Promise<void> {
  let before = await writeBare(stage, report, plan);
  for (const of of cases) {
    const rounds: Round[] = [];
    while (wantsAnother(rounds, plan)) {
      const run = await saturate(stage, report, of, rounds.length + 1);
      const after = await writeBare(stage, report, plan);
      const agreement = judge(
        before.rate,
        after.rate,
        [before, run, after].map(({ othersShare }) => othersShare),
      );
      rounds.push({ before, run, after, agreement });
      before = after;
    }
    reportRounds(report, of, rounds, plan);
  }
}

function reportRounds(report: Report, { id, title, bar }: Case, rounds: readonly Round[], plan: Plan): void {
  const valid = rounds.filter(isValid);
  report.row({
    id,
    metric: `distinct deliveries/s ÷ bare status writes/s, ${title}`,
    figures: [median((valid.length > 0 ? valid : rounds).map(ratio))],
    unit: '×',
    bar,
    isVoid: valid.length < plan.validRounds,
  });
  for (const round of rounds) report.note(`${id}: ${noteOf(round)}`);
  const runs = rounds.map(({ run }) => run);
  if (id === 'P1') {
    writesRow(report, runs, { where: 'under load, full speed', bar: bars.writesUnderLoad });
    readsRow(report, runs, { where: 'full speed' });
    sizeRow(report, runs, { where: '1 endpoint', bar: bars.size });
  } else if (id === 'P2') sizeRow(report, runs, { where: '3 endpoints' });
}

function wantsAnother(rounds: readonly Round[], plan: Plan): boolean {
  if (rounds.length === 0) return true;
  const hasTime = performance.now() < plan.noRoundAfterSeconds * 1000;
  return hasTime && rounds.length < plan.maxRounds && rounds.filter(isValid).length < plan.validRounds;
}

function saturate(
  stage: Stage,
  report: Report,
  { id, title, load, endpoints }: Case,
  round: number,
): Promise<DeliveredRun> {
  return withOperator(stage, report, () => {
    stage.say(`${id}: ${title}, with the operator, round ${round}`);
    return runDelivered(stage, report, { name: `${id}-${round}`, load, endpoints });
  });
}

async function writeBare(stage: Stage, report: Report, { bareAnalyses }: Plan): Promise<Bare> {
  stage.say('8 workers at full speed, without the operator');
  const { writes, othersShare } = await runBare(stage, report, { ...saturation, analyses: bareAnalyses });
  return { rate: writesPerSecond(writes), othersShare };
}

/** From the start of the first to the answer to the last one. */
export function writesPerSecond(writes: readonly Write[]): number {
  const lastMs = Math.max(...writes.map(({ answeredAtMs }) => answeredAtMs));
  return (writes.length / (lastMs - firstMs(writes))) * 1000;
}

/** From the first status write's start to the last event's first request. */
export function deliveriesPerSecond({ writes, journal }: Pick<DeliveredRun, 'writes' | 'journal'>): number {
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
    `bare ${before.rate.toFixed(0)} writes/s, then ${deliveriesPerSecond(run).toFixed(0)} deliveries/s, then bare ` +
    `${after.rate.toFixed(0)} writes/s (${ratio(round).toFixed(2)} ×); ${agreement.remark}`
  );
}
