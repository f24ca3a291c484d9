// Sends one event to one endpoint, once, and reports the attempt everywhere but in the ledger.
import type { Analysis } from '../api/analysis.ts';
import { pingType } from '../api/event-types.ts';
import type { LedgerEvent, LastResponse } from '../api/ledger.ts';
import type { DeliveryRecord, WebhookEndpoint } from '../api/webhook-endpoint.ts';
import { UnwantedError } from '../delivery/errors.ts';
import { eventHeaders } from '../delivery/headers.ts';
import { startTrace, type TraceAttributes } from '../delivery/trace.ts';
import { type AttemptResult, describe } from '../delivery/outcome.ts';
import { retryDelayMs } from '../delivery/retry.ts';
import { signatureHeader } from '../delivery/signature.ts';
import type { Transport } from '../delivery/transport.ts';
import { type Body, bodyOf, formatSends, pingBody, pingId, sentName, webhookId } from '../events/body.ts';
import type { AttemptRecord } from '../events/ledger.ts';
import { isPerJob } from '../events/subscription.ts';
import type { Log } from '../kube/log.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import type { Metrics } from './metrics.ts';
import type { Result } from './results.ts';
import type { Target } from './targets.ts';

export interface SenderOptions {
  transport: Pick<Transport, 'post'>;
  health: Pick<EndpointHealth, 'noteAttempt'>;
  metrics: Metrics;
  log: Log;
  /** The User-Agent of endpoints that have none of their own. */
  userAgent: string;
  /** The result of an analysis as it is stored now. */
  readResult: (analysis: Analysis) => Promise<Result>;
}

export interface Sending {
  readonly analysis: Analysis;
  readonly endpoint: WebhookEndpoint;
  readonly target: Target;
  readonly event: LedgerEvent;
  /** From 1. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** Asked once more right before the request goes out. */
  readonly isWanted: () => boolean;
}

export interface Sent {
  readonly result: AttemptResult;
  readonly record: AttemptRecord;
  /** How long to wait before the next attempt; undefined when there is nothing to repeat. */
  readonly delayMs: number | undefined;
}

const deniedMs = 60_000;

/** What is said of a URL that is a secret. */
const unnamed: Readonly<Record<AttemptResult['outcome'], string>> = {
  delivered: 'answered',
  gone: 'answered',
  rejected: 'answered',
  denied: 'the URL, its address or its port is not allowed',
  timed_out: 'timed out',
  tls: 'the connection could not be secured: see the certificates on both sides',
  unreachable: 'the receiver could not be reached',
};

interface Message {
  readonly id: string;
  /** The analysis' name; a ping is about none. */
  readonly analysis: string | undefined;
  /** The event's type, and what the endpoint's consumers call it. */
  readonly type: string;
  readonly name: string;
  readonly sequence: number | undefined;
  readonly attempt: number;
  readonly body: Body;
}

