// Draws how late events are as curves: for each load, which share of the events has come within which time.

interface Curve {
  name: string;
  /** The delays at 0, 1, … 100 % of the events, ms, in order. */
  percentilesMs: readonly number[];
}

export interface Panel {
  title: string;
  curves: readonly Curve[];
}

/** Told apart by colour-blind people, on white and on black. */
const colours = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#999999'];

const panel = { width: 420, height: 240, left: 48, top: 36, gap: 40 };
const legendHeight = 22;

/** Logarithmic. What came before the answer stands at its left edge. */
const axis = { fromMs: 0.1, toMs: 1000 };

const ticksMs = [0.1, 1, 10, 100, 1000];
const shares = [0, 0.5, 0.9, 0.99, 1];

/** An SVG document. */
export function latencyChart(panels: readonly Panel[]): string {
  const names = [...new Set(panels.flatMap(({ curves }) => curves.map(({ name }) => name)))];
  const width = panels.length * (panel.left + panel.width + panel.gap);
  const height = panel.top + panel.height + 48 + legendHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    '<style>text{fill:#24292f}.grid{stroke:#d0d7de}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.grid{stroke:#30363d}}</style>',
    ...panels.flatMap((one, index) => [
      `<g transform="translate(${panel.left + index * (panel.left + panel.width + panel.gap)} ${panel.top})">`,
      ...drawPanel(one, names),
      '</g>',
    ]),
    ...names.flatMap((name, index) => drawKey(name, index, height)),
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, curves }: Panel, names: readonly string[]): string[] {
  const { width, height } = panel;
  return [
    `<text x="0" y="-14" font-weight="bold">${escape(title)}</text>`,
    ...ticksMs.flatMap((ms) => [
      `<line class="grid" x1="${x(ms)}" y1="0" x2="${x(ms)}" y2="${height}"/>`,
      `<text x="${x(ms)}" y="${height + 16}" text-anchor="middle">${ms}</text>`,
    ]),
    ...shares.flatMap((share) => [
      `<line class="grid" x1="0" y1="${y(share)}" x2="${width}" y2="${y(share)}"/>`,
      ...(share === 0.99
        ? []
        : [`<text x="-6" y="${y(share) + 4}" text-anchor="end">${share * 100} %</text>`]),
    ]),
    `<text x="${width / 2}" y="${height + 34}" text-anchor="middle">ms from the answer to the status write</text>`,
    ...curves.map(({ name, percentilesMs }) => {
      const points = percentilesMs.map((ms, percent) => `${x(ms)},${y(percent / 100)}`);
      return `<polyline fill="none" stroke-width="2" stroke="${colourOf(names.indexOf(name))}" points="${points.join(' ')}"/>`;
    }),
  ];
}

function drawKey(name: string, index: number, height: number): string[] {
  const left = panel.left + index * 200;
  return [
    `<rect x="${left}" y="${height - 16}" width="18" height="4" fill="${colourOf(index)}"/>`,
    `<text x="${left + 24}" y="${height - 10}">${escape(name)}</text>`,
  ];
}

function colourOf(index: number): string {
  return colours[index % colours.length] ?? 'black';
}

function x(ms: number): number {
  const within = Math.min(Math.max(ms, axis.fromMs), axis.toMs);
  const share = Math.log(within / axis.fromMs) / Math.log(axis.toMs / axis.fromMs);
  return round(share * panel.width);
}

function y(share: number): number {
  return round((1 - share) * panel.height);
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
