// One tracker for every analysis that something is to be done for.
import type { Analysis } from '../api/analysis.ts';
import { namedObject } from '../api/webhook-endpoint.ts';
import { isAtRest } from '../events/rest.ts';
import type { StoredObject } from '../kube/store.ts';
import { conditionsOf, type ObservedEndpoint } from './resources.ts';
import { Tracker, type TrackerOptions } from './tracker.ts';
import { oldest, type WaitsFor } from './waits-for.ts';
import { within } from './within.ts';

/** Attempts that are answered just before the end are worth recording; a hung one is not worth waiting for. */
const answersMs = 400;
/** Records take some 100 ms; with an API server that is busy they take longer, and are worth waiting for. */
const handOverMs = 2000;
/** An API server that is busy is worth waiting for: else events are sent again. */
const recordsMs = 3000;

export class AnalysisController {
  readonly #options: Omit<TrackerOptions, 'ended'>;
  readonly #trackers = new Map<string, Map<string, Tracker>>();

  constructor(options: Omit<TrackerOptions, 'ended'>) {
    this.#options = options;
  }

  /** From the watch of those that are not settled. */
  observe(analysis: Analysis): void {
    this.#observe(analysis, true);
  }

  #observe(analysis: Analysis, isWatched: boolean): void {
    const { namespace, uid, deletionTimestamp } = analysis.metadata;
    if (!this.#options.owns(namespace)) return;
    const known = this.#trackers.get(namespace)?.get(uid);
    // Somebody's finalizer may keep it for long: it is deleted all the same.
    if (deletionTimestamp !== undefined) known?.end();
    else if (known !== undefined || !isAtRest(analysis))
      (known ?? this.#add(analysis)).observe(analysis, isWatched);
  }

  /** From the watch of those that carry the redeliver label, which sees the settled ones as well. */
  observeLabelled(analysis: Analysis): void {
    // Those that are not settled are in the other watch.
    if (analysis.status.delivery?.state === 'Settled' && !isAtRest(analysis)) this.#observe(analysis, false);
  }

  /** It has left the watch: deleted, or settled. */
  left({ metadata: { namespace, uid } }: StoredObject, resourceVersion: string | undefined): void {
    this.#trackers.get(namespace)?.get(uid)?.left(resourceVersion);
  }

  /** An object that does not fit the schema, as after a change of the CRD: it says so itself. */
  explainUnparsable(raw: unknown, error: unknown): void {
    const { metadata } = namedObject.parse(raw);
    if (!this.#options.owns(metadata.namespace)) return;
    const problem = error instanceof Error ? error.message : String(error);
    const message = `The operator cannot read this Analysis: ${problem}. The CRDs may be of another version than the operator.`;
    this.#options.notices.unreadable({ metadata }, message);
    const status = { conditions: conditionsOf(raw) };
    void this.#options.writer.explain({ metadata, status }, 'Unreadable', message);
  }

  /** An endpoint of this namespace has changed, or is gone. */
  endpointChanged({ metadata: { namespace } }: ObservedEndpoint): void {
    for (const tracker of this.#trackers.get(namespace)?.values() ?? []) tracker.advance();
  }

  /** Starts no attempt any more in these namespaces, waits shortly for those under way, and records what they brought. */
  async handOver(isTheirs: (namespace: string) => boolean): Promise<void> {
    const trackers = this.#of(isTheirs);
    await within(
      answersMs,
      trackers.map((tracker) => tracker.stop()),
    );
    await within(
      handOverMs,
      trackers.map((tracker) => tracker.flush()),
    );
  }

  /** Ages of the oldest owed events, in ms. */
  oldestOwed(): Record<WaitsFor, number> {
    return oldest(
      this.#of(() => true)
        .values()
        .flatMap((tracker) => tracker.owed()),
    );
  }

  /** Somebody else looks after these namespaces from now on. */
  drop(isTheirs: (namespace: string) => boolean): void {
    for (const tracker of this.#of(isTheirs)) tracker.end();
  }

  /** As handing over, for all there is. */
  async stop(): Promise<void> {
    const trackers = this.#of(() => true);
    await this.handOver(() => true);
    await within(
      recordsMs,
      trackers.map((tracker) => tracker.flush()),
    );
    for (const tracker of trackers) tracker.end();
  }

  #of(isWanted: (namespace: string) => boolean): Tracker[] {
    return [...this.#trackers]
      .filter(([namespace]) => isWanted(namespace))
      .flatMap(([, trackers]) => [...trackers.values()]);
  }

  #add(analysis: Analysis): Tracker {
    const { namespace, uid } = analysis.metadata;
    const tracker = new Tracker(analysis, { ...this.#options, ended: () => this.#remove(namespace, uid) });
    const trackers = this.#trackers.get(namespace) ?? new Map<string, Tracker>();
    this.#trackers.set(namespace, trackers.set(uid, tracker));
    return tracker;
  }

  #remove(namespace: string, uid: string): void {
    const trackers = this.#trackers.get(namespace);
    trackers?.delete(uid);
    if (trackers?.size === 0) this.#trackers.delete(namespace);
  }
}
