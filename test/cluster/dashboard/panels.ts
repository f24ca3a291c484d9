// The panels of the chart's dashboard.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../../../tools/control-plane/paths.ts';
import { chart } from '../../support/helm.ts';

export interface Query {
  expr: string;
  /** What a series is called, with its labels as {{label}}. */
  legendFormat?: string;
}

export interface Panel {
  type: 'stat' | 'timeseries' | 'row';
  title: string;
  description: string;
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig: { defaults: { unit: string; custom?: { stacking?: object; scaleDistribution?: object } } };
  /** None in the title of a row. */
  targets?: readonly Query[];
}

export function dashboard(): { panels: readonly Panel[] } {
  return JSON.parse(readFileSync(join(repository, chart, 'files/dashboard.json'), 'utf8')) as {
    panels: readonly Panel[];
  };
}

/** Every query with the title of its panel. */
export function queries(): (Query & { title: string })[] {
  return dashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map((query) => ({ ...query, title })),
  );
}

/** The expression as Grafana sends it. */
export function filledIn(
  { expr }: Query,
  { namespace, rateSeconds, rangeSeconds }: { namespace: string; rateSeconds: number; rangeSeconds: number },
): string {
  const filled = expr
    .replaceAll('$namespace', namespace)
    .replaceAll('$job', '.+')
    .replaceAll('$__rate_interval', `${rateSeconds}s`)
    .replaceAll('$__range', `${rangeSeconds}s`);
  if (filled.includes('$')) throw new Error(`there is a variable left in ${filled}`);
  return filled;
}
