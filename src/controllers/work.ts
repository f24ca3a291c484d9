// What a replica does for the namespaces that are its own: takes in what the watches tell, begins, hands over, drops.
import type { Analysis } from '../api/analysis.ts';
import { isAtRest } from '../events/rest.ts';
import type { Log } from '../kube/log.ts';
import type { ReflectorHandlers } from '../kube/reflector.ts';
import { keyOf, type ObjectMeta, Store, type StoredObject } from '../kube/store.ts';
import type { AnalysisController } from './analysis-controller.ts';
import type { Circuits } from './circuits.ts';
import type { EndpointController } from './endpoint-controller.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import type { Endpoints } from './endpoints.ts';
import type { ObservedEndpoint } from './resources.ts';
import { within } from './within.ts';

export interface WorkOptions {
  endpoints: Endpoints;
  endpointController: EndpointController;
  analyses: AnalysisController;
  health: EndpointHealth;
  circuits: Circuits;
  /** Closes what is kept for a URL. */
  forgetUrl: (url: string) => void;
  /** It is ours to begin something for this namespace now. */
  mayBegin: (namespace: string) => boolean;
  log: Log;
}

type IsIn = (namespace: string) => boolean;

/** An analysis that is at rest, of which no more is kept: there may be thousands. */
interface Resting {
  readonly metadata: ObjectMeta;
}

type Kept = Analysis | Resting;

/** For the counts in the status of endpoints. */
const flushMs = 500;

/** The stores are of all namespaces, so that whoever takes over has all of it at once. */
export class Work {
  /** Those that are not settled. */
  readonly analysisStore = new Store<Kept>();
  /** Those that carry the redeliver label. */
  readonly labelledStore = new Store<Kept>();
  readonly #takeWatched = takeInto(this.analysisStore, (analysis) =>
    this.#options.analyses.observe(analysis),
  );
  readonly #takeLabelled = takeInto(this.labelledStore, (analysis) =>
    this.#options.analyses.observeLabelled(analysis),
  );
  readonly #options: WorkOptions;

  constructor(options: WorkOptions) {
    this.#options = options;
  }

  readonly endpointHandlers: ReflectorHandlers<ObservedEndpoint> = {
    upsert: (observed, previous) => {
      const { endpoints, mayBegin } = this.#options;
      endpoints.noteObserved(observed.metadata.uid);
      if (mayBegin(observed.metadata.namespace)) this.#upsertEndpoint(observed, previous);
    },
    delete: (observed) => {
      const { endpoints, analyses, forgetUrl } = this.#options;
      endpoints.noteDeleted(observed.metadata.uid);
      this.#forgetEndpoint(observed);
      forgetUrl(observed.endpoint?.spec.url ?? '');
      analyses.endpointChanged(observed);
    },
  };

  readonly analysisHandlers: ReflectorHandlers<Kept> = {
    upsert: this.#takeWatched,
    delete: (analysis, resourceVersion) => this.#options.analyses.left(analysis, resourceVersion),
    unparsable: (raw, error) => this.#options.analyses.explainUnparsable(raw, error),
  };

  readonly labelledHandlers: ReflectorHandlers<Kept> = {
    upsert: this.#takeLabelled,
    delete: () => {},
  };

  /** These namespaces are ours from now on. */
  begin(isOurs: IsIn): void {
    const { endpoints } = this.#options;
    this.#each(endpoints.store, isOurs, (observed) => this.#upsertEndpoint(observed, undefined));
    this.#each(this.analysisStore, isOurs, this.#takeWatched);
    this.#each(this.labelledStore, isOurs, this.#takeLabelled);
  }

  /** Puts on record what there is, and starts nothing any more. They are ours until `drop`. */
  async handOver(isTheirs: IsIn): Promise<void> {
    const { analyses, endpointController } = this.#options;
    await analyses.handOver(isTheirs);
    await within(flushMs, [endpointController.flush(isTheirs)]);
  }

  /** These namespaces may be somebody else's from now on. */
  drop(isTheirs: IsIn): void {
    const { endpoints, analyses } = this.#options;
    analyses.drop(isTheirs);
    for (const observed of endpoints.store.values())
      if (isTheirs(observed.metadata.namespace)) this.#forgetEndpoint(observed);
  }

  /** What one object does to us must not keep the others from being taken in, on one replica after another. */
  #each<T extends StoredObject>(store: Store<T>, isWanted: IsIn, take: (object: T) => void): void {
    for (const object of store.values()) {
      if (!isWanted(object.metadata.namespace)) continue;
      try {
        take(object);
      } catch (error) {
        this.#options.log('error', 'object cannot be taken over', {
          key: keyOf(object),
          error: String(error),
        });
      }
    }
  }

  #upsertEndpoint(observed: ObservedEndpoint, previous: ObservedEndpoint | undefined): void {
    const { endpointController, circuits, analyses } = this.#options;
    const { endpoint, metadata } = observed;
    endpointController.observe(observed);
    if (previous === undefined && endpoint?.status !== undefined) circuits.restore(endpoint, endpoint.status);
    // Our own writes of its status change nothing for analyses.
    const wasReadable = previous?.endpoint !== undefined;
    if (previous?.metadata.generation === metadata.generation && wasReadable === (endpoint !== undefined))
      return;
    if (previous !== undefined) circuits.reset(metadata.uid);
    analyses.endpointChanged(observed);
  }

  #forgetEndpoint({ metadata: { uid } }: ObservedEndpoint): void {
    const { endpointController, health, circuits } = this.#options;
    endpointController.forget(uid);
    health.forget(uid);
    circuits.forget(uid);
  }
}

/** Has analyses observed, and keeps no more of one that is at rest than that it is there: its next change brings all of it again. */
function takeInto(store: Store<Kept>, observe: (analysis: Analysis) => void): (analysis: Kept) => void {
  return (analysis) => {
    if (!('status' in analysis)) return;
    observe(analysis);
    if (!isAtRest(analysis)) return;
    const { namespace, name, uid, resourceVersion } = analysis.metadata;
    store.set({ metadata: { namespace, name, uid, resourceVersion } });
  };
}
