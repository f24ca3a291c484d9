// The subscription: which endpoints an analysis notifies, decided once, when it starts.
import { type EventFilter, type EventType, eventTypes, everyEvent } from '../api/event-types.ts';
import { selects } from '../api/label-selector.ts';
import type { Analysis } from '../api/analysis.ts';
import type { Subscription } from '../api/ledger.ts';
import type { WebhookEndpoint } from '../api/webhook-endpoint.ts';

/** Keeps the ledger within 64 KB. */
export const maxSubscriptions = 32;

export interface Decision {
  readonly subscriptions: readonly Subscription[];
  /** Names of endpoints that wanted the analysis and found no place. */
  readonly leftOut: readonly string[];
}

/** Decides from every endpoint of the analysis' namespace, in whatever order they come. */
export function decideSubscription(analysis: Analysis, endpoints: readonly WebhookEndpoint[]): Decision {
  const wanting = endpoints.filter((endpoint) => wantsAnalysis(endpoint, analysis)).toSorted(oldestFirst);
  return {
    subscriptions: wanting.slice(0, maxSubscriptions).map(({ metadata: { name, uid }, spec }) => ({
      name,
      uid,
      events: normalise(spec.events),
      deliveries: [],
    })),
    leftOut: wanting.slice(maxSubscriptions).map(({ metadata }) => metadata.name),
  };
}

export function wantsType(filter: EventFilter, type: EventType): boolean {
  return filter.includes(everyEvent) || filter.includes(type);
}

function wantsAnalysis({ metadata, spec }: WebhookEndpoint, analysis: Analysis): boolean {
  return (
    spec.enabled &&
    metadata.deletionTimestamp === undefined &&
    URL.canParse(spec.url) &&
    (spec.analyses === 'All' || analysis.spec.notifyViaWebhook) &&
    selects(spec.analysisSelector, analysis.metadata.labels ?? {})
  );
}

function oldestFirst({ metadata: a }: WebhookEndpoint, { metadata: b }: WebhookEndpoint): number {
  return Date.parse(a.creationTimestamp) - Date.parse(b.creationTimestamp) || (a.name < b.name ? -1 : 1);
}

/** One spelling for one meaning, so that equal subscriptions look equal in the ledger. */
function normalise(filter: EventFilter): Subscription['events'] {
  const wanted = eventTypes.filter((type) => wantsType(filter, type));
  return wanted.length === eventTypes.length ? [everyEvent] : wanted;
}
