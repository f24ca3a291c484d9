// What `kubectl apply` accepts, and the very words with which it refuses the rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storedAnalysis } from '../../src/api/analysis.ts';
import { storedWebhookEndpoint } from '../../src/api/webhook-endpoint.ts';
import { collectionPath, type ResourceType } from '../../src/kube/paths.ts';
import { adminClient, analysisType, endpointType, newNamespace } from '../support/cluster.ts';
import { refusal } from '../support/refusal.ts';
import { analysisSpecs } from './manifests/analysis-spec.ts';
import { applyAll } from './manifests/apply.ts';
import { endpointSpecs } from './manifests/endpoint-spec.ts';
import { eventNames } from './manifests/event-names.ts';
import { headers } from './manifests/headers.ts';
import { references } from './manifests/references.ts';
import type { Row } from './manifests/row.ts';
import { selectors } from './manifests/selector.ts';
import { urls } from './manifests/urls.ts';

const minimalEndpoint = { spec: { url: 'https://example.com' } };

checkTable('a WebhookEndpoint', endpointType, endpointSpecs, minimalEndpoint);
checkTable('the URL of a WebhookEndpoint', endpointType, urls('spec.url'));
checkTable('the events of a WebhookEndpoint', endpointType, eventNames, minimalEndpoint);
checkTable('the selector of a WebhookEndpoint', endpointType, selectors, minimalEndpoint);
checkTable('the headers of a WebhookEndpoint', endpointType, headers, minimalEndpoint);
checkTable('what a WebhookEndpoint refers to', endpointType, references, minimalEndpoint);
checkTable('an Analysis', analysisType, analysisSpecs);
checkTable('the URL of an Analysis', analysisType, urls('spec.webhookUrl'));

function checkTable(title: string, type: ResourceType, rows: readonly Row[], base: object = {}): void {
  test(`kubectl apply accepts and refuses ${title} as the table says`, async (t) => {
    const namespace = await newNamespace(t);
    const results = await applyAll(type, namespace, rows, base);
    for (const [index, [rowTitle, , ...expected]] of rows.entries())
      await t.test(rowTitle, () => assert.equal(refusal(results[index] ?? ''), refusal(expected.join(', '))));
    await t.test('the operator can read all that was accepted', async () => {
      const { items } = await adminClient().list(collectionPath(type, namespace));
      const schema = type === analysisType ? storedAnalysis : storedWebhookEndpoint;
      assert.equal(items.length, rows.filter(([, , ...refused]) => refused.length === 0).length);
      for (const item of items) schema.parse(item);
    });
  });
}
