// What is read of objects that do not fit the schema: enough to say so without losing what their status had.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionsOf, parseAnalysis, parseEndpoint } from '../../../src/controllers/resources.ts';
import { analysisOf, endpointOf, timeAt } from '../events/samples.ts';

const conditions = [
  { type: 'Other', status: 'True', reason: 'Fine', message: '', lastTransitionTime: timeAt(0) },
];

test('an endpoint whose spec cannot be read keeps its status', () => {
  const { metadata } = endpointOf('partner');
  const status = { observedGeneration: 1, deliveredCount: 7, conditions };
  const observed = parseEndpoint({ metadata, spec: { url: 'https://example.com', format: 'Odd' }, status });
  assert.equal(observed.endpoint, undefined);
  assert.match(observed.problem ?? '', /^spec\.format: /);
  assert.deepEqual(observed.status, status);
});

test('a status that cannot be read either is as good as none', () => {
  const { metadata } = endpointOf('partner');
  const { endpoint, status } = parseEndpoint({ metadata, spec: {}, status: { deliveredCount: 'many' } });
  assert.deepEqual([endpoint, status], [undefined, undefined]);
});

test('an analysis that cannot be read keeps its conditions', () => {
  const { metadata } = analysisOf();
  const raw = { metadata, status: { phase: 'Pondering', conditions } };
  assert.throws(() => parseAnalysis(raw), /status\.phase: /);
  assert.deepEqual(conditionsOf(raw), conditions);
  assert.equal(conditionsOf({ metadata, status: { conditions: 'none' } }), undefined);
  assert.equal(conditionsOf({ metadata }), undefined);
});
