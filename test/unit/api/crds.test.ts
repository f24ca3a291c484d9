// The files in crds/: that they are what src/api says, and that the API server and kubectl explain can use them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { crdFiles } from '../../../tools/generate/files.ts';

interface Schema {
  readonly type: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly 'x-kubernetes-validations'?: readonly {
    readonly message?: string;
    readonly reason?: string;
    readonly fieldPath?: string;
  }[];
  readonly [keyword: string]: unknown;
}

interface Definition {
  readonly spec: {
    readonly versions: readonly {
      readonly schema: { readonly openAPIV3Schema: Schema };
      readonly additionalPrinterColumns: readonly { readonly jsonPath: string }[];
      readonly selectableFields: readonly { readonly jsonPath: string }[];
    }[];
  };
}

const folder = new URL('../../../crds/', import.meta.url);
const files = readdirSync(folder).map((name) => ({
  name,
  yaml: readFileSync(new URL(name, folder), 'utf8'),
}));

const versions = files.flatMap(({ name, yaml }) => {
  const { spec } = parse(yaml) as Definition;
  return spec.versions.map((version) => ({ ...version, name }));
});

interface Node {
  readonly path: string;
  readonly schema: Schema;
  /** Whether it is a field, and not what a list or a map consists of. */
  readonly isField: boolean;
}

function nodesUnder(path: string, schema: Schema, isField = true): Node[] {
  const { properties = {}, items, additionalProperties } = schema;
  return [
    { path, schema, isField },
    ...Object.entries(properties).flatMap(([name, one]) => nodesUnder(`${path}.${name}`, one)),
    ...(items === undefined ? [] : nodesUnder(`${path}[]`, items, false)),
    ...(additionalProperties === undefined ? [] : nodesUnder(`${path}{}`, additionalProperties, false)),
  ];
}

/** All that is ours: the API server has its own schema for apiVersion, kind and metadata. */
const nodes = versions.flatMap(({ name, schema }) => {
  const { spec, status } = schema.openAPIV3Schema.properties ?? {};
  assert.ok(spec !== undefined && status !== undefined);
  return [...nodesUnder(`${name} spec`, spec), ...nodesUnder(`${name} status`, status)];
});

/** What the worker has to say to the receiver, which we do not know. */
const free = 'heliograph.dev_analyses.yaml status.result';

/** Where a check fails; every node is looked at. */
const failing = (isWrong: (schema: Schema, node: Node) => boolean) =>
  nodes.filter((node) => isWrong(node.schema, node)).map(({ path }) => path);

test('crds/ holds what src/api says: after a change there, run `npm run generate`', () => {
  assert.deepEqual(
    files.map(({ name }) => name),
    [...crdFiles().keys()].toSorted(),
  );
  for (const { name, yaml } of files) assert.equal(yaml, crdFiles().get(name), name);
});

test('both resources are there, and their schemas are looked at to the bottom', () => {
  assert.equal(versions.length, 2);
  const paths = nodes.map(({ path }) => path);
  for (const path of [
    free,
    'heliograph.dev_webhookendpoints.yaml spec.headers[].valueFrom.secretKeyRef.key',
    'heliograph.dev_webhookendpoints.yaml spec.eventTypeNames{}',
    'heliograph.dev_analyses.yaml status.delivery.endpoints[].deliveries[].nextAttemptTime',
    'heliograph.dev_webhookendpoints.yaml spec.analysisSelector.matchLabels{}',
  ])
    assert.ok(paths.includes(path), path);
});

test('each file is under 256 KiB', () => {
  for (const { name, yaml } of files) assert.ok(Buffer.byteLength(yaml) < 262_144, name);
});

const bounds: Record<string, (schema: Schema) => boolean> = {
  boolean: () => true,
  string: (schema) => 'enum' in schema || 'maxLength' in schema,
  integer: (schema) => 'minimum' in schema && 'maximum' in schema,
  array: (schema) => 'maxItems' in schema && schema.items !== undefined,
  object: (schema) => schema.properties !== undefined || 'maxProperties' in schema,
};

test('everything but a result has one of five types and a bound: no floats, nothing of unknown type', () => {
  assert.deepEqual(
    failing((schema) => bounds[schema.type]?.(schema) !== true),
    [free],
  );
});

test('integers have the format that holds their bounds', () => {
  const limits: Record<string, number> = { int32: 2 ** 31 - 1, int64: Number.MAX_SAFE_INTEGER };
  assert.deepEqual(
    failing(
      ({ type, format, maximum }) =>
        type === 'integer' && Number(maximum) > (limits[String(format)] ?? Number.NEGATIVE_INFINITY),
    ),
    [],
  );
});

test('every list says how it is merged, and one that is merged by key names the key', () => {
  assert.deepEqual(
    failing(({ type, 'x-kubernetes-list-type': kind, 'x-kubernetes-list-map-keys': keys }) => {
      if (type !== 'array') return kind !== undefined;
      return kind === 'map' ? !Array.isArray(keys) : kind !== 'atomic' && kind !== 'set';
    }),
    [],
  );
});

test('nothing unknown is kept but in a result, which is an object', () => {
  assert.deepEqual(
    failing((schema) => 'x-kubernetes-preserve-unknown-fields' in schema),
    [free],
  );
  assert.equal(nodes.find(({ path }) => path === free)?.schema.type, 'object');
});

const isDescribed = ({ description = '' }: Schema) => /\w.*\.$/su.test(description);

test('every field and both resources have a description', () => {
  assert.deepEqual(
    failing((schema, { isField }) => isField && !isDescribed(schema)),
    [],
  );
  for (const { schema } of versions) assert.ok(isDescribed(schema.openAPIV3Schema));
});

test('no description or message has ${ in it, which templates would read', () => {
  for (const { name, yaml } of files) assert.ok(!yaml.includes('${'), name);
});

test('every rule says what must be, why it refuses, and names a field that exists', () => {
  const roots = versions.map(({ name, schema }) => ({ path: name, schema: schema.openAPIV3Schema }));
  for (const { path, schema } of [...roots, ...nodes])
    for (const { message, reason, fieldPath } of schema['x-kubernetes-validations'] ?? []) {
      assert.match(message ?? '', /\bmust\b/u, path);
      assert.match(reason ?? '', /^FieldValue(Invalid|Forbidden|Required)$/u, path);
      if (fieldPath !== undefined) assert.ok(find(schema, fieldPath) !== undefined, `${path}: ${fieldPath}`);
    }
});

/** The schema of a simple JSON path; of one with a filter, that of the list's members. */
function find(schema: Schema, jsonPath: string): Schema | undefined {
  return jsonPath
    .replaceAll(/\[[^\]]*\]/gu, '.[]')
    .split('.')
    .slice(1)
    .reduce<Schema | undefined>((one, key) => (key === '[]' ? one?.items : one?.properties?.[key]), schema);
}

test('every printed column and selectable field is a field that exists', () => {
  for (const { name, schema, additionalPrinterColumns, selectableFields } of versions) {
    const paths = [...additionalPrinterColumns, ...selectableFields].map(({ jsonPath }) => jsonPath);
    assert.ok(paths.length > 5, name);
    for (const path of paths.filter((one) => !one.startsWith('.metadata.')))
      assert.ok(find(schema.openAPIV3Schema, path) !== undefined, `${name}: ${path}`);
  }
});
