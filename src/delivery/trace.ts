// One attempt as a span, for whoever brings an OpenTelemetry SDK. Without one nothing is kept, and receivers still get a
// traceparent of their own.
import { hash, randomUUID } from 'node:crypto';
import {
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import type { AttemptResult } from './outcome.ts';

export type TraceAttributes = Readonly<Record<string, string | number>>;

export interface AttemptTrace {
  /** W3C Trace Context, for the receiver. */
  readonly traceparent: string;
  /** `undefined`: nothing was sent after all. */
  end(result: Pick<AttemptResult, 'outcome' | 'statusCode'> | undefined): void;
}

/**
 * The trace is the event: its id comes from the event's id, so that all attempts of an event are one trace, whichever
 * process makes them.
 */
export function startTrace(eventId: string, attributes: TraceAttributes): AttemptTrace {
  const digest = hash('sha256', eventId, 'hex');
  const event: SpanContext = {
    traceId: digest.slice(0, 32),
    spanId: digest.slice(32, 48),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  };
  const options = { kind: SpanKind.CLIENT, attributes: { 'http.request.method': 'POST', ...attributes } };
  const span = trace
    .getTracer('heliograph')
    .startSpan('deliver', options, trace.setSpanContext(ROOT_CONTEXT, event));
  // Without an SDK the API hands out the parent again.
  const own = span.spanContext();
  const spanId = own.spanId === event.spanId ? randomSpanId() : own.spanId;
  return {
    traceparent: `00-${event.traceId}-${spanId}-0${own.traceFlags & TraceFlags.SAMPLED}`,
    end: (result) => end(span, result),
  };
}

/** Node draws UUIDs from a store of random bytes, while each `randomBytes` asks the kernel: 2 % of an attempt's time. */
function randomSpanId(): string {
  const [first = '', , , , last = ''] = randomUUID().split('-');
  return last + first.slice(0, 4);
}

function end(span: Span, result: Pick<AttemptResult, 'outcome' | 'statusCode'> | undefined): void {
  if (result !== undefined) {
    const { outcome, statusCode } = result;
    span.setAttribute('heliograph.outcome', outcome);
    if (statusCode !== undefined) span.setAttribute('http.response.status_code', statusCode);
    if (outcome !== 'delivered') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
  }
  span.end();
}
