// What receivers can rely on in the headers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventHeaders } from '../../../src/delivery/headers.ts';

const event = {
  id: 'evt_8f1c-03',
  timestampSeconds: 1_760_000_000,
  type: 'analysis.progress',
  sequence: 3,
  attempt: 2,
  userAgent: 'heliograph/0.1.0',
  contentType: 'application/json',
  random: (size: number) => new Uint8Array(size).fill(0xab),
};

test('an attempt carries the identity of its event', () => {
  assert.deepEqual(eventHeaders(event), {
    'content-type': 'application/json',
    'user-agent': 'heliograph/0.1.0',
    'webhook-id': 'evt_8f1c-03',
    'webhook-timestamp': '1760000000',
    'heliograph-event-type': 'analysis.progress',
    'heliograph-sequence': '3',
    'heliograph-attempt': '2',
    traceparent: eventHeaders(event)['traceparent'],
  });
});

test('the attempts of an event are one trace, each with a span of its own', () => {
  const first = eventHeaders({ ...event, attempt: 1, random: (size) => new Uint8Array(size).fill(1) });
  const second = eventHeaders(event);
  const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/;
  const [, trace, span] = pattern.exec(first['traceparent'] ?? '') ?? [];
  const [, otherTrace, otherSpan] = pattern.exec(second['traceparent'] ?? '') ?? [];
  assert.equal(trace, otherTrace);
  assert.deepEqual([span, otherSpan], ['0101010101010101', 'abababababababab']);
});
