// The chart's generated files, and that the schema leaves nothing open by mistake.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { repository } from '../../tools/control-plane/paths.ts';
import { chartFiles } from '../../tools/generate/chart-files.ts';
import { chart } from '../support/helm.ts';

const read = (path: string) => readFileSync(join(repository, chart, path), 'utf8');

test('they are what they are made from: after a change there, run `npm run generate`', () => {
  for (const [path, content] of chartFiles()) assert.equal(read(path), content, path);
  assert.deepEqual(
    readdirSync(join(repository, chart, 'files/crds')).toSorted(),
    readdirSync(join(repository, 'crds')).toSorted(),
  );
});

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: false | Schema;
  readonly items?: Schema;
}

/** Kubernetes' own types, which the API server checks, and what Helm gives to a part of another chart. */
const open = [
  'affinity.nodeAffinity',
  'affinity.podAffinity',
  'affinity.podAntiAffinity',
  'topologySpreadConstraints[].labelSelector',
  'extraEnv[].valueFrom',
  'extraVolumes[]',
  'networkPolicy.metricsFrom[].podSelector',
  'networkPolicy.metricsFrom[].namespaceSelector',
  'networkPolicy.metricsFrom[].ipBlock',
  'extraObjects[]',
  'extraObjects[].metadata',
  'global',
];

test('every object of the schema is closed but those that are not ours', () => {
  assert.deepEqual(openUnder(JSON.parse(read('values.schema.json')) as Schema, ''), open);
});

function openUnder({ type, properties = {}, additionalProperties, items }: Schema, path: string): string[] {
  const isOpen = type === 'object' && (additionalProperties === undefined || isEmpty(additionalProperties));
  return [
    ...(isOpen ? [path] : []),
    ...Object.entries(properties).flatMap(([key, one]) =>
      openUnder(one, path === '' ? key : `${path}.${key}`),
    ),
    ...(items === undefined ? [] : openUnder(items, `${path}[]`)),
  ];
}

function isEmpty(schema: false | Schema): boolean {
  return schema !== false && Object.keys(schema).length === 0;
}

test('Artifact Hub is told of the resources that there are', () => {
  const { annotations } = parse(read('Chart.yaml')) as { annotations: Record<string, string> };
  const told = parse(annotations['artifacthub.io/crds'] ?? '') as {
    name: string;
    kind: string;
    version: string;
  }[];
  const crds = readdirSync(join(repository, 'crds')).map(
    (file) => parse(readFileSync(join(repository, 'crds', file), 'utf8')) as Crd,
  );

  assert.deepEqual(
    new Set(told.map(({ name, kind, version }) => `${name} ${kind} ${version}`)),
    new Set(crds.map(({ metadata, spec }) => `${metadata.name} ${spec.names.kind} ${spec.versions[0].name}`)),
  );
});

interface Crd {
  metadata: { name: string };
  spec: { names: { kind: string }; versions: [{ name: string }] };
}

test('the chart is of the version of the package', () => {
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    version: string;
  };
  const {
    version: ofChart,
    appVersion,
    annotations,
  } = parse(read('Chart.yaml')) as {
    version: string;
    appVersion: string;
    annotations: Record<string, string>;
  };

  assert.deepEqual({ ofChart, appVersion }, { ofChart: version, appVersion: version });
  assert.ok(annotations['artifacthub.io/images']?.includes(`ghcr.io/heliograph/heliograph:${version}\n`));
});
