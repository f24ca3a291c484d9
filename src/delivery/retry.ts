// When to try again after a failed attempt: pure timing, no timers.

const secondMs = 1000;
const hourMs = 3600 * secondMs;

export interface RetryTiming {
  /** Attempts made so far, 1 or more. */
  attempt: number;
  initialBackoffMs: number;
  maxBackoffMs: number;
  /** What the receiver asked for, if anything. */
  retryAfterMs?: number | undefined;
  /** A number from 0 up to 1, as of `Math.random`. */
  random: () => number;
}

/**
 * Whole milliseconds to wait before the next attempt. The backoff doubles with each attempt; the delay is
 * random between half of it and all of it, because receivers that fail together would otherwise be asked
 * again together. Never under 1 s, never earlier than Retry-After asks, of which 1 h is honoured.
 */
export function retryDelayMs(timing: RetryTiming): number {
  const { attempt, initialBackoffMs, maxBackoffMs, retryAfterMs = 0, random } = timing;
  const backoffMs = Math.min(maxBackoffMs, initialBackoffMs * 2 ** (attempt - 1));
  const delayMs = Math.ceil((backoffMs * (1 + random())) / 2);
  return Math.max(secondMs, delayMs, Math.min(retryAfterMs, hourMs));
}

const month = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const time = '\\d\\d:\\d\\d:\\d\\d';

/** IMF-fixdate, and the two older forms that RFC 9110 (5.6.7) has recipients accept. `Date.parse` takes more. */
const httpDates = [
  new RegExp(`^\\w{3}, \\d\\d ${month} \\d{4} ${time} GMT$`),
  new RegExp(`^\\w{6,9}, \\d\\d-${month}-\\d\\d ${time} GMT$`),
  new RegExp(`^\\w{3} ${month} [ \\d]\\d ${time} \\d{4}$`),
];

/**
 * What a Retry-After header asks for, in milliseconds from now, at most 1 h; nothing if it is malformed.
 * @param header seconds or an HTTP-date (RFC 9110, 10.2.3)
 * @param nowMs wall clock, milliseconds since the epoch
 */
export function parseRetryAfter(header: string, nowMs: number): number | undefined {
  const text = header.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * secondMs, hourMs);
  if (!httpDates.some((form) => form.test(text))) return undefined;
  const dateMs = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(dateMs) ? undefined : Math.min(Math.max(dateMs - nowMs, 0), hourMs);
}
