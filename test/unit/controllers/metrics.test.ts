// The counters of the operator: there from the start, so that the first event counts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { clientMetrics, createMetrics, reflectorMetrics } from '../../../src/controllers/metrics.ts';

test('every counter begins with 0 for every combination of its labels', async () => {
  const registry = new Registry();
  createMetrics(registry, '1.2.3');
  const counters = (await registry.getMetricsAsJSON()).filter(({ type }) => String(type) === 'counter');

  assert.ok(counters.length >= 8);
  for (const { name, values } of counters) {
    assert.ok(values.length > 0, name);
    for (const { value } of values) assert.equal(value, 0, name);
  }
  const restarts = counters.find(({ name }) => name === 'heliograph_reflector_restarts_total');
  assert.equal(restarts?.values.length, 12);
});

test('a request counts by its verb and the class of its status, and how long it took unless it is a watch', async () => {
  const registry = new Registry();
  const client = clientMetrics(createMetrics(registry, '1.2.3'));
  client.ended('patch', { status: 200, durationMs: 20 });
  client.ended('patch', { status: 429, durationMs: 20 });
  client.ended('get', { status: undefined, durationMs: 30_000 });
  client.ended('watch', { status: 200, durationMs: 20 });

  const text = await registry.metrics();

  for (const sample of [
    'heliograph_api_requests_total{verb="patch",code="2xx"} 1',
    'heliograph_api_requests_total{verb="patch",code="4xx"} 1',
    'heliograph_api_requests_total{verb="get",code="none"} 1',
    'heliograph_api_requests_total{verb="watch",code="2xx"} 1',
    'heliograph_api_requests_throttled_total 1',
    'heliograph_api_request_duration_seconds_count{verb="patch"} 2',
    'heliograph_api_request_duration_seconds_sum{verb="get"} 30',
  ])
    assert.ok(text.split('\n').includes(sample), sample);
  assert.doesNotMatch(text, /duration_seconds_count\{verb="watch"/);
});

test('a reflector counts for its resource', async () => {
  const registry = new Registry();
  const reflector = reflectorMetrics(createMetrics(registry, '1.2.3'), 'leases');
  reflector.listed();
  reflector.restarted('idle');

  const text = await registry.metrics();

  assert.match(text, /^heliograph_reflector_lists_total\{resource="leases"\} 1$/m);
  assert.match(text, /^heliograph_reflector_restarts_total\{resource="leases",reason="idle"\} 1$/m);
});
