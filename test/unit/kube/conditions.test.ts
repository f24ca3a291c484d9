// Conditions as Kubernetes writes them in a status.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Condition, setCondition } from '../../../src/kube/conditions.ts';

const before = '2026-01-01T00:00:00Z';
const now = '2026-01-01T00:01:00Z';

const ready = { type: 'Ready', status: 'True', reason: 'Accepted', message: 'all is well' } as const;
const held: readonly Condition[] = [
  { type: 'Paused', status: 'False', reason: 'Enabled', message: '', lastTransitionTime: before },
  { ...ready, lastTransitionTime: before },
];

test('a condition that is new is added at the end, as of now', () => {
  const notified = { type: 'Notified', status: 'Unknown', reason: 'Delivering', message: '' } as const;
  assert.deepEqual(setCondition(held, notified, now), [...held, { ...notified, lastTransitionTime: now }]);
});

test('the same array comes back when nothing changed', () => {
  assert.equal(setCondition(held, ready, now), held);
});

test('a new reason, message or generation keeps the time of the transition', () => {
  for (const change of [{ reason: 'Repaired' }, { message: 'all is better' }, { observedGeneration: 2 }]) {
    const next = setCondition(held, { ...ready, ...change }, now);
    assert.deepEqual(next, [held[0], { ...ready, ...change, lastTransitionTime: before }]);
  }
});

test('a new status sets the time of the transition, in the place the condition had', () => {
  const paused = { type: 'Paused', status: 'True', reason: 'Disabled', message: '' } as const;
  const next = setCondition(held, paused, now);
  assert.deepEqual(next, [{ ...paused, lastTransitionTime: now }, held[1]]);
});

test('the array that was given stays as it was', () => {
  const copy = structuredClone(held);
  setCondition(held, { ...ready, status: 'False' }, now);
  assert.deepEqual(held, copy);
});
