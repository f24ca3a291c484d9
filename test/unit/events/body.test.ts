// Bodies and ids of events.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { LedgerEvent } from '../../../src/api/ledger.ts';
import { milestoneBody, webhookId } from '../../../src/events/body.ts';
import { analysisOf, follow, moments, paths, see, opened, timeAt } from './samples.ts';

const named = analysisOf({ analysisId: 'video-42' });

const statusOf = (event: LedgerEvent) =>
  (JSON.parse(milestoneBody(named, event)) as { status: string }).status;

const timeless = (event: LedgerEvent) => milestoneBody(named, { ...event, time: timeAt(0) });

test('a Milestone body has six members in this order', () => {
  const event = see(opened, { phase: 'Aggregating', percentage: 40 }, timeAt(0)).events[4];
  assert.ok(event !== undefined);
  assert.equal(
    milestoneBody(named, event),
    '{"analysis_id":"video-42","event_type":"analysis.progress","status":"analyzing","percentage":40,' +
      '"sequence":5,"timestamp":"2026-10-21T08:00:00.000Z"}',
  );
});

test('without an analysisId it carries the UID of the object', () => {
  const unnamed = analysisOf();
  const [event] = see(opened, { phase: 'Analyzing' }).events;
  assert.ok(event !== undefined);
  const body: unknown = JSON.parse(milestoneBody(unnamed, event));
  assert.partialDeepStrictEqual(body, { analysis_id: unnamed.metadata.uid });
});

test('the status is analyzing until the end, in Aggregating too, then success or failed', () => {
  const succeeded = see(see(opened, { phase: 'Aggregating', percentage: 10 }), { phase: 'Success' });
  assert.deepEqual(succeeded.events.map(statusOf), [
    ...Array.from({ length: 10 }, () => 'analyzing'),
    'success',
  ]);
  assert.deepEqual(see(opened, { phase: 'Failed', percentage: 10 }).events.map(statusOf), [
    'analyzing',
    'analyzing',
    'failed',
  ]);
});

test('one number has one body but for its time, whatever was missed or forgotten', () => {
  fc.assert(
    fc.property(paths('any'), moments, moments, (path, moments, others) => {
      const bodies = new Map(
        follow(path, moments).ledger.events.map((event) => [event.sequence, timeless(event)]),
      );
      for (const event of follow(path, others).ledger.events)
        assert.equal(timeless(event), bodies.get(event.sequence) ?? timeless(event));
    }),
  );
});

test('ids differ for every analysis and event, and have no dot, which signatures are joined with', () => {
  const ids = fc.tuple(fc.uuid(), fc.integer({ min: 1, max: 11 }));
  fc.assert(
    fc.property(ids, ids, (one, other) => {
      assert.equal(webhookId(...one) === webhookId(...other), one.join() === other.join());
      assert.match(webhookId(...one), /^[^.]{1,64}$/);
    }),
  );
});
