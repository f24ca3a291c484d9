// The generated files of the chart as text: copies of the CRDs, the schema of its values, and the table in its README.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { repository } from '../control-plane/paths.ts';
import { type ChartValue, readChartValues } from './chart-comments.ts';
import { chartValues } from './chart-values.ts';
import { crdFiles } from './files.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const chart = join(repository, 'helm/heliograph');
const [begin, end] = ['<!-- values -->\n', '<!-- end of values -->'];

/** Path in the chart's folder → content. Throws an Error about a value without a comment. */
export function chartFiles(): ReadonlyMap<string, string> {
  const values = readChartValues(readFileSync(join(chart, 'values.yaml'), 'utf8'));
  return new Map([
    ...[...crdFiles()].map(([name, yaml]) => [`files/crds/${name}`, yaml] as const),
    ['values.schema.json', `${JSON.stringify(schema(values), null, 2)}\n`],
    ['README.md', withTable(readFileSync(join(chart, 'README.md'), 'utf8'), values)],
  ]);
}

function schema(values: readonly ChartValue[]): Json {
  const comments = new Map(values.map(({ path, comment }) => [path, comment]));
  return described(z.toJSONSchema(chartValues, { io: 'input' }) as Json, '', comments);
}

/** With what editors show of a value. */
function described(node: Json, path: string, comments: ReadonlyMap<string, string>): Json {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return node;
  const { propertyNames: _, pattern, properties, additionalProperties, items, ...rest } = node;
  const below = (one: Json, key: string) => described(one, `${path}${path && '.'}${key}`, comments);
  const description = comments.get(path);
  return {
    ...(description === undefined ? {} : { description }),
    ...rest,
    ...(typeof pattern === 'string' ? { pattern: pattern.replaceAll('\\/', '/') } : {}),
    ...(isObject(properties)
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, one]) => [key, below(one, key)]),
          ),
        }
      : {}),
    ...(additionalProperties === undefined ? {} : { additionalProperties: below(additionalProperties, '*') }),
    ...(items === undefined ? {} : { items: below(items, '[]') }),
  };
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withTable(readme: string, values: readonly ChartValue[]): string {
  const [before, rest] = readme.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`README.md lacks ${begin.trim()} or ${end}`);
  const rows = values.map(
    ({ path, comment, preset }) => `| \`${path}\` | \`${JSON.stringify(preset)}\` | ${comment} |\n`,
  );
  return `${before}${begin}| value | default | what it is |\n| --- | --- | --- |\n${rows.join('')}${end}${after}`;
}
