// Keeps the status of every WebhookEndpoint true, with at most one write in five seconds.
import { isDeepStrictEqual } from 'node:util';
import type { WebhookEndpointStatus } from '../api/webhook-endpoint.ts';
import type { EgressRules } from '../delivery/egress.ts';
import type { KubeClient } from '../kube/client.ts';
import { runController } from '../kube/controller.ts';
import { isFailedTest, isNotFound } from '../kube/errors.ts';
import type { EventRecorder } from '../kube/event-recorder.ts';
import type { Log } from '../kube/log.ts';
import { objectPath } from '../kube/paths.ts';
import { objectAt, textAt } from '../kube/raw.ts';
import { toSeconds } from '../kube/time.ts';
import { WorkQueue } from '../kube/work-queue.ts';
import type { Circuits } from './circuits.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import { type News, pingNews, statusNews } from './endpoint-news.ts';
import { endpointStatus } from './endpoint-status.ts';
import type { Endpoints } from './endpoints.ts';
import type { Pinger } from './pinger.ts';
import { endpointType, type ObservedEndpoint, regarding } from './resources.ts';
import { hasReferences, type Targets } from './targets.ts';
import type { Written } from './written.ts';

export interface EndpointControllerOptions {
  client: Pick<KubeClient, 'patchJson'>;
  endpoints: Endpoints;
  health: EndpointHealth;
  events: Pick<EventRecorder, 'record'>;
  egress: EgressRules;
  targets: Pick<Targets, 'resolve'>;
  circuits: Pick<Circuits, 'nextProbeTime'>;
  pinger: Pick<Pinger, 'isDue' | 'ping' | 'handled' | 'forget'>;
  /** Nobody else writes the status of this namespace's endpoints now. */
  owns: (namespace: string) => boolean;
  /** Told of every write. */
  written: Pick<Written, 'note'>;
  log: Log;
  intervals?: Partial<typeof defaultIntervals>;
}

const defaultIntervals = {
  /** Between two writes of one endpoint's status. */
  writeMs: 5000,
  /** What refuses an endpoint may be elsewhere: look again. */
  notReadyMs: 15_000,
  /** What an endpoint refers to may go: look again. */
  readyMs: 50_000,
};

/** Few, because these writes are for people and the ledgers' are for events. */
const concurrency = 2;

export class EndpointController {
  readonly #options: EndpointControllerOptions;
  readonly #intervals: typeof defaultIntervals;
  readonly #queue = new WorkQueue<string>({ backoff: { baseMs: 500, maxMs: 60_000 } });
  /** What this process wrote last, by uid. */
  readonly #written = new Map<string, { at: number; status: WebhookEndpointStatus }>();
  /** The status that this process found, by uid: it counts on from there. */
  readonly #found = new Map<string, WebhookEndpointStatus | undefined>();
  readonly #keys = new Map<string, string>();

  constructor(options: EndpointControllerOptions) {
    this.#options = options;
    this.#intervals = { ...defaultIntervals, ...options.intervals };
  }

