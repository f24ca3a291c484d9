// Draws how each figure grows with the number of analyses: a small picture for each, all with the same logarithmic axis.
import { linear } from '../../test/cluster/dashboard/scale.ts';
import { type Figure, figures } from './figures.ts';
import type { Sample, Series } from './sample.ts';
import { shown } from './table.ts';

const columns = 3;
const panel = { width: 300, height: 170 };
const inset = { left: 50, right: 24, top: 30, bottom: 24 };
const area = {
  width: panel.width - inset.left - inset.right,
  height: panel.height - inset.top - inset.bottom,
};
const legendHeight = 24;

/** Where 0 is on a logarithmic axis, which has no place for it. */
const zeroShare = 0.12;

const names: Readonly<Record<Series, string>> = {
  mixed: 'nine of ten are settled',
  active: 'none is settled',
};

const style = `
text { font: 10px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; font-size: 11px; fill: #1f2328 }
.y { text-anchor: end }
.x { text-anchor: middle }
.panel { fill: none; stroke: #8c959f; stroke-opacity: .4 }
.grid { stroke: #8c959f; stroke-opacity: .3 }
.line { fill: none; stroke-width: 1.5; stroke-linejoin: round }
.line.mixed { stroke: #0969da } .dot.mixed { fill: #0969da }
.line.active { stroke: #bc4c00 } .dot.active { fill: #bc4c00 }
@media (prefers-color-scheme: dark) {
text { fill: #8d96a0 }
.title { fill: #e6edf3 }
.line.mixed { stroke: #4493f8 } .dot.mixed { fill: #4493f8 }
.line.active { stroke: #db6d28 } .dot.active { fill: #db6d28 }
}`;

export function drawScale(samples: readonly Sample[]): string {
  const drawn = figures.filter(({ isDrawn }) => isDrawn);
  const width = columns * panel.width;
  const height = Math.ceil(drawn.length / columns) * panel.height + legendHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 ${width + 4} ${height + 4}" role="img">`,
    '<title>How figures grow with the number of analyses</title>',
    `<style>${style}</style>`,
    legend(),
    ...drawn.map((figure, index) => {
      const [x, y] = [index % columns, Math.floor(index / columns)];
      const at = `translate(${x * panel.width} ${y * panel.height + legendHeight})`;
      return `<g transform="${at}">${drawPanel(figure, samples)}</g>`;
    }),
    '</svg>',
    '',
  ].join('\n');
}

function legend(): string {
  return Object.entries(names)
    .map(([series, name], index) => {
      const x = 8 + index * 170;
      return `<circle class="dot ${series}" cx="${x}" cy="9" r="4"/><text x="${x + 10}" y="13">${name}</text>`;
    })
    .join('');
}

function drawPanel({ title, unit, read }: Figure, samples: readonly Sample[]): string {
  const { levels, place } = linear(samples.map(read).filter(Number.isFinite));
  const xOf = horizontal(samples.map(({ analyses }) => analyses));
  const point = (sample: Sample) => ({
    x: tidy(xOf(sample.analyses)),
    y: tidy(area.height * (1 - place(read(sample)))),
  });
  const drawSeries = (series: Series) => {
    const points = samples.filter((one) => one.series === series && Number.isFinite(read(one))).map(point);
    const path = points.map(({ x, y }) => `${x} ${y}`).join('L');
    const dots = points.map(({ x, y }) => `<circle class="dot ${series}" cx="${x}" cy="${y}" r="2.5"/>`);
    return `<path class="line ${series}" d="M${path}"/>${dots.join('')}`;
  };
  const ticks = [...new Set(samples.map(({ analyses }) => analyses))];
  return [
    `<rect class="panel" width="${panel.width - 6}" height="${panel.height - 6}" rx="4"/>`,
    `<text class="title" x="10" y="17">${title}${unit === '' ? '' : `, ${unit}`}</text>`,
    `<g transform="translate(${inset.left} ${inset.top})">`,
    ...levels.map(([level, at]) => {
      const y = tidy(area.height * (1 - at));
      return `<path class="grid" d="M0 ${y}H${area.width}"/><text class="y" x="-5" y="${y + 3}">${shown(level)}</text>`;
    }),
    ...ticks.map(
      (tick) =>
        `<text class="x" x="${tidy(xOf(tick))}" y="${area.height + 12}">${tick < 1000 ? tick : `${tick / 1000}k`}</text>`,
    ),
    drawSeries('active'),
    drawSeries('mixed'),
    '</g>',
  ].join('\n');
}

function horizontal(sizes: readonly number[]): (size: number) => number {
  const positive = sizes.filter((size) => size > 0);
  const [least, most] = [Math.min(...positive), Math.max(...positive)];
  const span = Math.max(Math.log(most / least), 1);
  return (size) =>
    size === 0 ? 0 : area.width * (zeroShare + (1 - zeroShare) * (Math.log(size / least) / span));
}

function tidy(value: number): number {
  return Math.round(value * 10) / 10;
}
