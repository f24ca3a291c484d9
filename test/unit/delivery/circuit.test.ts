// When an endpoint is left alone, who may ask whether it is back, and when.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attempted, type Circuit, createCircuit, type Pass } from '../../../src/delivery/circuit.ts';

const down: Attempted = { outcome: 'unreachable', source: 'a' };
const delivered: Attempted = { outcome: 'delivered', statusCode: 200, source: 'a' };

/** As of the default spec; with the longest delays unless told otherwise. */
const timing = (nowMs: number, random = 1 - Number.EPSILON) => ({
  nowMs,
  initialBackoffMs: 5000,
  maxBackoffMs: 3_600_000,
  random: () => random,
});

function attempt(circuit: Circuit, attempted: Attempted, nowMs = 0): void {
  const pass = circuit.permit();
  assert.ok(pass !== undefined, 'not permitted');
  pass.record(attempted, timing(nowMs));
}

/** Failures of two sources in turn. */
function fail(circuit: Circuit, times: number, attempted: Attempted = down): void {
  for (let count = 0; count < times; count += 1)
    attempt(circuit, { ...attempted, source: count % 2 === 0 ? 'a' : 'b' });
}

function openCircuit(): Circuit {
  const circuit = createCircuit();
  fail(circuit, 10);
  return circuit;
}

/** The probe that is handed out at this time; the test fails if there is none. */
function probeAt(circuit: Circuit, nowMs: number): Pass {
  const probes: (Pass | undefined)[] = [];
  circuit.join((pass) => probes.push(pass));
  circuit.serve(nowMs);
  const [probe] = probes;
  assert.ok(probe?.isProbe === true, `no probe at ${nowMs}`);
  return probe;
}

test('it opens after ten failures in a row', () => {
  const circuit = createCircuit();
  fail(circuit, 9);
  assert.equal(circuit.open, undefined);
  fail(circuit, 1);
  assert.deepEqual(circuit.open, { probeAtMs: 5000, failedProbes: 0, isProbing: false });
  assert.equal(circuit.permit(), undefined);
});

test('an analysis that is never accepted does not open it alone', () => {
  const circuit = createCircuit();
  for (let count = 0; count < 30; count += 1) attempt(circuit, down);
  assert.equal(circuit.open, undefined);
  attempt(circuit, { ...down, source: 'b' });
  assert.notEqual(circuit.open, undefined);
});

const failures: readonly Omit<Attempted, 'source'>[] = [
  { outcome: 'unreachable' },
  { outcome: 'timed_out' },
  { outcome: 'rejected', statusCode: 429 },
  { outcome: 'rejected', statusCode: 500 },
  { outcome: 'rejected', statusCode: 503 },
  { outcome: 'rejected', statusCode: 599 },
];

const signsOfLife: readonly Omit<Attempted, 'source'>[] = [
  { outcome: 'delivered', statusCode: 200 },
  { outcome: 'rejected', statusCode: 204 },
  { outcome: 'rejected', statusCode: 302 },
  { outcome: 'rejected', statusCode: 400 },
  { outcome: 'rejected', statusCode: 401 },
  { outcome: 'gone', statusCode: 410 },
  { outcome: 'tls' },
  { outcome: 'denied' },
];

for (const end of failures) {
  test(`${end.outcome} ${end.statusCode ?? ''} counts as a failure`, () => {
    const circuit = createCircuit();
    fail(circuit, 10, { ...end, source: 'a' });
    assert.notEqual(circuit.open, undefined);
  });
}

for (const end of signsOfLife) {
  test(`${end.outcome} ${end.statusCode ?? ''} starts the count anew, and closes an open circuit`, () => {
    const circuit = createCircuit();
    fail(circuit, 9);
    attempt(circuit, { ...end, source: 'a' });
    fail(circuit, 9);
    assert.equal(circuit.open, undefined);
    fail(circuit, 1);
    probeAt(circuit, 5000).record({ ...end, source: 'a' }, timing(5000));
    assert.equal(circuit.open, undefined);
  });
}

test('the count of sources starts anew as well', () => {
  const circuit = createCircuit();
  attempt(circuit, { ...down, source: 'b' });
  attempt(circuit, delivered);
  for (let count = 0; count < 20; count += 1) attempt(circuit, down);
  assert.equal(circuit.open, undefined);
});

