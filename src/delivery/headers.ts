// The headers of one attempt that are the same for every receiver.
import { createHash } from 'node:crypto';

export interface EventIdentity {
  /** The event's id, the same for every attempt of it. */
  id: string;
  /** When this attempt is made, Unix seconds. */
  timestampSeconds: number;
  /** The event's type, `analysis.progress`. */
  type: string;
  /** Absent with a ping. */
  sequence: number | undefined;
  /** 1 for the first attempt. */
  attempt: number;
  userAgent: string;
  contentType: string;
  /** That many random bytes, as of `randomBytes` of node:crypto. */
  random: (size: number) => Uint8Array;
}

/**
 * Headers as of Standard Webhooks v1 and W3C Trace Context. The trace id comes from the event's id, so that
 * all attempts of an event are one trace, whichever process makes them.
 */
export function eventHeaders(event: EventIdentity): Record<string, string> {
  const traceId = createHash('sha256').update(event.id).digest('hex').slice(0, 32);
  const spanId = Buffer.from(event.random(8)).toString('hex');
  return {
    'content-type': event.contentType,
    'user-agent': event.userAgent,
    'webhook-id': event.id,
    'webhook-timestamp': String(event.timestampSeconds),
    'heliograph-event-type': event.type,
    ...(event.sequence === undefined ? {} : { 'heliograph-sequence': String(event.sequence) }),
    'heliograph-attempt': String(event.attempt),
    traceparent: `00-${traceId}-${spanId}-01`,
  };
}
