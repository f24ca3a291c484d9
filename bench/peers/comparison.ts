// The operator and others side by side, as text.
import { aligned } from '../aligned.ts';
import type { Panel } from '../latency-chart.ts';
import type { Spread } from '../measure/latency.ts';
import type { Pass, PeerRun } from './pass.ts';

const lines: readonly (readonly [title: string, cell: (run: PeerRun) => string])[] = [
  ['events received, of those owed', ({ delivered, owed }) => `${delivered} of ${owed}`],
  ['requests beyond the first of an event', ({ repeated }) => String(repeated)],
  ['analyses with events out of order', ({ disordered }) => String(disordered)],
  ['answer → request, p50 / p99 ms', ({ fromAnswerMs }) => spread(fromAnswerMs)],
  ['start of the write → request, p50 / p99 ms', ({ fromStartMs }) => spread(fromStartMs)],
  ["each analysis' first event: answer → request", ({ firstFromAnswerMs }) => spread(firstFromAnswerMs)],
  ['different events per second', (run) => run.deliveriesPerSecond.toFixed(0)],
  ['CPU time per event, ms', ({ cpuMsPerEvent }) => cpuMsPerEvent.toFixed(2)],
];

/** Empty without passes. One column for each, in the order they were made. */
export function comparisonOf(passes: readonly Pass[]): string[] {
  const [first] = passes;
  if (first === undefined) return [];
  const header = ['load', 'side by side', ...passes.map(({ name }) => name)];
  const blocks = first.runs.flatMap(({ load }, index) =>
    lines.map(([title, cell]) => [load, title, ...passes.map(({ runs }) => cellOf(runs[index], cell))]),
  );
  const memory = ['', 'memory at the end, MB', ...passes.map(({ residentMb }) => residentMb.toFixed(0))];
  return [...aligned([header, ...blocks, memory]), ''];
}

/** The operator, which has more than one pass, is drawn as of the first. */
export function latencyPanels(passes: readonly Pass[]): Panel[] {
  const [first] = passes;
  const distinct = passes.filter(({ name }, index) => passes.findIndex((one) => one.name === name) === index);
  return (first?.runs ?? []).map(({ load }, index) => ({
    title: `${load}: answer to the status write → request`,
    curves: distinct.flatMap(({ name, runs }) => {
      const percentilesMs = runs[index]?.fromAnswerPercentilesMs;
      return percentilesMs === undefined ? [] : [{ name, percentilesMs }];
    }),
  }));
}

function cellOf(run: PeerRun | undefined, cell: (run: PeerRun) => string): string {
  return run === undefined ? '' : cell(run);
}

function spread(value: Spread): string {
  return value.map((ms) => ms.toFixed(1)).join(' / ');
}
