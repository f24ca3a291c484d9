// docs/images/dashboard.svg shows the dashboard. With --test-update-snapshots it is drawn anew, from a run of minutes;
// without, it has to show the panels that there are.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../../tools/control-plane/paths.ts';
import type { Series } from '../support/prometheus.ts';
import { dashboard, filledIn, type Panel } from './dashboard/panels.ts';
import { play, type Run, story } from './dashboard/run.ts';
import { axis, logarithmic, shown } from './dashboard/scale.ts';
import { draw, type Filled, type Line } from './dashboard/svg.ts';

const isUpdate = process.execArgv.includes('--test-update-snapshots');
const file = join(repository, 'docs/images/dashboard.svg');

const stepSeconds = 4;
const points = story.seconds / stepSeconds + 1;

if (isUpdate)
  test('the picture of the dashboard is drawn', async (t) => {
    const run = await play(t);
    const filled: Filled[] = [];
    for (const panel of dashboard().panels) filled.push({ panel, lines: await linesOf(panel, run) });
    const title = 'The dashboard, drawn from a run of four minutes';
    writeFileSync(file, draw(filled, { title, seconds: story.seconds }));
  });

async function linesOf(
  { title, targets = [] }: Panel,
  { prometheus, namespace, start, end }: Run,
): Promise<Line[]> {
  const found: Line[] = [];
  for (const target of targets) {
    const expression = filledIn(target, { namespace, rateSeconds: 10, rangeSeconds: story.seconds });
    const series = await prometheus.queryRange(expression, { start, end, step: stepSeconds });
    assert.ok(series.length > 0, `${title} shows nothing`);
    found.push(
      ...series.map((one) => ({ name: nameOf(target.legendFormat, one), values: valuesOf(one, start) })),
    );
  }
  return found;
}

function nameOf(format: string | undefined, { metric }: Series): string {
  return (format ?? '').replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '');
}

function valuesOf({ values }: Series, start: number): number[] {
  const known = new Map(values.map(([at, value]) => [Math.round((at - start) / stepSeconds), value]));
  return Array.from({ length: points }, (_, index) => known.get(index) ?? NaN);
}

test('the picture shows the panels that there are, and the page says so', () => {
  const svg = readFileSync(file, 'utf8');
  const titles = [...svg.matchAll(/<text class="(?:title|row)"[^>]*>([^<]*)</g)].map(([, title]) => title);
  assert.deepEqual(
    titles,
    dashboard().panels.map(({ title }) => title),
    'npm run docs:dashboard draws it',
  );
  assert.ok(readFileSync(join(repository, 'docs/metrics.md'), 'utf8').includes('](images/dashboard.svg)'));
});

test('an axis is round and has room for its lines', () => {
  for (const max of [0.0013, 0.2, 1, 3, 7.2, 99, 512, 96_000_000]) {
    const { top, step } = axis(max);
    assert.ok(top >= max && top - step < max, `${max}: ${top}`);
    assert.ok(top / step >= 2 && top / step <= 4.01, `${max}: ${top} / ${step}`);
  }
  const { levels, place } = logarithmic([0.02, NaN, 0, 30]);
  assert.deepEqual(
    levels.map(([level]) => level),
    [0.01, 0.1, 1, 10, 100],
  );
  assert.equal(place(1), 0.5);
  assert.equal(shown(0.0123, 's'), '12.3 ms');
  assert.equal(shown(95_000_000, 'bytes'), '95 MB');
});

test('a drawing has every series that is not 0, and no line where there is no value', () => {
  const panel = dashboard().panels.find(({ title }) => title === 'Endpoints that are only probed');
  assert.ok(panel !== undefined);
  const lines = [
    { name: 'one & two', values: [1, NaN, 3, 4] },
    { name: 'nothing', values: [0, 0, 0, 0] },
  ];

  const svg = draw([{ panel, lines }], { title: '', seconds: 60 });

  assert.match(svg, /one &amp; two/);
  assert.doesNotMatch(svg, /nothing/);
  assert.equal(/class="line c0" d="([^"]*)"/.exec(svg)?.[1]?.match(/M/g)?.length, 2);
});
