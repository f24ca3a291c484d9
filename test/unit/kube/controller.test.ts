// A reconcile for every key of a queue.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type Reconcile, runController } from '../../../src/kube/controller.ts';
import { WorkQueue } from '../../../src/kube/work-queue.ts';
import { until } from '../../support/until.ts';

/** Runs a controller until the test ends. */
function control(t: TestContext, reconcile: Reconcile<string>, maxMs = 2) {
  const queue = new WorkQueue<string>({ backoff: { baseMs: 1, maxMs } });
  const logs: { level: string; event: string; fields: object }[] = [];
  const errors: { key: string; error: unknown }[] = [];
  const stopping = new AbortController();
  const running = runController({
    queue,
    concurrency: 2,
    reconcile,
    signal: stopping.signal,
    log: (level, event, fields) => logs.push({ level, event, fields }),
    onError: (key, error) => errors.push({ key, error }),
  });
  const stop = () => {
    stopping.abort();
    return running;
  };
  t.after(stop);
  return { queue, logs, errors, stop };
}

test('every key that is added is reconciled', async (t) => {
  const keys: string[] = [];
  const { queue, errors } = control(t, async (key) => void keys.push(key));
  queue.add('a');
  queue.add('b');
  await until(() => keys.length === 2, 'both are reconciled');
  assert.deepEqual([keys, errors], [['a', 'b'], []]);
});

test('a failed reconcile is logged, told, and done again until it succeeds; others go on', async (t) => {
  const attempts = new Map<string, number>();
  const { queue, logs, errors } = control(t, async (key) => {
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    if (key === 'bad' && attempt <= 3) throw new Error(`no ${attempt}`);
  });
  queue.add('bad');
  queue.add('good');
  await until(() => attempts.get('bad') === 4, 'the fourth attempt');
  assert.equal(attempts.get('good'), 1);
  assert.deepEqual(
    errors.map(({ key, error }) => `${key}: ${String(error)}`),
    ['bad: Error: no 1', 'bad: Error: no 2', 'bad: Error: no 3'],
  );
  assert.deepEqual(logs[0], {
    level: 'error',
    event: 'reconcile failed',
    fields: { key: 'bad', error: 'Error: no 1' },
  });
});

test('a reconcile that asks for it is done again later', async (t) => {
  let count = 0;
  const { queue } = control(t, async () => {
    count += 1;
    if (count < 3) return { requeueAfterMs: 1 };
    return undefined;
  });
  queue.add('a');
  await until(() => count >= 3, 'the third time');
});

test('after a success the delays of a key begin anew', async (t) => {
  let count = 0;
  const reconcile = async () => {
    count += 1;
    if (count % 2 === 1) throw new Error('every other time');
    return { requeueAfterMs: 0 };
  };
  const { queue } = control(t, reconcile, 86_400_000);
  queue.add('a');
  // Were they to go on doubling, the last would take minutes.
  await until(() => count >= 40, 'the twentieth success');
});

test('a reconcile that throws at once is a failed one', async (t) => {
  let count = 0;
  const { queue, errors } = control(t, () => {
    count += 1;
    if (count === 1) throw new Error('not even a promise');
    return Promise.resolve();
  });
  queue.add('a');
  await until(() => count === 2, 'the second attempt');
  assert.equal(errors.length, 1);
});

test('a stop waits for the reconcile under way, and its failure is no failure of the controller', async (t) => {
  const { promise, reject } = Promise.withResolvers<void>();
  let isStarted = false;
  const { queue, errors, stop } = control(t, () => {
    isStarted = true;
    return promise;
  });
  queue.add('a');
  await until(() => isStarted, 'the reconcile started');
  const stopped = stop();
  reject(new Error('cut short'));
  await stopped;
  assert.equal(errors.length, 1);
});
