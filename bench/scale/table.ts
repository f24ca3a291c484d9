// The samples as a Markdown table, with what follows from them for the memory.
import { percent } from '../agreement.ts';
import { aligned } from '../aligned.ts';
import type { Machine } from '../machine.ts';
import { figures } from './figures.ts';
import type { Sample } from './sample.ts';

export function tableOfScale(
  samples: readonly Sample[],
  { machine, problems }: { machine: Machine; problems: readonly string[] },
): string {
  return [
    `${machine.cores} cores (${machine.model}), ${percent(machine.busyBefore)} busy with other work before ` +
      `and ${percent(machine.busyAfter)} after`,
    '',
    ...rows(samples),
    '',
    ...growth(samples),
    ...problems.map((problem) => `FAILED: ${problem}`),
    '',
  ].join('\n');
}

function rows(samples: readonly Sample[]): string[] {
  const whole = (read: (sample: Sample) => number) =>
    samples.map((sample) => read(sample).toLocaleString('en'));
  const lines = [
    ['Analyses', ...whole(({ analyses }) => analyses)],
    ['---', ...samples.map(() => '---:')],
    ['of these not settled', ...whole(({ active }) => active)],
    ...figures.map(({ title, unit, read }) => [
      unit === '' ? title : `${title}, ${unit}`,
      ...samples.map((sample) => shown(read(sample))),
    ]),
  ];
  return aligned(lines.map((line) => [...line.map((cell) => `| ${cell}`), '|']));
}

/** P9. The operator keeps those that are not settled. */
function growth(samples: readonly Sample[]): string[] {
  const last = (series: Sample['series']) => samples.findLast((one) => one.series === series);
  const empty = samples.find(({ analyses }) => analyses === 0);
  const active = last('active');
  const mixed = last('mixed');
  if (empty === undefined || active === undefined || mixed === undefined) return [];
  const perActive = (read: (sample: Sample) => number) => (read(active) - read(empty)) / active.active;
  const perSettled = (read: (sample: Sample) => number) =>
    (read(mixed) - read(empty) - perActive(read) * mixed.active) / Math.max(1, mixed.analyses - mixed.active);
  return memories.map(
    ({ title, read }) =>
      `${title}: ${(perActive(read) * 10_000).toFixed(1)} more for 10,000 active, ` +
      `${(perSettled(read) * 100_000).toFixed(1)} for 100,000 settled`,
  );
}

const memories: readonly { title: string; read: (sample: Sample) => number }[] = [
  { title: 'MB of live heap', read: ({ operator }) => operator.liveHeapMb },
  {
    title: 'MiB of resident memory after a collection',
    read: ({ operator }) => operator.collectedResidentMb,
  },
  { title: 'MiB of resident memory at rest', read: ({ rest }) => rest.residentMb },
];

/** To three digits, without an exponent. */
export function shown(value: number): string {
  return Number.isFinite(value) ? Number(value.toPrecision(3)).toLocaleString('en') : '–';
}
