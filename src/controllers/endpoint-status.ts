// The status of a WebhookEndpoint, from its spec and what is known of its deliveries. Pure.
import type { DeliveryRecord, WebhookEndpoint, WebhookEndpointStatus } from '../api/webhook-endpoint.ts';
import { parseAddress } from '../delivery/address.ts';
import { type EgressRules, refuseAddress, refuseScheme } from '../delivery/egress.ts';
import type { DeniedError } from '../delivery/errors.ts';
import { readUrl } from '../delivery/url.ts';
import { type Condition, setCondition } from '../kube/conditions.ts';
import { goneGeneration, type Health, maxRecent } from './endpoint-health.ts';
import type { ObservedEndpoint } from './resources.ts';
import type { Problem } from './targets.ts';

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>;

/** What the status shows of deliveries. */
export interface Deliveries {
  /** Of this process. */
  health: Readonly<Health>;
  owedCount: number;
  /** Of the processes before it, as the status had it when this one first saw the endpoint. */
  earlier: WebhookEndpointStatus | undefined;
  lastHandledPing: string | undefined;
  /** RFC 3339; while the circuit is open. */
  nextProbeTime: string | undefined;
}

/** @param now RFC 3339 */
export function endpointStatus(
  observed: ObservedEndpoint,
  deliveries: Deliveries,
  { egress, now, problem }: { egress: EgressRules; now: string; problem: Problem | undefined },
): WebhookEndpointStatus {
  const { metadata, endpoint, status: stored } = observed;
  const { health, earlier, owedCount, lastHandledPing } = deliveries;
  const observedGeneration = metadata.generation ?? 0;
  const recentDeliveries = [...health.recentDeliveries, ...(earlier?.recentDeliveries ?? [])].slice(
    0,
    maxRecent,
  );
  const [lastDelivery] = recentDeliveries;
  const ready = { type: 'Ready', ...readiness(observed, health, { egress, problem }), observedGeneration };
  const receiving =
    endpoint === undefined ? notReady(owedCount) : delivering(endpoint, deliveries, lastDelivery, ready);
  const conditions = setCondition(
    setCondition(stored?.conditions ?? [], ready, now),
    { type: 'Delivering', ...receiving, observedGeneration },
    now,
  );
  return {
    observedGeneration,
    conditions: [...conditions],
    ...(endpoint?.spec.url === undefined ? {} : { host: URL.parse(endpoint.spec.url)?.host ?? '' }),
    deliveredCount: (earlier?.deliveredCount ?? 0) + health.deliveredCount,
    failedCount: (earlier?.failedCount ?? 0) + health.failedCount,
    pendingCount: owedCount,
    updatedTime: updatedTime(metadata, stored, now),
    ...(lastDelivery === undefined ? {} : { lastDelivery, recentDeliveries }),
    ...(lastHandledPing === undefined ? {} : { lastHandledPing }),
  };
}

/** Whether the spec is accepted. It says nothing of the receiver, whose outage must not hang an installation. */
function readiness(
  { metadata, endpoint, problem = '' }: ObservedEndpoint,
  { denied }: Readonly<Health>,
  { egress, problem: missing }: { egress: EgressRules; problem: Problem | undefined },
): Verdict {
  if (endpoint === undefined)
    return { status: 'False', reason: 'InvalidSpec', message: `The spec cannot be read: ${problem}.` };
  if (missing !== undefined)
    return {
      status: 'False',
      reason: missing.reason,
      message: `${sentence(missing.message)} Deliveries wait; it is looked at again within a minute.`,
    };
  const url = endpoint.spec.url === undefined ? undefined : readUrl(endpoint.spec.url);
  if (url !== undefined && !(url instanceof URL))
    return { status: 'False', reason: 'InvalidURL', message: sentence(url.message) };
  const refusal = url === undefined ? undefined : refuse(url, egress)?.message;
  if (refusal !== undefined) return { status: 'False', reason: 'EgressDenied', message: sentence(refusal) };
  if (denied !== undefined && denied.generation === metadata.generation)
    return { status: 'False', reason: 'EgressDenied', message: sentence(denied.message) };
  return { status: 'True', reason: 'Accepted', message: 'The spec is accepted.' };
}

/** What can be told without DNS. */
function refuse(url: URL, egress: EgressRules): DeniedError | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const address = host === 'localhost' || host.endsWith('.localhost') ? '127.0.0.1' : host;
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return (
    refuseScheme(url, egress) ??
    (parseAddress(address) === undefined ? undefined : refuseAddress(address, port, egress))
  );
}

/** How the receiver is doing. */
function delivering(
  { metadata, spec, status }: WebhookEndpoint,
  { health, owedCount, nextProbeTime }: Deliveries,
  lastDelivery: DeliveryRecord | undefined,
  ready: Verdict,
): Verdict {
  const owed = owedText(owedCount);
  if (!spec.enabled) {
    const kept =
      owedCount === 0 ? '' : ' and kept until it is true again, or until spec.delivery.maxAgeSeconds is over';
    const message = `spec.enabled is false, so nothing is sent; ${owed}${kept}.`;
    return { status: 'False', reason: 'Disabled', message };
  }
  if (goneGeneration(health, status) === metadata.generation)
    return {
      status: 'False',
      reason: 'Gone',
      message: `The receiver answered 410 Gone, so nothing is sent until the spec changes; ${owed}.`,
    };
  if (ready.status === 'False') return notReady(owedCount);
  if (nextProbeTime !== undefined) {
    const last = lastDelivery === undefined ? '' : ` The newest attempt: ${lastDelivery.response.message}.`;
    return {
      status: 'False',
      reason: 'CircuitOpen',
      message: `The receiver has failed again and again, so only probes are sent, the next at ${nextProbeTime}; ${owed}.${last}`,
    };
  }
  if (owedCount > 0 && health.failures > 0) {
    const next = health.nextAttemptTime === undefined ? '' : ` Next attempt at ${health.nextAttemptTime}.`;
    const message = `${owed}; the newest attempt: ${lastDelivery?.response.message ?? 'failed'}.${next}`;
    return { status: 'False', reason: 'Retrying', message };
  }
  if (owedCount > 0) return { status: 'True', reason: 'Delivering', message: 'Events are on their way.' };
  if (lastDelivery === undefined)
    return { status: 'Unknown', reason: 'Idle', message: 'Nothing is owed, and nothing was sent yet.' };
  return health.failures === 0
    ? { status: 'True', reason: 'Idle', message: 'Nothing is owed; the newest attempt succeeded.' }
    : {
        status: 'False',
        reason: 'Idle',
        message: `Nothing is owed; the newest attempt: ${lastDelivery.response.message}.`,
      };
}

function notReady(owedCount: number): Verdict {
  const message = `Nothing is sent while Ready is False; ${owedText(owedCount)}.`;
  return { status: 'False', reason: 'NotReady', message };
}

function owedText(count: number): string {
  if (count === 0) return 'nothing is owed';
  return count === 1 ? '1 event is owed' : `${count} events are owed`;
}

/** Of the last change of the spec; deliveries do not move it. */
function updatedTime(
  { generation, creationTimestamp }: WebhookEndpoint['metadata'],
  stored: WebhookEndpointStatus | undefined,
  now: string,
): string {
  if (stored?.updatedTime === undefined) return generation === 1 ? creationTimestamp : now;
  return stored.observedGeneration === generation ? stored.updatedTime : now;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
