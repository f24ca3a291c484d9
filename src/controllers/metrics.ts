// What Prometheus sees of what has happened. Labels have few values, all known beforehand, and never names of objects.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { giveUpReasons } from '../api/ledger.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { ClientMetrics } from '../kube/client-metrics.ts';
import type { ReflectorMetrics, RestartReason } from '../kube/reflector.ts';

export type Metrics = ReturnType<typeof createMetrics>;

const outcomes = valuesOf<Outcome>({
  delivered: 0,
  rejected: 0,
  timed_out: 0,
  unreachable: 0,
  tls: 0,
  denied: 0,
  gone: 0,
});

const restartReasons = valuesOf<RestartReason>({ expired: 0, idle: 0, connection: 0, api_error: 0 });

const resources = ['analyses', 'webhookendpoints', 'leases'];

/** That the operator uses. */
const verbs = ['get', 'list', 'watch', 'create', 'patch', 'delete'];

/** @param version of the operator */
export function createMetrics(registry: Registry, version: string) {
  const registers = [registry];
  new Gauge({
    name: 'heliograph_build_info',
    help: 'Always 1; the labels tell which build this is.',
    labelNames: ['version', 'node_version'],
    registers,
  }).set({ version, node_version: process.version }, 1);
  return { ...deliveryMetrics(registry), ...ledgerMetrics(registry), ...apiMetrics(registry) };
}

function deliveryMetrics(registry: Registry) {
  const registers = [registry];
  return {
    attempts: counter(registry, {
      name: 'heliograph_delivery_attempts_total',
      help: 'Attempts to deliver an event, by outcome.',
      labels: { outcome: outcomes },
    }),
    latency: new Histogram({
      name: 'heliograph_delivery_latency_seconds',
      help: 'From seeing a status change to the acknowledgement of an event it caused.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 3600],
      registers,
    }),
    givenUp: counter(registry, {
      name: 'heliograph_deliveries_given_up_total',
      help: 'Events that were given up, by reason.',
      labels: { reason: giveUpReasons },
    }),
    owed: new Gauge({
      name: 'heliograph_deliveries_owed',
      help: 'Events that are owed to an endpoint now.',
      registers,
    }),
  };
}

function ledgerMetrics(registry: Registry) {
  return {
    commits: counter(registry, {
      name: 'heliograph_ledger_commits_total',
      help: 'Writes of a ledger that the API server accepted, by kind.',
      labels: { kind: ['subscription', 'record'] },
    }),
    writes: counter(registry, {
      name: 'heliograph_ledger_writes_total',
      help: 'Writes of a ledger that were sent, by result.',
      labels: { result: ['committed', 'fenced', 'unknown', 'refused', 'failed'] },
    }),
    leasesLost: new Counter({
      name: 'heliograph_leases_lost_total',
      help: 'Leases of shards that were lost, not given back.',
      registers: [registry],
    }),
  };
}

function apiMetrics(registry: Registry) {
  const apiSeconds = new Histogram({
    name: 'heliograph_api_request_duration_seconds',
    help: 'How long requests to the API server took, the wait for their turn included; watches aside.',
    labelNames: ['verb'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  for (const verb of verbs) if (verb !== 'watch') apiSeconds.zero({ verb });
  return {
    apiSeconds,
    apiRequests: counter(registry, {
      name: 'heliograph_api_requests_total',
      help: 'Requests to the API server, by verb and class of the status code.',
      labels: { verb: verbs, code: ['2xx', '4xx', '5xx', 'none'] },
    }),
    apiThrottled: new Counter({
      name: 'heliograph_api_requests_throttled_total',
      help: 'Requests that the API server was too busy for (429).',
      registers: [registry],
    }),
    lists: counter(registry, {
      name: 'heliograph_reflector_lists_total',
      help: 'Complete lists of a resource.',
      labels: { resource: resources },
    }),
    restarts: counter(registry, {
      name: 'heliograph_reflector_restarts_total',
      help: 'Watches that were interrupted, by reason.',
      labels: { resource: resources, reason: restartReasons },
    }),
  };
}

/** For a client's requests. */
export function clientMetrics({ apiRequests, apiSeconds, apiThrottled }: Metrics): ClientMetrics {
  return {
    ended: (verb, { status, durationMs }) => {
      apiRequests.inc({ verb, code: status === undefined ? 'none' : `${Math.floor(status / 100)}xx` });
      if (status === 429) apiThrottled.inc();
      if (verb !== 'watch') apiSeconds.observe({ verb }, durationMs / 1000);
    },
  };
}

/** @param resource what it keeps, in the plural */
export function reflectorMetrics({ lists, restarts }: Metrics, resource: string): ReflectorMetrics {
  return {
    listed: () => lists.inc({ resource }),
    restarted: (reason) => restarts.inc({ resource, reason }),
  };
}

/** All its series are there from the start: what begins with a 1 has not increased as far as Prometheus can tell. */
function counter<L extends string>(
  registry: Registry,
  { name, help, labels }: { name: string; help: string; labels: Readonly<Record<L, readonly string[]>> },
): Counter<L> {
  const labelNames = valuesOf<L>(labels);
  const made = new Counter({ name, help, labelNames, registers: [registry] });
  for (const set of combinations(labelNames, labels)) made.inc(set, 0);
  return made;
}

function combinations<L extends string>(
  [name, ...others]: readonly L[],
  labels: Readonly<Record<L, readonly string[]>>,
): Partial<Record<L, string>>[] {
  if (name === undefined) return [{}];
  const rest = combinations(others, labels);
  return labels[name].flatMap((value) => rest.map((set) => ({ [name]: value, ...set })));
}

/** The keys of a record that must have all of them. */
function valuesOf<T extends string>(record: Readonly<Record<T, unknown>>): T[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it has these keys and no more
  return Object.keys(record) as T[];
}
