// Which Events are too many.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLimits } from '../../../src/kube/event-limits.ts';

const minuteMs = 60_000;

function limitsAt() {
  const clock = { ms: 0 };
  return { clock, limits: new EventLimits(() => clock.ms) };
}

/** How many of so many different texts are admitted at once. */
function admitted(limits: EventLimits, uid: string, count: number, prefix = ''): number {
  return Array.from({ length: count }, (_, index) => limits.admits(uid, `${prefix}${index}`)).filter(Boolean)
    .length;
}

test('the same text about the same object is admitted once in ten minutes', () => {
  const { clock, limits } = limitsAt();
  assert.equal(limits.admits('a', 'failed'), true);
  assert.equal(limits.admits('a', 'failed'), false);
  assert.equal(limits.admits('b', 'failed'), true);
  assert.equal(limits.admits('a', 'failed again'), true);
  clock.ms = 10 * minuteMs - 1;
  assert.equal(limits.admits('a', 'failed'), false);
  clock.ms = 10 * minuteMs;
  assert.equal(limits.admits('a', 'failed'), true);
});

test('an object gets 25 at once and then one every ten seconds, whatever others do', () => {
  const { clock, limits } = limitsAt();
  assert.equal(admitted(limits, 'a', 100), 25);
  assert.equal(admitted(limits, 'b', 100), 25);
  clock.ms = 10_000;
  assert.equal(admitted(limits, 'a', 100, 'then '), 1);
  clock.ms = minuteMs;
  assert.equal(admitted(limits, 'a', 100, 'after a minute '), 5);
});

test('a repetition takes nothing of the rate of its object', () => {
  const { limits } = limitsAt();
  for (let count = 0; count < 100; count += 1) limits.admits('a', 'the same');
  assert.equal(admitted(limits, 'a', 100), 24);
});

test('the process may write 20 at once and then one every 50 ms', () => {
  const { clock, limits } = limitsAt();
  const waits = Array.from({ length: 23 }, () => limits.paceMs());
  assert.deepEqual(waits, [...Array.from({ length: 20 }, () => 0), 50, 100, 150]);
  clock.ms = minuteMs;
  assert.equal(limits.paceMs(), 0);
});

/** So many other objects get one event each. */
function crowd(limits: EventLimits, name: string, count: number): void {
  for (let index = 0; index < count; index += 1) limits.admits(`${name} ${index}`, 'failed');
}

test('of very many texts the oldest are forgotten, not the newest', () => {
  const { limits } = limitsAt();
  crowd(limits, 'object', 5000);
  assert.equal(limits.admits('object 4999', 'failed'), false);
  assert.equal(limits.admits('object 1000', 'failed'), false);
  assert.equal(limits.admits('object 0', 'failed'), true);
});

test('a text that was admitted once more is as new as that', () => {
  const { clock, limits } = limitsAt();
  limits.admits('a', 'failed');
  crowd(limits, 'early', 3000);
  clock.ms = 10 * minuteMs;
  assert.equal(limits.admits('a', 'failed'), true);
  crowd(limits, 'late', 2000);
  assert.equal(limits.admits('a', 'failed'), false);
});

test('of very many objects the rates of the oldest are forgotten, not of those that had an event lately', () => {
  const { limits } = limitsAt();
  assert.equal(admitted(limits, 'a', 20), 20);
  assert.equal(admitted(limits, 'b', 20), 20);
  crowd(limits, 'early', 3000);
  assert.equal(admitted(limits, 'a', 4, 'later '), 4);
  crowd(limits, 'late', 2000);
  assert.equal(admitted(limits, 'a', 100, 'at last '), 1);
  assert.equal(admitted(limits, 'b', 100, 'at last '), 25);
});
