// What of an endpoint is worth a Kubernetes Event: what a person would act on, or has asked for. Pure.
import type { WebhookEndpointStatus } from '../api/webhook-endpoint.ts';
import type { AttemptResult } from '../delivery/outcome.ts';
import type { EventRecord } from '../kube/event-recorder.ts';

export type News = Pick<EventRecord, 'type' | 'reason' | 'action' | 'note'>;

/** Retrying is none of them: it may well end by itself. */
const alarming = new Set(['Gone', 'CircuitOpen']);

/** Conditions are easily overlooked: Events when an endpoint is refused, or nothing more is sent to its receiver. */
export function statusNews(
  before: WebhookEndpointStatus | undefined,
  after: WebhookEndpointStatus,
): readonly News[] {
  return (after.conditions ?? []).flatMap((condition): News[] => {
    const { type, status, reason, message } = condition;
    const was = before?.conditions?.find((one) => one.type === type);
    const isNews =
      type === 'Ready'
        ? status === 'False' && was?.message !== message
        : // Its message has times and counts in it, which change all the time.
          alarming.has(reason) &&
          (was?.reason !== reason || was.observedGeneration !== condition.observedGeneration);
    const action = type === 'Ready' ? 'Validate' : 'Deliver';
    return isNews ? [{ type: 'Warning', reason, action, note: message }] : [];
  });
}

/** @param value of the annotation that asked for it */
export function pingNews(value: string, { outcome, message }: AttemptResult): News {
  const note = `Ping ${value}: ${message}`;
  return outcome === 'delivered'
    ? { type: 'Normal', reason: 'PingDelivered', action: 'Ping', note }
    : { type: 'Warning', reason: 'PingFailed', action: 'Ping', note };
}
