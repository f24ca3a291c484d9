// The headers of one attempt that are the same for every receiver.
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
  /** As of W3C Trace Context. */
  traceparent: string;
}

/** Headers as of Standard Webhooks v1 and W3C Trace Context. */
export function eventHeaders(event: EventIdentity): Record<string, string> {
  return {
    'content-type': event.contentType,
    'user-agent': event.userAgent,
    'webhook-id': event.id,
    'webhook-timestamp': String(event.timestampSeconds),
    'heliograph-event-type': event.type,
    ...(event.sequence === undefined ? {} : { 'heliograph-sequence': String(event.sequence) }),
    'heliograph-attempt': String(event.attempt),
    traceparent: event.traceparent,
  };
}
