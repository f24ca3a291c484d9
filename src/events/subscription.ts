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
  /** Who could have wanted it, and did not. Endpoints that take only what opts in say nothing of what does not. */
  readonly declined: readonly Declined[];
}

export interface Declined {
  readonly name: string;
  /** Goes on from the name: `was disabled`. */
  readonly why: string;
}

/** Decides from every endpoint of the analysis' namespace, in whatever order they come. */
export function decideSubscription(analysis: Analysis, endpoints: readonly WebhookEndpoint[]): Decision {
  const wanting: WebhookEndpoint[] = [];
  const declined: Declined[] = [];
  const open = endpoints.filter(({ spec }) => spec.analyses === 'All' || analysis.spec.notifyViaWebhook);
  for (const endpoint of open.toSorted(oldestFirst)) {
    const why = whyDeclined(endpoint, analysis);
    if (why === undefined) wanting.push(endpoint);
    else declined.push({ name: endpoint.metadata.name, why });
  }
  const perJob = perJobSubscription(analysis);
  const places = maxSubscriptions - perJob.length;
  return {
    subscriptions: [...perJob, ...wanting.slice(0, places).map(subscribe)],
    leftOut: wanting.slice(places).map(({ metadata }) => metadata.name),
    declined,
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

/** Undefined where it wants the analysis. */
function whyDeclined({ metadata, spec }: WebhookEndpoint, analysis: Analysis): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return 'was being deleted';
  if (!spec.enabled) return 'was disabled';
  if (spec.url !== undefined && !URL.canParse(spec.url)) return 'had a URL that cannot be read';
  if (!selects(spec.analysisSelector, analysis.metadata.labels ?? {}))
    return "had an analysisSelector that did not match the analysis' labels";
  return wantedTypes(spec).length > 0 ? undefined : 'asked for no event that its format sends';
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
