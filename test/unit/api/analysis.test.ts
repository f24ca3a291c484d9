// What the operator reads of an Analysis.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storedAnalysis } from '../../../src/api/analysis.ts';

const metadata = {
  name: 'a',
  namespace: 'team',
  uid: '1-2',
  resourceVersion: '7',
  creationTimestamp: '2026-11-24T21:38:20Z',
};

test('results, which are large, are not kept', () => {
  const status = { phase: 'Success', percentage: 100 };
  const read = storedAnalysis.parse({
    metadata,
    spec: {},
    status: { ...status, result: { jobResults: [] } },
  });
  assert.deepEqual(read.status, status);
});

test('a result that the operator could not use hinders nothing', () => {
  assert.deepEqual(storedAnalysis.parse({ metadata, status: { result: [1] } }).status, {});
});

test('an Analysis that says nothing has not opted in, and has a status', () => {
  assert.deepEqual(storedAnalysis.parse({ metadata }), {
    metadata,
    spec: { notifyViaWebhook: false },
    status: {},
  });
});

test('what a job says is read as it was written', () => {
  const spec = {
    analysisId: 'run-7',
    customId: 'custom',
    feedId: 'feed',
    webhookUrl: 'https://example.com/jobs/7',
    notifyViaWebhook: true,
  };
  assert.deepEqual(storedAnalysis.parse({ metadata, spec }).spec, spec);
});
