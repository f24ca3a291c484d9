// What a body is made of, and what the formats share. A body is a pure function of this, so that every attempt,
// from whichever replica, sends the same bytes.
import type { Analysis } from '../api/analysis.ts';
import type { LedgerEvent } from '../api/ledger.ts';
import type { WebhookEndpoint } from '../api/webhook-endpoint.ts';

export type BodySpec = Pick<WebhookEndpoint['spec'], 'format' | 'eventTypeNames' | 'envelope'>;

export interface BodyInput {
  readonly analysis: Pick<Analysis, 'metadata' | 'spec'>;
  readonly event: LedgerEvent;
  /** The WebhookEndpoint, or the one that stands for `spec.webhookUrl`. */
  readonly endpoint: { readonly uid: string; readonly spec: BodySpec };
  /** The URL that is called. */
  readonly url: string;
  /**
   * `status.result` as it was frozen; undefined where there is none. Numbers that a double cannot hold are raw JSON,
   * which JSON.stringify writes as it was read.
   */
  readonly result: Readonly<Record<string, unknown>> | undefined;
}

export interface PingInput {
  readonly endpoint: BodyInput['endpoint'] & { readonly namespace: string; readonly name: string };
  readonly url: string;
  /** Of the annotation that asked for the ping. */
  readonly value: string;
  /** When the ping was first sent, RFC 3339: kept over its attempts. */
  readonly time: string;
}

export interface Body {
  readonly text: string;
  readonly contentType: string;
  /** There is a result, and it was too large to send. */
  readonly resultOmitted: boolean;
}

export interface BodyFormat {
  /** Undefined: the format has no body for this event. */
  event(input: BodyInput): Body | undefined;
  ping(input: PingInput): Body;
}

export function jsonBody(members: object, over: Partial<Omit<Body, 'text'>> = {}): Body {
  return { text: JSON.stringify(members), contentType: 'application/json', resultOmitted: false, ...over };
}

/** What receivers know the analysis by. */
export function analysisIdOf({ metadata, spec }: BodyInput['analysis']): string {
  return spec.analysisId ?? metadata.uid;
}

/** RFC 3339 ending in Z, as it is kept; one with another offset was not written by the operator. */
export function utc(time: string): string {
  return time.endsWith('Z') ? time : new Date(time).toISOString();
}
