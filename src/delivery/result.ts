// From how an exchange ended to the record of the attempt.
import { STATUS_CODES } from 'node:http';
import type { Answer, Ending } from './exchange.ts';
import { explainFailure } from './failure.ts';
import { type AttemptResult, classifyStatus, maxBytes } from './outcome.ts';
import { recordable } from './response-text.ts';
import { parseRetryAfter } from './retry.ts';

export interface Timing {
  /** Wall clock, milliseconds since the epoch. */
  startMs: number;
  durationMs: number;
}

/** @param url where the request went, against which a relative Location is read */
export function resultOf(ending: Ending, url: URL | null, timing: Timing): AttemptResult {
  const when = { time: new Date(timing.startMs), durationMs: timing.durationMs };
  if ('answer' in ending) return { ...when, ...resultOfAnswer(ending.answer, url, timing) };
  const { outcome, message } = explainFailure(ending.error);
  return { ...when, outcome, message: recordable(message, maxBytes.message) };
}

function resultOfAnswer(
  { statusCode, reasonPhrase, headers, body }: Answer,
  url: URL | null,
  { startMs, durationMs }: Timing,
): Omit<AttemptResult, 'time' | 'durationMs'> {
  const standard = STATUS_CODES[statusCode] ?? '';
  // undici keeps the last piece only of a phrase that came in several; of none it keeps nothing.
  const phrase = standard.endsWith(reasonPhrase) ? standard : reasonPhrase;
  const status = recordable(`${statusCode} ${phrase}`.trim(), maxBytes.status);
  const retryAfter = first(headers['retry-after']);
  const retryAfterMs =
    retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, startMs + durationMs);
  const location = first(headers['location']);
  const message =
    statusCode >= 300 && statusCode <= 399 && location !== undefined
      ? `redirects are not followed (${statusCode} to ${originOf(location, url)})`
      : `answered ${status}`;
  return {
    outcome: classifyStatus(statusCode),
    statusCode,
    status,
    body: recordable(body, maxBytes.body),
    message: recordable(message, maxBytes.message),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Not the whole Location: many receivers have a secret in their path, and repeat it here. */
function originOf(location: string, url: URL | null): string {
  return URL.parse(location, url?.href)?.origin ?? 'a malformed URL';
}

/** undici gives a list where a header came more than once, whichever it is. */
const first = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;
