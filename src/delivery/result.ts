// From how an exchange ended to the record of the attempt.
import { STATUS_CODES } from 'node:http';
import type { Answer, Ending } from './exchange.ts';
import { explainFailure } from './failure.ts';
import { type AttemptResult, classifyStatus, maxBytes, type SuccessStatus } from './outcome.ts';
import { recordable } from './response-text.ts';
import { parseRetryAfter } from './retry.ts';

export interface Timing {
  /** Wall clock, milliseconds since the epoch. */
  startMs: number;
  durationMs: number;
}

/** What the request was like, as far as it says how to read the end of it. */
export interface Asked {
  /** Where it went, against which a relative Location is read. */
  url: URL | null;
  successStatus: SuccessStatus;
  hasClientCertificate: boolean;
  /** Takes out of any text what must not be recorded. */
  redact: (text: string) => string;
}

export function resultOf(ending: Ending, asked: Asked, timing: Timing): AttemptResult {
  const when = { time: new Date(timing.startMs), durationMs: timing.durationMs };
  if ('answer' in ending) return { ...when, ...resultOfAnswer(ending.answer, asked, timing) };
  const { outcome, message } = explainFailure(ending.error, asked);
  return { ...when, outcome, message: recordable(message, maxBytes.message, asked.redact) };
}

function resultOfAnswer(
  { statusCode, reasonPhrase, headers, body }: Answer,
  { url, successStatus, redact }: Asked,
  { startMs, durationMs }: Timing,
): Omit<AttemptResult, 'time' | 'durationMs'> {
  const standard = STATUS_CODES[statusCode] ?? '';
  // undici keeps the last piece only of a phrase that came in several; of none it keeps nothing.
  const isStandard = standard.endsWith(reasonPhrase);
  const phrase = isStandard ? standard : reasonPhrase;
  const status = recordable(
    `${statusCode} ${phrase}`.trim(),
    maxBytes.status,
    isStandard ? undefined : redact,
  );
  const retryAfter = first(headers['retry-after']);
  const retryAfterMs =
    retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, startMs + durationMs);
  const outcome = classifyStatus(statusCode, successStatus);
  const location = first(headers['location']);
  let message = `answered ${status}`;
  if (statusCode >= 300 && statusCode <= 399 && location !== undefined) {
    const reason = `redirects are not followed (${statusCode} to ${originOf(location, url)})`;
    message = recordable(reason, maxBytes.message, redact);
  } else if (statusCode <= 299 && outcome === 'rejected') message += ', where only 200 counts';
  return {
    outcome,
    statusCode,
    status,
    body: recordable(body, maxBytes.body, redact),
    message,
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
