// What `kubectl apply` accepts, and the very words with which it refuses the rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceType } from '../../src/kube/paths.ts';
import { adminClient, analysisType, endpointType, newNamespace } from '../support/cluster.ts';
import { analysisSpecs } from './manifests/analysis-spec.ts';
import { applyAll } from './manifests/apply.ts';
import { endpointSpecs } from './manifests/endpoint-spec.ts';
import type { Row } from './manifests/row.ts';
import { urls } from './manifests/urls.ts';

const minimalEndpoint = { spec: { url: 'https://example.com' } };

checkTable('a WebhookEndpoint', endpointType, endpointSpecs, minimalEndpoint);
checkTable('the URL of a WebhookEndpoint', endpointType, urls);
checkTable('an Analysis', analysisType, analysisSpecs);

test('the tables have a refusal for every field of a spec', async () => {
  for (const [type, rows] of [
    [endpointType, [...endpointSpecs, ...urls]],
    [analysisType, analysisSpecs],
  ] as const) {
    const fields = await fieldsOf(type);
    const refused = rows.flatMap(([, , ...lines]) => lines.map((line) => line.replaceAll(/\[\d+\]/g, '')));
    assert.ok(fields.includes('spec'));
    assert.deepEqual(
      fields.filter(
        (field) => !refused.some((line) => line.startsWith(`${field}: `) || line.startsWith(`${field}.`)),
      ),
      [],
    );
  }
});

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
}

/** The paths of the spec and all that is in it, as the API server has them, with nothing for the items of lists. */
async function fieldsOf({ plural, group }: ResourceType): Promise<string[]> {
  const crd = await adminClient().get<{
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
  }>(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.${group}`);
  const root = crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'];
  return below('spec', root);
}

function below(path: string, schema: Schema | undefined): string[] {
  const members = Object.entries({ ...schema?.properties, ...schema?.items?.properties });
  return [path, ...members.flatMap(([name, member]) => below(`${path}.${name}`, member))];
}

function checkTable(title: string, type: ResourceType, rows: readonly Row[], base: object = {}): void {
  test(`kubectl apply accepts and refuses ${title} as the table says`, async (t) => {
    const results = await applyAll(type, await newNamespace(t), rows, base);
    for (const [index, [rowTitle, , ...expected]] of rows.entries())
      await t.test(rowTitle, () => assert.equal(results[index], expected.join(', ')));
  });
}
