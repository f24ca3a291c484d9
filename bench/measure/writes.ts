// P5: what the operator writes to the API server for each event that it delivers.
import { type Bar, bars } from '../bars.ts';
import { jumpSteps, steadySteps } from '../load.ts';
import type { Plan } from '../plan.ts';
import type { Report } from '../report.ts';
import { type DeliveredRun, runDelivered } from '../run.ts';
import type { Stage } from '../stage.ts';
import { withOperator } from './warm-up.ts';

/** Starts with the operator stopped and leaves it stopped. */
export async function measureWrites(stage: Stage, report: Report, { spacing }: Plan): Promise<void> {
  const { seconds, analyses } = spacing;
  await withOperator(stage, report, async () => {
    stage.say('P5: eleven events in one jump');
    const jump = await runDelivered(stage, report, {
      name: 'one-jump',
      load: { analyses: 100, steps: jumpSteps, order: 'together', pace: { workers: 8 } },
    });
    writesRow(report, [jump], { where: 'eleven in one jump', bar: bars.writesInOneJump });
    stage.say(`P5: events ${seconds} s apart (takes ${seconds * steadySteps.length} s)`);
    const apart = await runDelivered(stage, report, {
      name: `${seconds}-s-apart`,
      load: { analyses, steps: steadySteps, order: 'together', pace: { perSecond: analyses / seconds } },
    });
    writesRow(report, [apart], {
      where: `${analyses} analyses with events ${seconds} s apart`,
      bar: bars.writesFarApart,
    });
  });
}

/** The row about runs of the same load. */
export function writesRow(
  report: Report,
  runs: readonly DeliveredRun[],
  { where, bar }: { where: string; bar: Bar },
): void {
  const sum = (read: (run: DeliveredRun) => number) => runs.reduce((total, run) => total + read(run), 0);
  const ledgerWrites = sum((run) => run.ledgerWrites);
  const otherWrites = sum((run) => run.otherWrites);
  const events = sum(({ journal }) => journal.firstMs.size);
  report.row({
    id: 'P5',
    metric: `ledger writes per delivered event, ${where}`,
    figures: [ledgerWrites / events],
    unit: '×',
    bar,
  });
  report.note(
    `P5: ${where}: ${ledgerWrites} writes of ledgers for ${events} events, and ${otherWrites} other writes`,
  );
}
