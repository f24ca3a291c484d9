// Runs a reflector against a stand-in of the API server, for the tests of what it does and what it survives.
import type { TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { KubeClient } from '../../../src/kube/client.ts';
import { Reflector, type ReflectorIntervals, type ReflectorOptions } from '../../../src/kube/reflector.ts';
import { Store } from '../../../src/kube/store.ts';
import { type ApiStandIn, configMaps, configMapsOf } from '../../support/api-stand-in.ts';
import { Told } from '../../support/told.ts';
import { until } from '../../support/until.ts';
import { type ConfigMap, contentsOf, parse } from './mirrored.ts';

/** No test waits long; a relist is not among what happens by itself. */
const quick: ReflectorIntervals = {
  shortWatchSeconds: 60,
  minWatchSeconds: 60,
  maxWatchSeconds: 60,
  idleMs: 20_000,
  relistMs: 600_000,
  backoff: { baseMs: 1, maxMs: 8 },
  maxRetryAfterMs: 20,
};

export interface Reflecting {
  store: Store<ConfigMap>;
  told: Told<ConfigMap>;
  reflector: Reflector<ConfigMap>;
  /** Why it had to start over, in order. */
  restarts: string[];
  /** How long it said that it would wait each time. */
  waitsMs: number[];
  /** Complete lists. */
  lists: () => number;
  /** Resolves when the store, and what was told, is what the API server has. */
  caughtUp: () => Promise<void>;
  stop: () => Promise<void>;
}

export type Options = Partial<Omit<ReflectorOptions<ConfigMap>, 'intervals'>> & {
  intervals?: Partial<ReflectorIntervals>;
  /** Of the client. */
  timeoutMs?: number;
};

/** Until the test ends. */
export function reflect(t: TestContext, api: ApiStandIn, options: Options = {}): Reflecting {
  const { namespace, store = new Store<ConfigMap>(), intervals, timeoutMs = 20_000, ...others } = options;
  const client = new KubeClient(api.config, { userAgent: 'test', timeoutMs });
  const told = new Told(t, store);
  const restarts: string[] = [];
  const waitsMs: number[] = [];
  let lists = 0;
  const reflector = new Reflector({
    client,
    path: namespace === undefined ? configMaps : configMapsOf(namespace),
    namespace,
    parse,
    store,
    handlers: told,
    metrics: { listed: () => (lists += 1), restarted: (reason) => restarts.push(reason) },
    log: (_level, _event, { retryInMs }) => {
      if (typeof retryInMs === 'number') waitsMs.push(retryInMs);
    },
    intervals: { ...quick, ...intervals },
    ...others,
  });
  const stopping = new AbortController();
  const running = reflector.run(stopping.signal);
  const stop = () => {
    stopping.abort();
    return running;
  };
  t.after(async () => {
    await stop();
    await client.close();
  });
  const isIn = ({ metadata }: Pick<ConfigMap, 'metadata'>) =>
    namespace === undefined || metadata.namespace === namespace;
  const isEqual = () => {
    const truth = contentsOf(api.world.objects.filter(isIn));
    const stored = contentsOf([...store.values()].filter(isIn));
    return isDeepStrictEqual(stored, truth) && isDeepStrictEqual(contentsOf(told.known), truth);
  };
  const caughtUp = () => until(() => reflector.synced && isEqual(), 'the store has what the server has');
  return { store, told, reflector, restarts, waitsMs, lists: () => lists, caughtUp, stop };
}
