// Sends one event to one endpoint, once, and reports the attempt everywhere but in the ledger.
import { randomBytes } from 'node:crypto';
import type { Analysis } from '../api/analysis.ts';
import type { LedgerEvent, LastResponse } from '../api/ledger.ts';
import type { DeliveryRecord, WebhookEndpoint } from '../api/webhook-endpoint.ts';
import { eventHeaders } from '../delivery/headers.ts';
import { type AttemptResult, describe } from '../delivery/outcome.ts';
import { retryDelayMs } from '../delivery/retry.ts';
import type { Transport } from '../delivery/transport.ts';
import { milestoneBody, webhookId } from '../events/body.ts';
import type { AttemptRecord } from '../events/ledger.ts';
import type { Log } from '../kube/log.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import type { Metrics } from './metrics.ts';

export interface SenderOptions {
  transport: Pick<Transport, 'post'>;
  health: EndpointHealth;
  metrics: Metrics;
  log: Log;
  /** The User-Agent of endpoints. */
  userAgent: string;
}

export interface Sending {
  readonly analysis: Analysis;
  readonly endpoint: WebhookEndpoint;
  readonly event: LedgerEvent;
  /** From 1. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

export interface Sent {
  readonly record: AttemptRecord;
  /** How long to wait before the next attempt; undefined when there is nothing to repeat. */
  readonly delayMs: number | undefined;
}

export class Sender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Rejects only with the signal's reason. */
  async send(sending: Sending): Promise<Sent> {
    const { analysis, endpoint, event, attempt, signal } = sending;
    const { transport, health, userAgent } = this.#options;
    const result = await transport.post({
      url: endpoint.spec.url,
      headers: eventHeaders({
        id: webhookId(analysis.metadata.uid, event.sequence),
        timestampSeconds: Math.floor(Date.now() / 1000),
        type: event.type,
        sequence: event.sequence,
        attempt,
        userAgent,
        contentType: 'application/json',
        random: randomBytes,
      }),
      body: milestoneBody(analysis, event),
      timeoutMs: endpoint.spec.delivery.timeoutSeconds * 1000,
      signal,
    });
    const delayMs = delayOf(endpoint, attempt, result);
    const nextAttemptTime = delayMs === undefined ? undefined : new Date(Date.now() + delayMs).toISOString();
    const response = responseOf(event, attempt, result);
    health.noteAttempt(endpoint, {
      result,
      nextAttemptTime,
      record: recordOf(analysis, event, response),
    });
    this.#report(sending, result);
    return { record: { delivered: result.outcome === 'delivered', response, nextAttemptTime }, delayMs };
  }

  #report({ analysis, endpoint, event, attempt }: Sending, result: AttemptResult): void {
    const { metrics, log } = this.#options;
    const { outcome, durationMs, statusCode, message } = result;
    metrics.attempts.inc({ outcome });
    log(outcome === 'delivered' ? 'info' : 'warn', 'attempt', {
      namespace: analysis.metadata.namespace,
      analysis: analysis.metadata.name,
      endpoint: endpoint.metadata.name,
      sequence: event.sequence,
      attempt,
      outcome,
      ...(statusCode === undefined ? {} : { statusCode }),
      durationMs,
      message,
    });
  }
}

function delayOf({ spec: { delivery } }: WebhookEndpoint, attempt: number, result: AttemptResult) {
  // A receiver that is gone is asked again when the spec has changed, and not after a time.
  if (result.outcome === 'delivered' || result.outcome === 'gone') return undefined;
  return retryDelayMs({
    attempt,
    initialBackoffMs: delivery.initialBackoffSeconds * 1000,
    maxBackoffMs: delivery.maxBackoffSeconds * 1000,
    retryAfterMs: result.retryAfterMs,
    random: Math.random,
  });
}

function responseOf({ sequence, type }: LedgerEvent, attempt: number, result: AttemptResult): LastResponse {
  const { time, durationMs, statusCode, status, body } = result;
  return {
    sequence,
    attempt,
    time: time.toISOString(),
    durationMilliseconds: durationMs,
    ...(statusCode === undefined ? {} : { statusCode }),
    ...(status === undefined ? {} : { status }),
    ...(body === undefined ? {} : { body }),
    message: describe(type, result),
  };
}

function recordOf({ metadata }: Analysis, { type }: LedgerEvent, response: LastResponse): DeliveryRecord {
  const { sequence, attempt, time, durationMilliseconds, ...answer } = response;
  return {
    eventId: webhookId(metadata.uid, sequence),
    type,
    analysis: metadata.name,
    sequence,
    attempt,
    time,
    durationMilliseconds,
    response: answer,
  };
}
