// Bodies of all formats: what an endpoint is sent for an event, and for a ping.
import type { Format } from '../api/webhook-endpoint.ts';
import { cloudEvents } from './body-cloud-events.ts';
import { completionRate } from './body-completion-rate.ts';
import { envelope } from './body-envelope.ts';
import type { Body, BodyFormat, BodyInput, PingInput } from './body-input.ts';
import { jobResult } from './body-job-result.ts';
import { milestone } from './body-milestone.ts';
import { lastRung } from './ladder.ts';

export { pingId, webhookId } from './body-ids.ts';
export type { Body, BodyInput, PingInput } from './body-input.ts';
export { sentName } from './body-names.ts';

const bodyFormats: Readonly<Record<Format, BodyFormat>> = {
  Milestone: milestone,
  Envelope: envelope,
  JobResult: jobResult,
  CompletionRate: completionRate,
  CloudEvents: cloudEvents,
};

/** Undefined where `formatSends` says that the format has none. */
export function bodyOf(input: BodyInput): Body | undefined {
  return bodyFormats[input.endpoint.spec.format].event(input);
}

/** Whether events of this number have a body in the format. */
export function formatSends(format: Format, sequence: number): boolean {
  return format !== 'JobResult' || sequence === lastRung;
}

/** The body of `webhook.ping`. */
export function pingBody(input: PingInput): Body {
  return bodyFormats[input.endpoint.spec.format].ping(input);
}
