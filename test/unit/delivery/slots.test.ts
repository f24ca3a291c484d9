// Who may send, and in which order.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createSlots, type Slot, type SlotKind, type SlotRequest } from '../../../src/delivery/slots.ts';

const first = (key: string, limit = 10) => ({ key, limit, kind: 'first' }) as const;
const retry = (key: string, limit = 10) => ({ key, limit, kind: 'retry' }) as const;

/** Takes what is free at once; the test has no use for waiting here. */
function take(slot: Slot | undefined): Slot {
  assert.ok(slot);
  return slot;
}

test('a key gets no more slots than its limit, and others are not affected', () => {
  const slots = createSlots({ global: 10 });
  const one = take(slots.tryAcquire(first('a', 2)));
  take(slots.tryAcquire(first('a', 2)));
  assert.equal(slots.tryAcquire(first('a', 2)), undefined);
  take(slots.tryAcquire(first('b', 2)));
  one.release();
  take(slots.tryAcquire(first('a', 2)));
  assert.equal(slots.inUse, 3);
});

test('a slot is given back once, however often it is released', () => {
  const slots = createSlots({ global: 2 });
  const slot = take(slots.tryAcquire(first('a')));
  take(slots.tryAcquire(first('a')));
  slot.release();
  slot.release();
  assert.equal(slots.inUse, 1);
});

test('retries take at most half of all slots', () => {
  const slots = createSlots({ global: 4 });
  take(slots.tryAcquire(retry('down')));
  take(slots.tryAcquire(retry('down')));
  assert.equal(slots.tryAcquire(retry('down')), undefined);
  assert.equal(slots.tryAcquire(retry('other')), undefined);
  take(slots.tryAcquire(first('other')));
  take(slots.tryAcquire(first('down')));
  assert.equal(slots.tryAcquire(first('other')), undefined);
});

/** Has all of them wait behind one slot, then releases one after the other; the labels in the order served. */
async function orderServed(
  requests: readonly { key: string; limit: number; kind: SlotKind }[],
): Promise<string[]> {
  const slots = createSlots({ global: 1 });
  const blocker = take(slots.tryAcquire(first('blocker')));
  const order: string[] = [];
  const all = requests.map(async (request) => {
    const slot = await slots.acquire(request);
    order.push(`${request.key} ${request.kind}`);
    slot.release();
  });
  blocker.release();
  await Promise.all(all);
  return order;
}

test('first attempts that wait go before retries that waited longer', async () => {
  const order = await orderServed([retry('a'), retry('b'), first('a'), first('c')]);
  assert.deepEqual(order, ['a first', 'c first', 'a retry', 'b retry']);
});

test('keys take turns, so that a crowd of one does not delay the others', async () => {
  const crowd = Array.from({ length: 1000 }, () => first('crowd'));
  const order = await orderServed([...crowd, first('a'), first('a'), first('b')]);
  assert.deepEqual(order.slice(0, 6), [
    'crowd first',
    'a first',
    'b first',
    'crowd first',
    'a first',
    'crowd first',
  ]);
});

test('who waits behind a full key lets others pass', async () => {
  const slots = createSlots({ global: 3 });
  const held = take(slots.tryAcquire(first('full', 1)));
  const waiting = slots.acquire(first('full', 1));
  take(slots.tryAcquire(first('other', 1)));
  assert.equal(slots.waiting, 1);
  held.release();
  (await waiting).release();
  assert.equal(slots.waiting, 0);
});

test('a higher limit serves who waits', async () => {
  const slots = createSlots({ global: 10 });
  take(slots.tryAcquire(first('a', 1)));
  const waiting = slots.acquire(first('a', 1));
  assert.equal(slots.tryAcquire(first('a', 2)), undefined);
  (await waiting).release();
});

