// The subscription: which endpoints an analysis notifies, decided once, when it starts.
import { type EventFilter, type EventType, eventTypes, everyEvent, typesAsked } from '../api/event-types.ts';
import { selects } from '../api/label-selector.ts';
import type { Analysis } from '../api/analysis.ts';
import type { Subscription } from '../api/ledger.ts';
import type { WebhookEndpoint } from '../api/webhook-endpoint.ts';

/** Keeps the ledger within 64 KB. */
export const maxSubscriptions = 32;

/** What an analysis' own URL is called beside the names of endpoints, which have no such dot and capital. */
export const perJobName = 'spec.webhookUrl';

/** A JobResult is sent when the whole job is complete, and not before. */
const jobResultTypes: readonly EventType[] = ['analysis.completed', 'analysis.failed'];

export interface Decision {
  readonly subscriptions: readonly Subscription[];
  /** Names of endpoints that wanted the analysis and found no place. */
  readonly leftOut: readonly string[];
}

/** Decides from every endpoint of the analysis' namespace, in whatever order they come. */
export function decideSubscription(analysis: Analysis, endpoints: readonly WebhookEndpoint[]): Decision {
  const wanting = endpoints.filter((endpoint) => wantsAnalysis(endpoint, analysis)).toSorted(oldestFirst);
  const perJob = perJobSubscription(analysis);
  const places = maxSubscriptions - perJob.length;
  return {
    subscriptions: [...perJob, ...wanting.slice(0, places).map(subscribe)],
    leftOut: wanting.slice(places).map(({ metadata }) => metadata.name),
  };
}

export function wantsType(filter: EventFilter, type: EventType): boolean {
  return filter.includes(everyEvent) || filter.includes(type);
}

/** The analysis itself stands for its URL: no endpoint has its UID. */
export function isPerJob({ uid }: Pick<Subscription, 'uid'>, analysis: Pick<Analysis, 'metadata'>): boolean {
  return uid === analysis.metadata.uid;
}

function perJobSubscription({ metadata: { uid }, spec: { webhookUrl } }: Analysis): Subscription[] {
  if (webhookUrl === undefined) return [];
  return [{ name: perJobName, uid, events: [...jobResultTypes], deliveries: [] }];
}

function subscribe({ metadata: { name, uid }, spec }: WebhookEndpoint): Subscription {
  return { name, uid, events: normalise(wantedTypes(spec)), deliveries: [] };
}

function wantsAnalysis({ metadata, spec }: WebhookEndpoint, analysis: Analysis): boolean {
  return (
    spec.enabled &&
    metadata.deletionTimestamp === undefined &&
    (spec.url === undefined || URL.canParse(spec.url)) &&
    (spec.analyses === 'All' || analysis.spec.notifyViaWebhook) &&
    selects(spec.analysisSelector, analysis.metadata.labels ?? {}) &&
    wantedTypes(spec).length > 0
  );
}

function wantedTypes({ events, eventTypeNames, format }: WebhookEndpoint['spec']): readonly EventType[] {
  const asked = typesAsked(events, eventTypeNames);
  return format === 'JobResult' ? asked.filter((type) => jobResultTypes.includes(type)) : asked;
}

function oldestFirst({ metadata: a }: WebhookEndpoint, { metadata: b }: WebhookEndpoint): number {
  return Date.parse(a.creationTimestamp) - Date.parse(b.creationTimestamp) || (a.name < b.name ? -1 : 1);
}

/** One spelling for one meaning, so that equal subscriptions look equal in the ledger. */
function normalise(wanted: readonly EventType[]): Subscription['events'] {
  return wanted.length === eventTypes.length ? [everyEvent] : [...wanted];
}
