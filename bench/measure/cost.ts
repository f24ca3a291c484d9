// P6 and P8: what the operator reads for each event, and how large it makes an analysis.
import { type Bar, bars } from '../bars.ts';
import type { Report } from '../report.ts';
import type { DeliveredRun } from '../run.ts';
import { mean } from '../statistics.ts';

/** The row about runs of the same load. */
export function readsRow(report: Report, runs: readonly DeliveredRun[], { where }: { where: string }): void {
  const reads = runs.reduce((sum, run) => sum + run.reads, 0);
  const events = runs.reduce((sum, { journal }) => sum + journal.firstMs.size, 0);
  report.row({
    id: 'P6',
    metric: `API reads per delivered event, ${where}`,
    figures: [reads / events],
    unit: '×',
    bar: bars.reads,
  });
  report.note(`P6: ${where}: ${reads} requests that read (get, list) for ${events} events`);
}

export function sizeRow(
  report: Report,
  runs: readonly DeliveredRun[],
  { where, bar }: { where: string; bar?: Bar },
): void {
  report.row({
    id: 'P8',
    metric: `size of an Analysis with 11 events, ${where}, without managedFields`,
    figures: [mean(runs.map(({ bytes }) => bytes)) / 1000],
    unit: 'KB',
    ...(bar !== undefined && { bar }),
  });
}
