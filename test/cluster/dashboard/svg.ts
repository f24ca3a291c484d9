// Draws the dashboard: each panel where Grafana has it, from what Prometheus answered to its queries.
import type { Panel } from './panels.ts';
import { linear, logarithmic, shown } from './scale.ts';

/** A line: its name in the legend, and its values at the times of the drawing; NaN where there is none. */
export interface Line {
  name: string;
  values: readonly number[];
}

/** A panel with what is drawn in it. */
export interface Filled {
  panel: Panel;
  lines: readonly Line[];
}

const columnWidth = 40;
const rowHeight = 18;
const width = 24 * columnWidth;
/** Of a panel's drawing within it. */
const inset = { left: 52, right: 18, top: 26, bottom: 34 };
const colours = 8;

const style = `
text { font: 10px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; font-size: 12px; fill: #1f2328 }
.row { font-weight: 600; font-size: 13px; fill: #1f2328 }
.value { font-size: 24px; fill: #1f2328; text-anchor: middle }
.y { text-anchor: end }
.x { text-anchor: middle }
.panel { fill: none; stroke: #8c959f; stroke-opacity: .4 }
.grid { stroke: #8c959f; stroke-opacity: .3 }
.line { fill: none; stroke-width: 1.5; stroke-linejoin: round }
.area { fill-opacity: .35; stroke-width: 1 }
${paint(['#0969da', '#1a7f37', '#cf222e', '#bc4c00', '#8250df', '#1b7c83', '#bf3989', '#6e7781'])}
@media (prefers-color-scheme: dark) {
text { fill: #8d96a0 }
.title, .row, .value { fill: #e6edf3 }
${paint(['#4493f8', '#3fb950', '#f85149', '#db6d28', '#ab7df8', '#39c5cf', '#db61a2', '#9198a1'])}
}`;

function paint(palette: readonly string[]): string {
  return palette
    .map(
      (colour, index) =>
        `.line.c${index} { stroke: ${colour} } .area.c${index}, .key.c${index} { fill: ${colour}; stroke: ${colour} }`,
    )
    .join('\n');
}

/** @param seconds how long it took */
export function draw(
  filled: readonly Filled[],
  { title, seconds }: { title: string; seconds: number },
): string {
  const height = Math.max(...filled.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h)) * rowHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 ${width + 4} ${height + 4}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    ...filled.map((one) => drawPanel(one, seconds)),
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ panel, lines }: Filled, seconds: number): string {
  const { type, title, gridPos } = panel;
  const at = `translate(${gridPos.x * columnWidth} ${gridPos.y * rowHeight})`;
  if (type === 'row') return `<text class="row" transform="${at}" y="14">${escaped(title)}</text>`;
  const [w, h] = [gridPos.w * columnWidth - 6, gridPos.h * rowHeight - 6];
  return [
    `<g transform="${at}">`,
    `<rect class="panel" width="${w}" height="${h}" rx="4"/>`,
    `<text class="title" x="10" y="17">${escaped(title)}</text>`,
    type === 'stat' ? drawValue(panel, lines, { w, h }) : drawLines(panel, lines, { w, h, seconds }),
    '</g>',
  ].join('\n');
}

interface Size {
  w: number;
  h: number;
}

function drawValue(panel: Panel, lines: readonly Line[], { w, h }: Size): string {
  const texts = lines.map(({ name, values }) =>
    [name, shown(values.at(-1) ?? NaN, panel.fieldConfig.defaults.unit)].filter(Boolean).join(': '),
  );
  return `<text class="value" x="${w / 2}" y="${h / 2 + 18}">${escaped(texts.join(', '))}</text>`;
}

function drawLines(
  panel: Panel,
  all: readonly Line[],
  { w, h, seconds }: Size & { seconds: number },
): string {
  const { unit, custom } = panel.fieldConfig.defaults;
  const coloured = all.map((line, index) => ({ ...line, colour: `c${index % colours}` }));
  // A line along the bottom says no more than that it is not there.
  const lines = coloured.filter(({ values }) => values.some((value) => value > 0));
  const isStacked = custom?.stacking !== undefined;
  const drawn = isStacked ? stacked(lines) : lines.map(({ values }) => ({ from: undefined, to: values }));
  const scale = custom?.scaleDistribution === undefined ? linear : logarithmic;
  const { levels, place } = scale(drawn.flatMap(({ to }) => to.filter(Number.isFinite)));
  const area = { w: w - inset.left - inset.right, h: h - inset.top - inset.bottom };
  const point = (values: readonly number[], index: number) => {
    const x = (index / (values.length - 1)) * area.w;
    return `${tidy(x)} ${tidy(area.h * (1 - place(values[index] ?? NaN)))}`;
  };
  return [
    `<g transform="translate(${inset.left} ${inset.top})">`,
    ...levels.map(([level, at]) => {
      const y = tidy(area.h * (1 - at));
      return `<path class="grid" d="M0 ${y}H${area.w}"/><text class="y" x="-5" y="${y + 3}">${shown(level, unit)}</text>`;
    }),
    ...minutes(seconds).map((minute) => {
      const x = tidy(((minute * 60) / seconds) * area.w);
      return `<text class="x" x="${x}" y="${area.h + 13}">${minute} min</text>`;
    }),
    ...drawn.map(({ from, to }, index) => {
      const d = pathOf(to, { point, isShown: (value) => Number.isFinite(place(value)) });
      const colour = lines[index]?.colour;
      if (from === undefined) return `<path class="line ${colour}" d="${d}"/>`;
      const back = from.map((_, nth) => point(from, from.length - 1 - nth)).join('L');
      return `<path class="area ${colour}" d="${d}L${back}Z"/>`;
    }),
    legend(lines, area.h + 26),
    '</g>',
  ].join('\n');
}

/** Each upon the ones before it; what is not there is 0. */
function stacked(lines: readonly Line[]): { from: readonly number[]; to: readonly number[] }[] {
  let below = lines[0]?.values.map(() => 0) ?? [];
  return lines.map(({ values }) => {
    const from = below;
    const to = values.map((value, index) => (from[index] ?? 0) + (Number.isFinite(value) ? value : 0));
    below = to;
    return { from, to };
  });
}

function pathOf(
  values: readonly number[],
  {
    point,
    isShown,
  }: {
    point: (values: readonly number[], index: number) => string;
    isShown: (value: number) => boolean;
  },
): string {
  let isDown = false;
  let d = '';
  for (const [index, value] of values.entries()) {
    if (isShown(value)) d += `${isDown ? 'L' : 'M'}${point(values, index)}`;
    isDown = isShown(value);
  }
  return d;
}

function legend(lines: readonly (Line & { colour: string })[], y: number): string {
  let x = 0;
  return lines
    .map(({ name, colour }) => {
      const key = `<rect class="key ${colour}" x="${x}" y="${y - 7}" width="8" height="8"/>`;
      const text = `<text x="${x + 12}" y="${y}">${escaped(name)}</text>`;
      // There are no fonts here to measure by.
      x += 24 + Math.ceil(name.length * 5.4);
      return key + text;
    })
    .join('');
}

function minutes(seconds: number): number[] {
  return Array.from({ length: Math.floor(seconds / 60) + 1 }, (_, index) => index);
}

function tidy(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