test('a failed probe doubles the wait, up to five minutes', () => {
  const circuit = openCircuit();
  const waits: number[] = [];
  let nowMs = 5000;
  for (let count = 0; count < 8; count += 1) {
    probeAt(circuit, nowMs).record(down, timing(nowMs));
    const probeAtMs = circuit.open?.probeAtMs ?? 0;
    waits.push(probeAtMs - nowMs);
    nowMs = probeAtMs;
  }
  assert.deepEqual(waits, [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
});

test('the wait keeps to the longest backoff of the spec, and is random between half of it and all of it', () => {
  const circuit = openCircuit();
  const spec = { nowMs: 5000, initialBackoffMs: 4000, maxBackoffMs: 6000 };
  probeAt(circuit, 5000).record(down, { ...spec, random: () => 0 });
  assert.equal(circuit.open?.probeAtMs, 8000);
  probeAt(circuit, 8000).record(down, { ...spec, nowMs: 8000, random: () => 0.5 });
  assert.equal(circuit.open?.probeAtMs, 12_500);
});

test('Retry-After is honoured, at the opening and after a probe', () => {
  const circuit = createCircuit();
  fail(circuit, 10, { outcome: 'rejected', statusCode: 429, retryAfterMs: 600_000, source: 'a' });
  assert.equal(circuit.open?.probeAtMs, 600_000);
  const busy: Attempted = { outcome: 'rejected', statusCode: 503, retryAfterMs: 900_000, source: 'a' };
  probeAt(circuit, 600_000).record(busy, timing(600_000));
  assert.equal(circuit.open?.probeAtMs, 1_500_000);
});

test('serve tells how long until the next probe, and nothing where others decide', () => {
  const circuit = createCircuit();
  assert.equal(circuit.serve(0), undefined);
  fail(circuit, 10);
  assert.equal(circuit.serve(0), undefined, 'nobody waits');
  circuit.join(() => {});
  assert.equal(circuit.serve(1000), 4000);
  assert.equal(circuit.serve(5000), undefined);
  circuit.join(() => {});
  assert.equal(circuit.serve(60_000), undefined, 'a probe is under way');
});

test('probes go round those who wait', () => {
  const circuit = openCircuit();
  const visits: string[] = [];
  let nowMs = 0;
  const stand = (name: string): void => {
    circuit.join((pass) => {
      visits.push(name);
      pass?.record(down, timing(nowMs));
      stand(name);
    });
  };
  for (const name of ['a', 'b', 'c']) stand(name);
  while (visits.length < 7) nowMs += circuit.serve(nowMs) ?? 0;
  assert.deepEqual(visits, ['a', 'b', 'c', 'a', 'b', 'c', 'a']);
});

test('a successful probe closes it and wakes everyone', () => {
  const circuit = openCircuit();
  const woken: (Pass | undefined)[] = [];
  const probe = probeAt(circuit, 5000);
  for (let count = 0; count < 3; count += 1) circuit.join((pass) => woken.push(pass));
  probe.record(delivered, timing(5000));
  assert.deepEqual([circuit.open, circuit.waiting, woken], [undefined, 0, [undefined, undefined, undefined]]);
  fail(circuit, 9);
  assert.equal(circuit.open, undefined);
});

test('who joins a closed circuit is called at once', () => {
  const called: (Pass | undefined)[] = [];
  createCircuit().join((pass) => called.push(pass));
  assert.deepEqual(called, [undefined]);
});

test('who leaves the line is passed over', () => {
  const circuit = openCircuit();
  const called: string[] = [];
  const leave = circuit.join(() => called.push('a'));
  circuit.join(() => called.push('b'));
  leave();
  circuit.serve(5000);
  assert.deepEqual([called, circuit.waiting], [['b'], 0]);
});

test('a probe that was not made is due for the next in line', () => {
  const circuit = openCircuit();
  const probe = probeAt(circuit, 5000);
  assert.equal(circuit.open?.isProbing, true);
  probe.abandon();
  assert.deepEqual(circuit.open, { probeAtMs: 5000, failedProbes: 0, isProbing: false });
  probeAt(circuit, 5001);
});

test('an attempt that began before it opened tells nothing by failing, and closes it by arriving', () => {
  const circuit = createCircuit();
  const passes = [circuit.permit(), circuit.permit()];
  fail(circuit, 10);
  const before = circuit.open;
  passes[0]?.record(down, timing(4000));
  assert.deepEqual(circuit.open, before);
  passes[1]?.record(delivered, timing(4000));
  assert.equal(circuit.open, undefined);
});

test('a pass counts once', () => {
  const circuit = createCircuit();
  const pass = circuit.permit();
  for (let count = 0; count < 20; count += 1) pass?.record({ ...down, source: String(count) }, timing(0));
  assert.equal(circuit.open, undefined);
  const open = openCircuit();
  const probe = probeAt(open, 5000);
  probe.abandon();
  const next = probeAt(open, 5000);
  probe.record(delivered, timing(5000));
  assert.equal(open.open?.isProbing, true);
  next.record(down, timing(5000));
  assert.equal(open.open?.failedProbes, 1);
});

test('it can be opened as it was before a restart', () => {
  const circuit = createCircuit();
  circuit.restore({ probeAtMs: 7000, failedProbes: 3 }, 1000);
  assert.equal(circuit.permit(), undefined);
  probeAt(circuit, 7000).record(down, timing(7000));
  assert.deepEqual(circuit.open, { probeAtMs: 87_000, failedProbes: 4, isProbing: false });
  circuit.restore({ probeAtMs: 0 }, 8000);
  assert.equal(circuit.open?.failedProbes, 4, 'an open one stays as it is');
});

test('a restored time that is too far ahead is brought nearer', () => {
  const circuit = createCircuit();
  circuit.restore({ probeAtMs: 9e12 }, 1000);
  assert.equal(circuit.open?.probeAtMs, 3_601_000);
});

test('a changed spec closes it, wakes everyone, and makes what is under way count for nothing', () => {
  const circuit = openCircuit();
  const probe = probeAt(circuit, 5000);
  const woken: (Pass | undefined)[] = [];
  circuit.join((pass) => woken.push(pass));
  circuit.reset();
  assert.deepEqual([circuit.open, woken], [undefined, [undefined]]);
  probe.record(down, timing(5000));
  const ordinary = circuit.permit();
  fail(circuit, 9);
  assert.equal(circuit.open, undefined);
  circuit.reset();
  fail(circuit, 9);
  ordinary?.record(delivered, timing(5000));
  fail(circuit, 1);
  assert.notEqual(circuit.open, undefined);
});