export class Sender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Rejects with the signal's reason, or when the result cannot be read. */
  async send(sending: Sending): Promise<Sent | 'no body' | 'unwanted'> {
    const { analysis, endpoint, target, event, attempt, signal, isWanted } = sending;
    const { spec } = endpoint;
    if (!formatSends(spec.format, event.sequence)) return 'no body';
    const result = spec.format === 'JobResult' ? await this.#options.readResult(analysis) : undefined;
    const about = { uid: endpoint.metadata.uid, spec };
    const body = bodyOf({ analysis, event, endpoint: about, url: target.url, result });
    if (body === undefined) return 'no body';
    const id = webhookId(analysis.metadata.uid, event.sequence);
    const name = sentName(event.type, spec);
    const message = {
      id,
      analysis: analysis.metadata.name,
      type: event.type,
      name,
      sequence: event.sequence,
      attempt,
      body,
    };
    const answer = await this.#post(endpoint, target, message, { signal, isWanted });
    if (answer === 'unwanted') return 'unwanted';
    const delayMs = delayOf(endpoint, attempt, answer);
    const nextAttemptTime = delayMs === undefined ? undefined : new Date(Date.now() + delayMs).toISOString();
    const response = { sequence: event.sequence, attempt, ...responseOf(message, endpoint, answer) };
    this.#report(endpoint, message, answer);
    if (!isPerJob({ uid: endpoint.metadata.uid }, analysis))
      this.#options.health.noteAttempt(endpoint, {
        result: answer,
        nextAttemptTime,
        record: { eventId: id, type: name, analysis: analysis.metadata.name, ...recordOf(response) },
      });
    const delivered = answer.outcome === 'delivered';
    return {
      result: answer,
      record: { delivered, response, nextAttemptTime, resultOmitted: body.resultOmitted },
      delayMs,
    };
  }

  /**
   * Sends one `webhook.ping`. Rejects with the signal's reason.
   * @param answered told before the attempt is reported, so that one write of the status shows both
   */
  async ping(
    endpoint: WebhookEndpoint,
    target: Target,
    value: string,
    signal: AbortSignal,
    answered: (answer: AttemptResult) => void,
  ): Promise<void> {
    const { metadata, spec } = endpoint;
    const time = new Date().toISOString();
    const body = pingBody({ endpoint: { ...metadata, spec }, url: target.url, value, time });
    const name = sentName(pingType, spec);
    const message = {
      id: pingId(metadata.uid, value),
      analysis: undefined,
      type: pingType,
      name,
      sequence: undefined,
      attempt: 1,
      body,
    };
    const answer = await this.#post(endpoint, target, message, { signal, isWanted: () => true });
    if (answer === 'unwanted') return;
    answered(answer);
    this.#report(endpoint, message, answer);
    this.#options.health.noteAttempt(endpoint, {
      result: answer,
      nextAttemptTime: undefined,
      record: {
        eventId: message.id,
        type: name,
        attempt: 1,
        ...recordOf(responseOf(message, endpoint, answer)),
      },
    });
  }

  async #post(
    endpoint: WebhookEndpoint,
    { url, headers, keys, tls, secrets }: Target,
    message: Message,
    { signal, isWanted }: Pick<Sending, 'signal' | 'isWanted'>,
  ): Promise<AttemptResult | 'unwanted'> {
    const { spec } = endpoint;
    const { id, type, sequence, attempt, body } = message;
    const timestampSeconds = Math.floor(Date.now() / 1000);
    const attempted = startTrace(id, traceAttributes(endpoint, message));
    const own = eventHeaders({
      id,
      timestampSeconds,
      type,
      sequence,
      attempt,
      userAgent: spec.userAgent ?? this.#options.userAgent,
      contentType: body.contentType,
      traceparent: attempted.traceparent,
    });
    const signature = signatureHeader({ id, timestampSeconds, body: body.text, keys });
    let answer: AttemptResult | undefined;
    try {
      answer = await this.#options.transport.post({
        url,
        // Ours come last: nothing that an endpoint adds may replace them.
        headers: { ...headers, ...own, ...(keys.length === 0 ? {} : { 'webhook-signature': signature }) },
        body: body.text,
        timeoutMs: spec.delivery.timeoutSeconds * 1000,
        successStatus: spec.delivery.successStatus,
        secrets,
        ...(tls === undefined ? {} : { tls }),
        signal,
        isWanted,
      });
      // What prevented an answer may name the host, which is a secret here.
      return spec.urlFrom === undefined || answer.statusCode !== undefined
        ? answer
        : { ...answer, message: unnamed[answer.outcome] };
    } catch (error) {
      if (error instanceof UnwantedError) return 'unwanted';
      throw error;
    } finally {
      attempted.end(answer);
    }
  }

  #report(endpoint: WebhookEndpoint, message: Message, answer: AttemptResult): void {
    const { metrics, log } = this.#options;
    const { outcome, durationMs, statusCode } = answer;
    metrics.attempts.inc({ outcome });
    log(outcome === 'delivered' ? 'info' : 'warn', message.analysis === undefined ? 'ping' : 'attempt', {
      namespace: endpoint.metadata.namespace,
      ...(message.analysis === undefined ? {} : { analysis: message.analysis }),
      endpoint: endpoint.metadata.name,
      ...(message.sequence === undefined ? {} : { sequence: message.sequence }),
      attempt: message.attempt,
      outcome,
      ...(statusCode === undefined ? {} : { statusCode }),
      durationMs,
      message: answer.message,
    });
  }
}

/** No host: it may be a secret. */
function traceAttributes(
  { metadata: { namespace, name } }: WebhookEndpoint,
  { analysis, type, sequence, attempt }: Message,
): TraceAttributes {
  return {
    'heliograph.namespace': namespace,
    'heliograph.endpoint': name,
    'heliograph.event_type': type,
    'heliograph.attempt': attempt,
    ...(analysis !== undefined && { 'heliograph.analysis': analysis }),
    ...(sequence !== undefined && { 'heliograph.sequence': sequence }),
  };
}

function delayOf({ spec: { delivery } }: WebhookEndpoint, attempt: number, result: AttemptResult) {
  // A receiver that is gone is asked again when the spec has changed, and not after a time.
  if (result.outcome === 'delivered' || result.outcome === 'gone') return undefined;
  // What our own rules refuse changes with DNS or the configuration only.
  const leastMs = result.outcome === 'denied' ? deniedMs : 0;
  return retryDelayMs({
    attempt,
    initialBackoffMs: Math.max(delivery.initialBackoffSeconds * 1000, leastMs),
    maxBackoffMs: Math.max(delivery.maxBackoffSeconds * 1000, leastMs),
    retryAfterMs: result.retryAfterMs,
    random: Math.random,
  });
}

function responseOf(
  { name }: Message,
  { spec: { recordResponseBody } }: WebhookEndpoint,
  result: AttemptResult,
): Omit<LastResponse, 'sequence' | 'attempt'> {
  const { time, durationMs, statusCode, status, body, outcome } = result;
  const keepsBody =
    recordResponseBody === 'Always' || (recordResponseBody === 'OnFailure' && outcome !== 'delivered');
  return {
    time: time.toISOString(),
    durationMilliseconds: durationMs,
    ...(statusCode === undefined ? {} : { statusCode }),
    ...(status === undefined ? {} : { status }),
    ...(body === undefined || !keepsBody ? {} : { body }),
    message: describe(name, result),
  };
}

type Recorded = Pick<DeliveryRecord, 'time' | 'durationMilliseconds' | 'response'>;

/** As `recentDeliveries` has it: the answer in an object of its own. */
function recordOf<T extends Omit<LastResponse, 'sequence' | 'attempt'>>(response: T) {
  const { time, durationMilliseconds, statusCode, status, body, message, ...rest } = response;
  const answer: Recorded['response'] = {
    ...(statusCode === undefined ? {} : { statusCode }),
    ...(status === undefined ? {} : { status }),
    ...(body === undefined ? {} : { body }),
    message,
  };
  return { ...rest, time, durationMilliseconds, response: answer };
}
