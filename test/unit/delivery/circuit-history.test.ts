// What holds of a circuit in any history: senders that come, wait, try, give up and fail, in any order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Attempted, type Circuit, createCircuit, type Pass } from '../../../src/delivery/circuit.ts';

/** Senders of one endpoint; keeps its own record of who waits, who probes and when the next probe is due. */
class Crowd {
  readonly circuit: Circuit = createCircuit();
  nowMs = 0;
  /** In the order in which they stand in line. */
  readonly line: { name: number; leave: () => void }[] = [];
  readonly probes: Pass[] = [];
  readonly ordinary: Pass[] = [];
  #names = 0;

  come(): void {
    const pass = this.circuit.permit();
    if (pass === undefined) return this.#stand(this.#names++);
    assert.equal(this.circuit.open, undefined, 'an ordinary attempt while it is open');
    assert.ok(!pass.isProbe);
    this.ordinary.push(pass);
  }

  #stand(name: number): void {
    let isCalled = false;
    const leave = this.circuit.join((probe) => {
      assert.ok(!isCalled, 'called twice');
      isCalled = true;
      const at = this.line.findIndex((one) => one.name === name);
      this.line.splice(at, 1);
      if (probe === undefined) return;
      assert.equal(at, 0, 'not the first in line');
      this.#startProbe(probe);
    });
    if (!isCalled) this.line.push({ name, leave });
  }

  #startProbe(probe: Pass): void {
    const { open } = this.circuit;
    assert.ok(open !== undefined && open.probeAtMs <= this.nowMs, 'a probe before it is due');
    assert.ok(probe.isProbe);
    this.probes.push(probe);
    assert.equal(this.probes.length, 1, 'two probes at once');
  }

  serve(): void {
    const { open } = this.circuit;
    const isDue = open !== undefined && open.probeAtMs <= this.nowMs;
    const mayProbe = isDue && this.line.length > 0 && this.probes.length === 0;
    const delayMs = this.circuit.serve(this.nowMs);
    assert.equal(this.probes.length > 0 && !open?.isProbing, mayProbe, 'a probe that is due is handed out');
    if (delayMs !== undefined) assert.equal(this.nowMs + delayMs, open?.probeAtMs);
  }

  /** A failed probe's sender stands in line again, as it would. */
  finish(pick: number, attempted: Attempted | undefined, random: number): void {
    const all = [...this.probes, ...this.ordinary];
    const pass = all[pick % Math.max(1, all.length)];
    if (pass === undefined) return;
    for (const list of [this.probes, this.ordinary])
      if (list.includes(pass)) list.splice(list.indexOf(pass), 1);
    const before = this.circuit.open;
    const timing = { nowMs: this.nowMs, initialBackoffMs: 2000, maxBackoffMs: 60_000, random: () => random };
    if (attempted === undefined) pass.abandon();
    else pass.record(attempted, timing);
    const { open } = this.circuit;
    if (open !== undefined && before?.probeAtMs !== open.probeAtMs)
      this.#checkWait(open.probeAtMs, open.failedProbes);
    // Its probe, if there was one, is an ordinary attempt to a circuit that has closed.
    if (open === undefined) this.ordinary.push(...this.probes.splice(0));
    if (pass.isProbe && open !== undefined) this.#stand(this.#names++);
  }

  #checkWait(probeAtMs: number, failedProbes: number): void {
    const wholeMs = Math.min(60_000, 2000 * 2 ** failedProbes);
    const waitMs = probeAtMs - this.nowMs;
    assert.ok(waitMs >= wholeMs / 2 && waitMs <= wholeMs, `${waitMs} after ${failedProbes}`);
  }

  leave(pick: number): void {
    this.line.splice(pick % Math.max(1, this.line.length), 1)[0]?.leave();
  }

  reset(): void {
    this.circuit.reset();
    this.probes.splice(0);
    this.ordinary.splice(0);
  }

  check(): void {
    assert.equal(this.circuit.waiting, this.line.length);
    if (this.circuit.open === undefined) assert.equal(this.line.length, 0, 'somebody waits for nothing');
    else assert.equal(this.circuit.open.isProbing, this.probes.length === 1);
  }
}

const attempted = fc.record({
  source: fc.constantFrom('a', 'b'),
  outcome: fc.constantFrom('unreachable' as const, 'unreachable' as const, 'timed_out' as const),
});
const answered = fc.constant<Attempted>({ source: 'a', outcome: 'delivered', statusCode: 200 });

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('come' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('serve' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(40_000) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      pick: fc.nat(100),
      end: fc.oneof(
        { weight: 30, arbitrary: attempted },
        { weight: 1, arbitrary: answered },
        { weight: 2, arbitrary: fc.constant(undefined) },
      ),
      random: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), pick: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('reset' as const, 'restore' as const) }) },
);

test('in any history there is one probe at a time, when it is due, and for the first in line', () => {
  let probes = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 200 }), (steps) => {
      const crowd = new Crowd();
      for (const one of steps) {
        if (one.do === 'come') crowd.come();
        else if (one.do === 'serve') crowd.serve();
        else if (one.do === 'pass') crowd.nowMs += one.ms;
        else if (one.do === 'finish') crowd.finish(one.pick, one.end, one.random);
        else if (one.do === 'leave') crowd.leave(one.pick);
        else if (one.do === 'reset') crowd.reset();
        else crowd.circuit.restore({ probeAtMs: crowd.nowMs + 3000 }, crowd.nowMs);
        crowd.check();
        probes += crowd.probes.length;
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(probes > 500, `only ${probes} steps had a probe under way`);
});

test('of a line that stays, everyone has a probe before anyone has a second one', () => {
  const delays = fc.array(fc.nat(400_000), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), delays, (size, times) => {
      const circuit = createCircuit();
      circuit.restore({ probeAtMs: 0 }, 0);
      const visits = Array.from({ length: size }, () => 0);
      let nowMs = 0;
      const stand = (name: number): void => {
        circuit.join((probe) => {
          visits[name] = (visits[name] ?? 0) + 1;
          const timing = { nowMs, initialBackoffMs: 1000, maxBackoffMs: 3_600_000, random: () => 0 };
          probe?.record({ source: String(name), outcome: 'timed_out' }, timing);
          stand(name);
        });
      };
      for (let name = 0; name < size; name += 1) stand(name);
      for (const ms of times) {
        nowMs += ms;
        circuit.serve(nowMs);
        assert.ok(Math.max(...visits) - Math.min(...visits) <= 1, visits.join());
      }
    }),
  );
});
