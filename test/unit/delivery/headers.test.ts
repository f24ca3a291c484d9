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
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
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
    traceparent: event.traceparent,
  });
});