test('an abort takes a waiter out, and no slot is lost', async () => {
  const slots = createSlots({ global: 1 });
  const held = take(slots.tryAcquire(first('a')));
  const aborting = new AbortController();
  const aborted = slots.acquire({ ...first('b'), signal: aborting.signal });
  const patient = slots.acquire(first('b'));
  aborting.abort(new Error('endpoint deleted'));
  await assert.rejects(aborted, /endpoint deleted/);
  held.release();
  (await patient).release();
  assert.deepEqual([slots.inUse, slots.waiting], [0, 0]);
});

test('a signal that is aborted already acquires nothing', async () => {
  const slots = createSlots({ global: 1 });
  await assert.rejects(
    slots.acquire({ ...first('a'), signal: AbortSignal.abort(new Error('stopped')) }),
    /stopped/,
  );
  assert.equal(slots.inUse, 0);
});

/** A crowd of requests that come, wait, are served and give up; keeps its own count of who holds what. */
class Crowd {
  readonly slots: ReturnType<typeof createSlots>;
  readonly held: { key: string; kind: SlotKind; slot: Slot }[] = [];
  readonly waiting = new Set<AbortController>();

  constructor(global: number) {
    this.slots = createSlots({ global });
  }

  async come(request: SlotRequest): Promise<void> {
    const aborting = new AbortController();
    this.waiting.add(aborting);
    try {
      const slot = await this.slots.acquire({ ...request, signal: aborting.signal });
      this.held.push({ key: request.key, kind: request.kind, slot });
    } catch (error) {
      assert.equal(error, aborting.signal.reason);
    }
    this.waiting.delete(aborting);
  }

  leave(pick: number): void {
    this.held.splice(pick % Math.max(1, this.held.length), 1)[0]?.slot.release();
  }

  giveUp(pick: number): void {
    [...this.waiting][pick % Math.max(1, this.waiting.size)]?.abort(new Error('gave up'));
  }

  holds(key: string): number {
    return this.held.filter((one) => one.key === key).length;
  }
}

const step = fc.record({
  action: fc.constantFrom('come', 'come', 'leave', 'give up'),
  key: fc.constantFrom('a', 'b', 'c'),
  limit: fc.integer({ min: 1, max: 3 }),
  kind: fc.constantFrom<SlotKind>('first', 'retry'),
  pick: fc.nat(100),
});

test('in any history no limit is exceeded, and everyone who stays is served', async () => {
  const histories = fc.array(step, { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(histories, fc.integer({ min: 1, max: 5 }), async (steps, global) => {
      const crowd = new Crowd(global);
      for (const { action, pick, ...request } of steps) {
        const before = crowd.holds(request.key);
        if (action === 'come') void crowd.come(request);
        else if (action === 'leave') crowd.leave(pick);
        else crowd.giveUp(pick);
        await turn();
        const now = crowd.holds(request.key);
        assert.ok(action !== 'come' || now <= Math.max(before, request.limit));
        assert.ok(crowd.held.length <= global);
        const retries = crowd.held.filter(({ kind }) => kind === 'retry').length;
        assert.ok(retries <= Math.max(1, Math.floor(global / 2)));
        assert.deepEqual([crowd.slots.inUse, crowd.slots.waiting], [crowd.held.length, crowd.waiting.size]);
      }
      while (crowd.held.length > 0) {
        crowd.leave(0);
        await turn();
      }
      assert.deepEqual([crowd.slots.inUse, crowd.slots.waiting], [0, 0]);
    }),
    { numRuns: 60 },
  );
});

test('a key is full while it holds as many as it may, whoever else waits', () => {
  const slots = createSlots({ global: 2 });
  assert.equal(slots.isFull('a'), false);
  const held = slots.tryAcquire({ key: 'a', limit: 1, kind: 'first' });
  slots.tryAcquire({ key: 'b', limit: 5, kind: 'first' });
  assert.equal(slots.isFull('a'), true);
  assert.equal(slots.isFull('b'), false, 'all slots are taken, but b may have more');
  held?.release();
  assert.equal(slots.isFull('a'), false);
});
