// When a failed attempt is tried again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseRetryAfter, retryDelayMs } from '../../../src/delivery/retry.ts';

const timing = { initialBackoffMs: 5000, maxBackoffMs: 3_600_000 };
const latest = () => 1 - Number.EPSILON;
const earliest = () => 0;

test('the backoff doubles up to its maximum', () => {
  const delays = [1, 2, 3, 10, 11, 30].map((attempt) => retryDelayMs({ ...timing, attempt, random: latest }));
  assert.deepEqual(delays, [5000, 10_000, 20_000, 2_560_000, 3_600_000, 3_600_000]);
});

test('the delay is random between half of the backoff and all of it', () => {
  assert.equal(retryDelayMs({ ...timing, attempt: 2, random: earliest }), 5000);
  assert.equal(retryDelayMs({ ...timing, attempt: 2, random: () => 0.5 }), 7500);
});

test('never under 1 s', () => {
  assert.equal(
    retryDelayMs({ attempt: 1, initialBackoffMs: 1000, maxBackoffMs: 1000, random: earliest }),
    1000,
  );
});

test('never earlier than Retry-After, of which an hour is honoured', () => {
  assert.equal(retryDelayMs({ ...timing, attempt: 1, random: latest, retryAfterMs: 60_000 }), 60_000);
  assert.equal(retryDelayMs({ ...timing, attempt: 1, random: latest, retryAfterMs: 86_400_000 }), 3_600_000);
});

test('any attempt has a whole delay within its bounds', () => {
  const attempts = fc.integer({ min: 1, max: 5000 });
  const backoffMs = fc.integer({ min: 1000, max: 86_400_000 });
  const fraction = fc.double({ min: 0, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(
      attempts,
      backoffMs,
      backoffMs,
      fraction,
      (attempt, initialBackoffMs, maxBackoffMs, random) => {
        const delayMs = retryDelayMs({ attempt, initialBackoffMs, maxBackoffMs, random: () => random });
        assert.ok(Number.isSafeInteger(delayMs) && delayMs >= 1000 && delayMs <= maxBackoffMs);
      },
    ),
  );
});

const nowMs = Date.parse('2026-10-21T07:28:00Z');

test('Retry-After is seconds or a date, and counts as an hour at most', () => {
  const values = {
    '0': 0,
    ' 120 ': 120_000,
    '99999999999999999999': 3_600_000,
    'Wed, 21 Oct 2026 07:29:30 GMT': 90_000,
    'Wednesday, 21-Oct-26 07:29:30 GMT': 90_000,
    'Wed Oct 21 07:29:30 2026': 90_000,
    'Wed, 21 Oct 2026 07:00:00 GMT': 0,
    'Wed, 21 Oct 2099 07:00:00 GMT': 3_600_000,
  };
  for (const [header, expected] of Object.entries(values))
    assert.equal(parseRetryAfter(header, nowMs), expected);
});

test('a malformed Retry-After counts for nothing', () => {
  const values = [
    '',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'soon',
    '2026-10-21T07:29:30Z',
    'Wed, 21 Foo 2026 07:29:30 GMT',
  ];
  for (const header of values) assert.equal(parseRetryAfter(header, nowMs), undefined, header);
});

test('no header does harm', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      ),
      (header) => {
        const delayMs = parseRetryAfter(header, nowMs);
        assert.ok(delayMs === undefined || (delayMs >= 0 && delayMs <= 3_600_000));
      },
    ),
  );
});
