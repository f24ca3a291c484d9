// The sentences that users read about an attempt.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyStatus, describe } from '../../../src/delivery/outcome.ts';

test('a status code decides the outcome', () => {
  for (const code of [200, 204, 299]) assert.equal(classifyStatus(code), 'delivered');
  for (const code of [300, 302, 400, 404, 429, 500, 503, 999]) assert.equal(classifyStatus(code), 'rejected');
  assert.equal(classifyStatus(410), 'gone');
});

test('where only 200 counts, everything else is rejected, 410 included', () => {
  assert.equal(classifyStatus(200, 'Only200'), 'delivered');
  for (const code of [201, 204, 299, 302, 400, 410, 429, 500])
    assert.equal(classifyStatus(code, 'Only200'), 'rejected');
  assert.equal(classifyStatus(204, 'Any2xx'), 'delivered');
});

test('a success is a sentence of its own', () => {
  const sentence = describe('analysis.progress', { outcome: 'delivered', message: 'answered 200 OK' });
  assert.equal(sentence, 'webhook event with type analysis.progress succeeded');
});

test('a failure says why', () => {
  const sentence = describe('analysis.progress', { outcome: 'timed_out', message: 'timed out after 10 s' });
  assert.equal(sentence, 'webhook event with type analysis.progress failed: timed out after 10 s');
});

test('a sentence keeps to 256 bytes as the API server encodes them', () => {
  const sentence = describe('analysis.failed', { outcome: 'rejected', message: '<'.repeat(256) });
  assert.match(sentence, /^webhook event with type analysis.failed failed: <{34}$/);
});
