// What workers and the operator may write into status, field by field.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storedAnalysis } from '../../src/api/analysis.ts';
import { storedWebhookEndpoint } from '../../src/api/webhook-endpoint.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { collectionPath, objectPath, type ResourceType } from '../../src/kube/paths.ts';
import {
  adminClient,
  analysisType,
  applyAnalysis,
  applyEndpoint,
  endpointType,
  newNamespace,
  operatorClient,
} from '../support/cluster.ts';
import { refusal } from '../support/refusal.ts';
import { analysisStatuses, endpointStatuses } from './manifests/operator-status.ts';
import { refusalOf } from './manifests/refusal.ts';
import type { Row } from './manifests/row.ts';
import { workerStatuses } from './manifests/worker-status.ts';

const url = 'https://example.com';

checkTable('a worker writes', workerStatuses, analysisType, adminClient);
checkTable('the operator writes to an Analysis', analysisStatuses, analysisType, operatorClient);
checkTable('the operator writes to a WebhookEndpoint', endpointStatuses, endpointType, operatorClient);

function checkTable(title: string, rows: readonly Row[], type: ResourceType, client: () => KubeClient): void {
  test(`the API server accepts and refuses what ${title} as the table says`, async (t) => {
    const namespace = await newNamespace(t);
    // Each on an object of its own: what a status may become depends on what it was.
    const results = await Promise.all(
      rows.map(async ([, content], index) => {
        const name = `row-${index}`;
        if (type === analysisType) await applyAnalysis(namespace, name);
        else await applyEndpoint(namespace, name, { url });
        return await refusalOf(client().patchMerge(objectPath(type, namespace, name, 'status'), content));
      }),
    );
    for (const [index, [rowTitle, , ...expected]] of rows.entries())
      await t.test(rowTitle, () => assert.equal(refusal(results[index] ?? ''), refusal(expected.join(', '))));
    await t.test('the operator can read all that was accepted', async () => {
      const { items } = await adminClient().list(collectionPath(type, namespace));
      const schema = type === analysisType ? storedAnalysis : storedWebhookEndpoint;
      assert.equal(items.length, rows.length);
      for (const item of items) schema.parse(item);
    });
  });
}
