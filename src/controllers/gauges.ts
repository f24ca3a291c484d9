// What Prometheus sees of the present: it is looked up when Prometheus asks.
import { Gauge, type Registry } from 'prom-client';
import type { WaitsFor } from './waits-for.ts';

type Queue = 'deliveries' | 'ledger_writes' | 'endpoint_statuses' | 'api_requests';

export interface Present {
  /** Of all namespaces, and of those that are ours. */
  readonly shards: () => { readonly count: number; readonly held: number };
  /** Of the namespaces that are ours, not settled. */
  readonly analyses: () => number;
  readonly circuitsOpen: () => number;
  readonly inFlight: () => number;
  /** How many wait in each. */
  readonly queues: Readonly<Record<Queue, () => number>>;
  /** So many requests to the API server may be in flight. */
  readonly apiRequestLimit: () => number;
  /** In ms. */
  readonly oldestOwed: () => Readonly<Record<WaitsFor, number>>;
}

export function createGauges(registry: Registry, present: Present): void {
  const { shards, analyses, circuitsOpen, inFlight, queues, apiRequestLimit, oldestOwed } = present;
  gauge(registry, {
    name: 'heliograph_shards',
    help: 'Parts that the namespaces are divided into.',
    look: () => shards().count,
  });
  gauge(registry, {
    name: 'heliograph_shards_held',
    help: 'Parts that this replica works for.',
    look: () => shards().held,
  });
  gauge(registry, {
    name: 'heliograph_analyses_tracked',
    help: 'Analyses whose ledger is not settled.',
    look: analyses,
  });
  gauge(registry, {
    name: 'heliograph_circuits_open',
    help: 'Endpoints that failed so often that they are only probed.',
    look: circuitsOpen,
  });
  gauge(registry, { name: 'heliograph_deliveries_in_flight', help: 'Attempts under way.', look: inFlight });
  gauge(registry, {
    name: 'heliograph_api_requests_limit',
    help: 'Requests to the API server that may be in flight; it falls while that is busy.',
    look: apiRequestLimit,
  });
  gauges(registry, {
    name: 'heliograph_queue_depth',
    help: 'How many wait for their turn, by queue.',
    label: 'queue',
    look: () => Object.entries(queues).map(([queue, depth]) => [queue, depth()]),
  });
  gauges(registry, {
    name: 'heliograph_deliveries_oldest_owed_age_seconds',
    help: 'Age of the oldest event that is owed, by whom it waits for; 0 where none does.',
    label: 'waits_for',
    look: () => Object.entries(oldestOwed()).map(([who, ageMs]) => [who, ageMs / 1000]),
  });
}

function gauge(
  registry: Registry,
  { name, help, look }: { name: string; help: string; look: () => number },
): Gauge {
  return new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(look());
    },
  });
}

/** One for each value of the label. */
function gauges(
  registry: Registry,
  {
    name,
    help,
    label,
    look,
  }: { name: string; help: string; label: string; look: () => (readonly [string, number])[] },
): Gauge {
  return new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      for (const [value, number] of look()) this.set({ [label]: value }, number);
    },
  });
}
