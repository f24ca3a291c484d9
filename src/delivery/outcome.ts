// What became of one attempt to deliver an event, as code branches on it and as people read it.
import { recordable } from './response-text.ts';

/** Which status codes count as an acknowledgement. */
export type SuccessStatus = 'Any2xx' | 'Only200';

/**
 * An answer's status line decides alone, even if the body then breaks or the deadline cuts it: 2xx, or with
 * `Only200` just 200, is `delivered`, 410 is `gone`, and everything else is `rejected`. Without a status line it is what prevented one:
 * `timed_out`, `tls` (the certificate or the handshake), `denied` (our own rules, nothing was sent), or
 * `unreachable` for the rest, DNS and answers that are not HTTP/1.1 included.
 */
export type Outcome = 'delivered' | 'rejected' | 'timed_out' | 'unreachable' | 'tls' | 'denied' | 'gone';

export interface AttemptResult {
  outcome: Outcome;
  /** When the attempt began, wall clock. */
  time: Date;
  /** How long it took, on the monotonic clock. */
  durationMs: number;
  statusCode?: number;
  /** Status code and reason phrase (`200 OK`), at most 64 bytes as the API server encodes them. */
  status?: string;
  /** The beginning of the answer's body, at most 512 bytes as the API server encodes them. */
  body?: string;
  /** For people, at most 256 bytes as the API server encodes them: `timed out after 10 s`. */
  message: string;
  /** What the receiver's Retry-After asks for, counted from the answer. */
  retryAfterMs?: number;
}

/** Bytes as the API server encodes them that the record of an attempt may take, by field. */
export const maxBytes = { body: 512, message: 256, status: 64 } as const;

/** The outcome that a status code stands for. Where only 200 counts, 410 is a failure like any other. */
export function classifyStatus(
  statusCode: number,
  successStatus: SuccessStatus = 'Any2xx',
): 'delivered' | 'gone' | 'rejected' {
  if (successStatus === 'Only200') return statusCode === 200 ? 'delivered' : 'rejected';
  if (statusCode >= 200 && statusCode <= 299) return 'delivered';
  return statusCode === 410 ? 'gone' : 'rejected';
}

/**
 * The sentence about an attempt that the record shows, at most 256 bytes as the API server encodes them.
 * @param type the event's type, `analysis.progress`
 */
export function describe(
  type: string,
  { outcome, message }: Pick<AttemptResult, 'outcome' | 'message'>,
): string {
  const event = `webhook event with type ${type}`;
  const sentence = outcome === 'delivered' ? `${event} succeeded` : `${event} failed: ${message}`;
  return recordable(sentence, maxBytes.message);
}
