// What Prometheus sees. Labels have few values: outcomes and reasons, never names of objects.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** @param version of the operator */
export function createMetrics(registry: Registry, version: string) {
  const registers = [registry];
  new Gauge({
    name: 'heliograph_build_info',
    help: 'Always 1; the labels tell which build this is.',
    labelNames: ['version', 'node_version'],
    registers,
  }).set({ version, node_version: process.version }, 1);
  return {
    attempts: new Counter({
      name: 'heliograph_delivery_attempts_total',
      help: 'Attempts to deliver an event, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    latency: new Histogram({
      name: 'heliograph_delivery_latency_seconds',
      help: 'From seeing a status change to the acknowledgement of an event it caused.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600],
      registers,
    }),
    givenUp: new Counter({
      name: 'heliograph_deliveries_given_up_total',
      help: 'Events that were given up, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    owed: new Gauge({
      name: 'heliograph_deliveries_owed',
      help: 'Events that are owed to an endpoint now.',
      registers,
    }),
    tracked: new Gauge({
      name: 'heliograph_analyses_tracked',
      help: 'Analyses whose ledger is not settled.',
      registers,
    }),
    commits: new Counter({
      name: 'heliograph_ledger_commits_total',
      help: 'Writes of a ledger that the API server accepted, by kind (subscription or record).',
      labelNames: ['kind'],
      registers,
    }),
    writes: new Counter({
      name: 'heliograph_ledger_writes_total',
      help: 'Writes of a ledger that were sent, by result (committed, fenced, unknown, refused or failed).',
      labelNames: ['result'],
      registers,
    }),
    lists: new Counter({
      name: 'heliograph_reflector_lists_total',
      help: 'Complete lists of a resource.',
      labelNames: ['resource'],
      registers,
    }),
    restarts: new Counter({
      name: 'heliograph_reflector_restarts_total',
      help: 'Watches that were interrupted, by reason.',
      labelNames: ['resource', 'reason'],
      registers,
    }),
  };
}
