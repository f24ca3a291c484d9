// When a Lease counts as held, by our own clock, whatever the holder's says; and what was written into one by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Lease, leaseBody, LeaseBook, parseLease } from '../../../src/kube/lease.ts';

const durationMs = 15_000;

function leaseOf(spec: object, metadata: object = {}): Lease {
  return parseLease({
    metadata: { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '1', ...metadata },
    spec: { holderIdentity: 'one', leaseDurationSeconds: durationMs / 1000, ...spec },
  });
}

test('a holder whose clock is years off counts as alive for as long as it renews', () => {
  const book = new LeaseBook();
  const times = ['2040-01-01T00:00:00Z', '2001-01-01T00:00:00Z', '2001-01-01T00:00:00.000001Z', ''];
  for (const [index, renewTime] of times.entries()) {
    book.observe(leaseOf({ renewTime }), index * 14_000);
    assert.ok(book.isHeld('a', index * 14_000 + 14_999));
  }
  assert.ok(!book.isHeld('a', 3 * 14_000 + 15_000));
});

test('what is seen for the first time counts as renewed just then', () => {
  const book = new LeaseBook();
  book.observe(leaseOf({ renewTime: '2001-01-01T00:00:00Z' }), 1_000_000);
  assert.equal(book.silentMs('a', 1_000_000), 0);
  assert.equal(book.silentMs('b', 1_000_000), Infinity);
});

test('a note of somebody else is no renewal, and the same name made anew is', () => {
  const book = new LeaseBook();
  book.observe(leaseOf({}), 0);
  book.observe(leaseOf({}, { resourceVersion: '2', annotations: { note: 'x' } }), 10_000);
  assert.ok(!book.isHeld('a', durationMs));
  book.observe(leaseOf({}, { uid: 'v' }), 20_000);
  assert.ok(book.isHeld('a', 20_000 + durationMs - 1));
});

test('one that was deleted by hand is held for as long as its holder may believe so', () => {
  const book = new LeaseBook();
  book.observe(leaseOf({}), 0);
  book.vanish('a');
  assert.ok(book.isHeld('a', durationMs - 1));
  assert.ok(!book.isHeld('a', durationMs));
  assert.equal(book.get('a')?.metadata.resourceVersion, '');
});

test('only what may concern others is news', () => {
  const book = new LeaseBook();
  assert.ok(book.observe(leaseOf({ renewTime: '1' }), 0), 'it is new');
  assert.ok(!book.observe(leaseOf({ renewTime: '2' }), 1000), 'a renewal');
  assert.ok(book.observe(leaseOf({ renewTime: '2' }, { labels: { a: 'b' } }), 2000), 'other labels');
  assert.ok(book.observe(leaseOf({ renewTime: '3' }, { labels: { a: 'b' } }), 90_000), 'it had run out');
  assert.ok(book.observe(leaseOf({ renewTime: '3', holderIdentity: '' }), 91_000), 'it is given back');
});

test('whatever is in a Lease, it can be read, it runs out within an hour, and it can be written again', () => {
  const nonsense = fc.dictionary(
    fc.constantFrom('holderIdentity', 'leaseDurationSeconds', 'renewTime', 'leaseTransitions', 'acquireTime'),
    fc.anything(),
  );
  fc.assert(
    fc.property(fc.oneof(nonsense, fc.anything()), fc.anything(), (spec, labels) => {
      const lease = parseLease({ metadata: { name: 'a', labels }, spec });
      const book = new LeaseBook();
      book.observe(lease, 0);
      assert.ok(!book.isHeld('a', 3_600_000));
    }),
  );
  const most = leaseOf({ leaseTransitions: 2 ** 31 - 1, leaseDurationSeconds: 2 ** 31 - 1 });
  const written = leaseBody({
    metadata: {},
    holder: 'two',
    durationMs,
    transitions: most.transitions + 1,
    now: '2001-01-01T00:00:00.000000Z',
  });
  assert.equal(written.spec.leaseTransitions, 0);
});
