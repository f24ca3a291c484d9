// The circuits of endpoints, as they are driven.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Circuits } from '../../../src/controllers/circuits.ts';
import { endpointOf } from '../events/samples.ts';

const endpoint = endpointOf('dead', { delivery: { initialBackoffSeconds: 1, maxBackoffSeconds: 1 } });
const { uid } = endpoint.metadata;

/** With ten failures of two analyses it opens. */
function opened(): Circuits {
  const circuits = new Circuits(() => {});
  for (let failure = 1; failure <= 10; failure += 1) {
    const pass = circuits.permit(uid);
    assert.ok(pass);
    circuits.record(endpoint, pass, { outcome: 'unreachable', source: `analysis-${failure % 2}` });
  }
  assert.equal(circuits.isOpen(uid), true);
  return circuits;
}

test('a probe goes on to the next in line, however many have no use for it', async () => {
  const circuits = opened();
  const served: number[] = [];
  const used = Promise.withResolvers<void>();
  const count = 10_000;
  for (let index = 0; index < count; index += 1)
    circuits.join(uid, (probe) => {
      served.push(index);
      if (probe === undefined) return;
      if (index < count - 1) circuits.abandon(uid, probe);
      else {
        circuits.record(endpoint, probe, { outcome: 'delivered', statusCode: 200, source: 'analysis-1' });
        used.resolve();
      }
    });
  await used.promise;
  assert.equal(served.length, count);
  assert.equal(circuits.isOpen(uid), false);
});

test('a forgotten circuit calls whoever waits, and wakes nothing any more', () => {
  const circuits = opened();
  let called = 0;
  circuits.join(uid, () => (called += 1));
  circuits.forget(uid);
  assert.equal(called, 1);
  assert.equal(circuits.isOpen(uid), false);
  assert.equal(circuits.nextProbeTime(uid), undefined);
});

test('it tells when it opens and closes', () => {
  const told: (string | undefined)[] = [];
  const circuits = new Circuits((one) => told.push(circuits.nextProbeTime(one)));
  for (let failure = 1; failure <= 10; failure += 1) {
    const pass = circuits.permit(uid);
    if (pass) circuits.record(endpoint, pass, { outcome: 'timed_out', source: `analysis-${failure % 2}` });
  }
  circuits.reset(uid);
  assert.equal(told.length, 2);
  assert.match(told[0] ?? '', /^\d{4}-.*Z$/);
  assert.equal(told[1], undefined);
});
