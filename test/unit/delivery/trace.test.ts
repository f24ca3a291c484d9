// What an OpenTelemetry SDK sees of attempts, and what receivers see with and without one.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { startTrace } from '../../../src/delivery/trace.ts';

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-0([01])$/;

afterEach(() => trace.disable());

test('without an SDK the attempts of an event are one trace, each with a span of its own', () => {
  const [first, second, other] = [
    parse(startTrace('evt-1', {}).traceparent),
    parse(startTrace('evt-1', {}).traceparent),
    parse(startTrace('evt-2', {}).traceparent),
  ];
  assert.equal(first.traceId, second.traceId);
  assert.notEqual(first.traceId, other.traceId);
  assert.equal(new Set([first.spanId, second.spanId, other.spanId]).size, 3);
});

test('with an SDK the receiver is told of the very span', () => {
  const exporter = registerSdk();
  const attempt = startTrace('evt-1', { 'heliograph.attempt': 2 });
  attempt.end({ outcome: 'delivered', statusCode: 204 });

  const [span] = exporter.getFinishedSpans();
  const { traceId, spanId, sampled } = parse(attempt.traceparent);
  assert.deepEqual(
    [span?.spanContext().traceId, span?.spanContext().spanId, sampled],
    [traceId, spanId, '1'],
  );
  assert.deepEqual(span?.attributes, {
    'http.request.method': 'POST',
    'heliograph.attempt': 2,
    'heliograph.outcome': 'delivered',
    'http.response.status_code': 204,
  });
  assert.equal(span.status.code, SpanStatusCode.UNSET);
});

test('an attempt that failed is a span with an error', () => {
  const exporter = registerSdk();
  startTrace('evt-1', {}).end({ outcome: 'rejected', statusCode: 500 });

  const [span] = exporter.getFinishedSpans();
  assert.deepEqual(span?.status, { code: SpanStatusCode.ERROR, message: 'rejected' });
});

test('what an SDK does not sample is told to the receiver, too', () => {
  registerSdk(new AlwaysOffSampler());
  assert.equal(parse(startTrace('evt-1', {}).traceparent).sampled, '0');
});

function registerSdk(sampler?: Sampler): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors, ...(sampler && { sampler }) }));
  return exporter;
}

function parse(traceparent: string) {
  const [, traceId, spanId, sampled] = pattern.exec(traceparent) ?? assert.fail(traceparent);
  return { traceId, spanId, sampled };
}
