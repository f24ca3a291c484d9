// The report as text.
import { percent } from './agreement.ts';
import { aligned } from './aligned.ts';
import type { Verdict } from './bars.ts';
import type { Machine } from './machine.ts';
import { comparisonOf } from './peers/comparison.ts';
import type { Report, Row } from './report.ts';

const verdicts: Readonly<Record<Verdict, string>> = {
  aim: 'ok, and the aim',
  ok: 'ok',
  no: 'NO',
  void: 'VOID',
  none: '',
};

export function tableOf({ rows, passes, notes, problems }: Report, machine: Machine): string {
  const header = ['row', 'metric', 'figure', 'bar (aim)', ''];
  const lines = rows.toSorted((a, b) => a.id.localeCompare(b.id)).map(cellsOf);
  return [
    `${machine.cores} cores (${machine.model}), ${percent(machine.busyBefore)} busy with other work before ` +
      `and ${percent(machine.busyAfter)} after, load average ${machine.loadAverage.toFixed(1)} before`,
    '',
    ...aligned([header, ...lines]),
    '',
    ...comparisonOf(passes),
    ...notes,
    ...problems.map((problem) => `FAILED: ${problem}`),
    '',
  ].join('\n');
}

function cellsOf({ id, metric, figures, unit, bar, verdict }: Row): string[] {
  const digits = unit === 'ms' ? 1 : unit === '' ? 0 : 2;
  const aim = bar?.aim === undefined ? '' : ` (${join(bar.aim)})`;
  return [
    id,
    metric,
    `${figures.map((figure) => figure.toFixed(digits)).join(' / ')} ${unit}`.trim(),
    bar === undefined ? '' : `${bar.better === 'more' ? '≥' : '≤'} ${join(bar.hold)}${aim}`,
    verdicts[verdict],
  ];
}

function join(values: readonly number[]): string {
  return values.map(String).join(' / ');
}
