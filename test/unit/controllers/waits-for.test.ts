// Whom an owed event waits for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oldest, waitsFor } from '../../../src/controllers/waits-for.ts';
import type { EndpointNow } from '../../../src/events/next-delivery.ts';

type Situation = Parameters<typeof waitsFor>[0];

const well: EndpointNow = {
  enabled: true,
  gone: false,
  circuitOpen: false,
  maxAttempts: 15,
  maxAgeMs: 86_400_000,
  ordering: 'InOrder',
  progress: 'EveryMilestone',
};

const isReady = (status: 'True' | 'False'): Situation['endpoint'] => ({
  status: {
    conditions: [
      { type: 'Ready', status, reason: 'R', message: '', lastTransitionTime: '2026-11-24T21:38:20Z' },
    ],
  },
});

const due: Situation = { delivery: { attempts: 0 }, now: well, endpoint: isReady('True'), isLimited: false };

const rows: Readonly<Record<string, readonly [Partial<Situation>, string]>> = {
  'it is due': [{}, 'operator'],
  'its endpoint has no status yet': [{ endpoint: {} }, 'operator'],
  'its endpoint may be deleted': [{ now: 'unknown', endpoint: undefined }, 'operator'],
  'its endpoint is deleted': [{ now: undefined, endpoint: undefined }, 'operator'],
  'it has failed': [{ delivery: { attempts: 1 } }, 'receiver'],
  'the circuit is open': [{ now: { ...well, circuitOpen: true } }, 'receiver'],
  'the receiver takes no more at once': [{ isLimited: true }, 'receiver'],
  'the endpoint is disabled': [{ now: { ...well, enabled: false }, isLimited: true }, 'user'],
  'the receiver is gone': [{ now: { ...well, gone: true }, delivery: { attempts: 1 } }, 'user'],
  'the endpoint is not ready': [{ endpoint: isReady('False'), delivery: { attempts: 3 } }, 'user'],
};

for (const [title, [situation, expected]] of Object.entries(rows))
  test(`${title}: it waits for the ${expected}`, () => {
    assert.equal(waitsFor({ ...due, ...situation }), expected);
  });

test('the oldest counts, and 0 where none waits', () => {
  const owed = [
    { waitsFor: 'receiver', ageMs: 10 },
    { waitsFor: 'receiver', ageMs: 30 },
    { waitsFor: 'operator', ageMs: 20 },
  ] as const;
  assert.deepEqual(oldest(owed), { operator: 20, receiver: 30, user: 0 });
});
