// Keys to be worked on: each once, never twice at a time, and again if it was added meanwhile.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { WorkQueue } from '../../../src/kube/work-queue.ts';
import { until } from '../../support/until.ts';

/** Runs a queue until the test ends; the keys in the order they were taken. */
function run<K>(
  t: TestContext,
  queue: WorkQueue<K>,
  process: (key: K) => Promise<void> = async () => {},
  concurrency = 1,
): { taken: K[]; stop: () => Promise<void> } {
  const taken: K[] = [];
  const stopping = new AbortController();
  const running = queue.run({
    concurrency,
    signal: stopping.signal,
    process: (key) => {
      taken.push(key);
      return process(key);
    },
  });
  const stop = () => {
    stopping.abort();
    return running;
  };
  t.after(stop);
  return { taken, stop };
}

/** A process that waits until it is let go. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { process: () => promise, open: resolve };
}

test('keys are taken in the order they were added, each once', async (t) => {
  const queue = new WorkQueue<string>();
  for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
  assert.equal(queue.size, 3);
  const { taken } = run(t, queue);
  await until(() => taken.length === 3 && queue.size === 0, 'all are taken');
  queue.add('a');
  await until(() => taken.length === 4, 'a is taken again');
  assert.deepEqual(taken, ['a', 'b', 'c', 'a']);
});

test('a key added while it is processed is processed once more, after that', async (t) => {
  const queue = new WorkQueue<string>();
  const { process, open } = gate();
  queue.add('a');
  const { taken } = run(t, queue, process, 4);
  await until(() => taken.length === 1, 'a is taken');
  queue.add('a');
  queue.add('a');
  queue.add('b');
  await until(() => taken.length === 2, 'b is taken');
  assert.deepEqual([taken, queue.size], [['a', 'b'], 1]);
  open();
  await until(() => taken.length === 3 && queue.size === 0, 'a is taken again');
  assert.deepEqual(taken, ['a', 'b', 'a']);
});

test('a delayed key comes later, the one with the shorter delay first', async (t) => {
  const queue = new WorkQueue<string>();
  queue.addAfter('later', 40);
  queue.addAfter('soon', 1);
  queue.addAfter('at once', 0);
  assert.equal(queue.size, 1);
  const { taken } = run(t, queue);
  await until(() => taken.length === 3, 'all are taken');
  assert.deepEqual(taken, ['at once', 'soon', 'later']);
});

test('of several delays of a key the shortest counts, whichever came first', async (t) => {
  const queue = new WorkQueue<string>();
  const dayMs = 86_400_000;
  queue.addAfter('a', dayMs);
  queue.addAfter('a', 1);
  queue.addAfter('b', 1);
  queue.addAfter('b', dayMs);
  const { taken } = run(t, queue);
  await until(() => taken.length === 2, 'both are taken');
  assert.deepEqual(taken.toSorted(), ['a', 'b']);
});

test('a delay beyond what a timer can hold does not end at once', async (t) => {
  const queue = new WorkQueue<string>();
  queue.addAfter('far', Number.MAX_SAFE_INTEGER);
  queue.addAfter('soon', 10);
  const { taken } = run(t, queue);
  await until(() => taken.length > 0, 'one is taken');
  assert.deepEqual(taken, ['soon']);
});

test('an add does not wait for the delay of the same key, and the delay stays', async (t) => {
  const queue = new WorkQueue<string>();
  queue.addAfter('a', 20);
  queue.add('a');
  const { taken } = run(t, queue);
  await until(() => taken.length === 2, 'a is taken twice');
});

test('retries come later each time, until the key is forgotten', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const queue = new WorkQueue<string>({ backoff: { baseMs: 100, maxMs: 1000 }, random: () => 1 });
  const { taken } = run(t, queue);
  const retriedAfterMs = async () => {
    const before = taken.length;
    queue.retry('a');
    for (let ms = 0; ms <= 5000; ms += 50) {
      if (taken.length > before) return ms;
      t.mock.timers.tick(50);
      await turn();
      await turn();
    }
    return undefined;
  };
  for (const delayMs of [100, 200, 400, 800, 1000, 1000]) assert.equal(await retriedAfterMs(), delayMs);
  queue.forget('a');
  assert.equal(await retriedAfterMs(), 100);
});

test('an abort lets what is under way end, and drops the rest', async (t) => {
  const queue = new WorkQueue<string>();
  const { process, open } = gate();
  for (const key of ['a', 'b', 'c']) queue.add(key);
  const { taken, stop } = run(t, queue, process);
  await until(() => taken.length === 1, 'a is taken');
  queue.addAfter('d', 1);
  let isStopped = false;
  const stopped = stop().then(() => (isStopped = true));
  await turn();
  await turn();
  assert.equal(isStopped, false);
  open();
  await stopped;
  assert.deepEqual([taken, queue.size], [['a'], 0]);
});

test('a queue that is stopped before it starts takes nothing', async () => {
  const queue = new WorkQueue<string>();
  queue.add('a');
  const taken: string[] = [];
  const process = async (key: string) => void taken.push(key);
  await queue.run({ concurrency: 1, signal: AbortSignal.abort(), process });
  assert.deepEqual([taken, queue.size], [[], 0]);
});

test('a process that rejects ends the run with its error, once the others have ended', async () => {
  const queue = new WorkQueue<string>();
  const ended: string[] = [];
  for (const key of ['fails', 'slow', 'never']) queue.add(key);
  const process = async (key: string) => {
    if (key === 'fails') throw new Error('a bug');
    for (let turns = 0; turns < 10; turns += 1) await turn();
    ended.push(key);
  };
  const running = queue.run({ concurrency: 2, signal: new AbortController().signal, process });
  await assert.rejects(running, /a bug/);
  assert.deepEqual(ended, ['slow']);
});

test('keys that need no I/O do not keep others from the event loop', async (t) => {
  const queue = new WorkQueue<number>();
  let rounds = 0;
  let roundsInOneTurn = 0;
  queue.add(0);
  run(t, queue, async () => {
    rounds += 1;
    if (rounds === 1) setImmediate(() => (roundsInOneTurn = rounds));
    if (rounds < 1000) queue.add(0);
  });
  await until(() => rounds === 1000 && roundsInOneTurn > 0, 'a thousand rounds are done');
  assert.ok(roundsInOneTurn < 10, `${roundsInOneTurn} rounds in one turn`);
});

test('a hundred thousand keys come out in order', async (t) => {
  const queue = new WorkQueue<number>();
  const count = 100_000;
  for (let key = 0; key < count; key += 1) queue.add(key);
  const { taken } = run(t, queue, async () => {}, 1000);
  await until(() => taken.length === count, 'all are taken');
  assert.ok(taken.every((key, index) => key === index));
});

const step = fc.record({
  action: fc.constantFrom('add', 'add', 'addAfter', 'retry', 'turn'),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  turns: fc.nat(4),
  addsItself: fc.boolean(),
});

test('in any history no key runs twice at once, the limit holds, and nothing added is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 80 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, limit) => {
        const queue = new WorkQueue<string>({ backoff: { baseMs: 0.1, maxMs: 1 } });
        /** How often each key was asked for, and how often at the start of its last run. */
        const asked = new Map<string, number>();
        const seen = new Map<string, number>();
        const running = new Set<string>();
        const ask = (key: string) => asked.set(key, (asked.get(key) ?? 0) + 1);
        const next = new Map<string, { turns: number; addsItself: boolean }>();
        const process = async (key: string) => {
          assert.equal(running.has(key), false, 'one key at a time');
          running.add(key);
          assert.ok(running.size <= limit, 'the limit holds');
          seen.set(key, asked.get(key) ?? 0);
          const { turns = 0, addsItself = false } = next.get(key) ?? {};
          next.delete(key);
          for (let count = 0; count < turns; count += 1) await turn();
          if (addsItself) {
            ask(key);
            queue.add(key);
          }
          running.delete(key);
        };
        const stopping = new AbortController();
        const ended = queue.run({ concurrency: limit, signal: stopping.signal, process });
        for (const { action, key, turns, addsItself } of steps) {
          if (action === 'turn') {
            await turn();
            continue;
          }
          ask(key);
          next.set(key, { turns, addsItself });
          if (action === 'add') queue.add(key);
          else if (action === 'addAfter') queue.addAfter(key, turns / 2);
          else queue.retry(key);
        }
        const isDone = () => [...asked].every(([key, count]) => seen.get(key) === count);
        await Promise.race([ended, until(() => isDone() && running.size === 0, 'each key was seen', 2000)]);
        stopping.abort();
        await ended;
      },
    ),
    { numRuns: 100 },
  );
});