  /** How many endpoints wait to be looked at. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** The endpoint is new or has changed. */
  observe({ metadata: { namespace, name, uid }, status }: ObservedEndpoint): void {
    if (!this.#found.has(uid)) this.#found.set(uid, status);
    this.#keys.set(uid, `${namespace}/${name}`);
    this.#queue.add(`${namespace}/${name}`);
  }

  /** Something happened to its deliveries. */
  touch(uid: string): void {
    const key = this.#keys.get(uid);
    if (key !== undefined) this.#queue.add(key);
  }

  forget(uid: string): void {
    this.#options.pinger.forget(uid);
    this.#keys.delete(uid);
    this.#found.delete(uid);
    this.#written.delete(uid);
  }

  /** Resolves after `signal` has aborted and what may be written then is written. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const reconcile = (key: string) => this.#reconcile(key);
    await runController({ queue: this.#queue, concurrency, signal, log, reconcile });
  }

  /** Writes the last counts, from which the next owner counts on; never rejects. */
  async flush(isWanted: (namespace: string) => boolean): Promise<void> {
    const keys = [...this.#keys.values()].filter((key) => isWanted(namespaceOf(key)));
    await Promise.allSettled(keys.map((key) => this.#reconcile(key, true)));
  }

  /** @param isLast begins nothing, and does not wait for its turn to write */
  async #reconcile(key: string, isLast = false): Promise<void | { requeueAfterMs: number }> {
    const { endpoints, health, egress, targets, pinger, circuits } = this.#options;
    const observed = endpoints.store.get(key);
    if (observed === undefined || !this.#isOurs(observed.metadata)) return undefined;
    const { endpoint } = observed;
    const { uid } = observed.metadata;
    const written = this.#written.get(uid);
    const waitMs =
      written === undefined || isLast ? 0 : written.at + this.#intervals.writeMs - performance.now();
    // Every delivery ends in here: what it refers to is read only for a status or a ping.
    const isPingDue = endpoint !== undefined && !isLast && pinger.isDue(endpoint);
    if (waitMs > 0 && !isPingDue) return { requeueAfterMs: waitMs };
    const resolution = endpoint === undefined ? undefined : await targets.resolve(endpoint);
    if (endpoint !== undefined && isPingDue && resolution !== undefined && 'target' in resolution)
      pinger.ping(endpoint, resolution.target, (value, answer) => {
        this.#record(endpoint.metadata, pingNews(value, answer));
      });
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    // What we wrote last may not have come back through the watch yet.
    const stored = written?.status ?? observed.status;
    const known = {
      ...observed,
      ...(endpoint === undefined ? {} : { endpoint: { ...endpoint, status: stored } }),
      status: stored,
    };
    const now = toSeconds(Date.now());
    const problem = resolution !== undefined && 'problem' in resolution ? resolution.problem : undefined;
    const deliveries = {
      health: health.of(uid),
      owedCount: health.owedCount(uid),
      earlier: this.#found.get(uid),
      lastHandledPing: pinger.handled(uid) ?? stored?.lastHandledPing,
      nextProbeTime: circuits.nextProbeTime(uid),
    };
    const status = endpointStatus(known, deliveries, { egress, now, problem });
    if (!isDeepStrictEqual(status, stored) && this.#isOurs(observed.metadata))
      await this.#write(known, status);
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True') return { requeueAfterMs: this.#intervals.notReadyMs };
    const refers = endpoint !== undefined && hasReferences(endpoint);
    return refers ? { requeueAfterMs: this.#intervals.readyMs } : undefined;
  }

  /** And we have taken in what the last owner has counted: a turn of the queue may come before or after that. */
  #isOurs({ namespace, uid }: ObservedEndpoint['metadata']): boolean {
    return this.#keys.has(uid) && this.#options.owns(namespace);
  }

  async #write({ metadata, status: stored }: ObservedEndpoint, status: WebhookEndpointStatus): Promise<void> {
    const { client } = this.#options;
    const { namespace, name, uid } = metadata;
    try {
      const answer = await client.patchJson(objectPath(endpointType, namespace, name, 'status'), [
        // It may be another endpoint that has the name by now.
        { op: 'test', path: '/metadata/uid', value: uid },
        // As a whole: a merge would keep the status code of an earlier answer when there was none.
        { op: 'add', path: '/status', value: status },
      ]);
      this.#options.written.note(
        endpointType,
        namespace,
        textAt(objectAt(answer, 'metadata'), 'resourceVersion'),
      );
    } catch (error) {
      if (isNotFound(error) || isFailedTest(error)) return;
      throw error;
    }
    // It may have been deleted meanwhile.
    if (!this.#keys.has(uid)) return;
    this.#written.set(uid, { at: performance.now(), status });
    for (const news of statusNews(stored, status)) this.#record(metadata, news);
  }

  #record(metadata: ObservedEndpoint['metadata'], news: News): void {
    this.#options.events.record({ object: regarding(endpointType, metadata), ...news });
  }
}

function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}
