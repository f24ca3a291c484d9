// The ids of events and pings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formats } from '../../../src/api/webhook-endpoint.ts';
import { pingBody, pingId, webhookId } from '../../../src/events/body.ts';
import { endpointUid, eventOf, inputOf, pingOf, received, sent } from './body-samples.ts';

/** No dot, which signatures are joined with; what a header and status can hold. */
const wellFormed = /^[A-Za-z0-9-]{1,64}$/;

test('ids of events differ for every analysis and number, and have no dot', () => {
  const ids = fc.tuple(fc.uuid(), fc.integer({ min: 1, max: 11 }));
  fc.assert(
    fc.property(ids, ids, (one, other) => {
      assert.equal(webhookId(...one) === webhookId(...other), one.join() === other.join());
      assert.match(webhookId(...one), wellFormed);
    }),
  );
});

test('ids of pings differ for every endpoint and value, are no id of an event, and have no dot', () => {
  const asked = fc.tuple(
    fc.constantFrom(endpointUid, '1f0e5b7a-3f43-4a57-8b7e-5d3a0f1c9e20'),
    fc.oneof(fc.constantFrom('', '1', '2', '1.2', 'x'.repeat(262_144)), fc.string({ maxLength: 20 })),
  );
  fc.assert(
    fc.property(asked, asked, fc.integer({ min: 1, max: 11 }), (one, other, sequence) => {
      assert.equal(pingId(...one) === pingId(...other), one[0] === other[0] && one[1] === other[1]);
      assert.notEqual(pingId(...one), webhookId(one[0], sequence));
      assert.match(pingId(...one), wellFormed);
    }),
  );
});

test('the id in a body is the webhook-id', () => {
  const event = eventOf['analysis.progress'];
  for (const format of ['Envelope', 'CloudEvents'] as const) {
    const input = inputOf(format, event);
    assert.equal(received(sent(input))['id'], webhookId(input.analysis.metadata.uid, event.sequence));
  }
  for (const format of formats) {
    const body = received(pingBody(pingOf(format, {}, { value: '2' })));
    if ('id' in body) assert.equal(body['id'], pingId(endpointUid, '2'), format);
  }
});
