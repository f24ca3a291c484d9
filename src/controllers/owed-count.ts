// Keeps the counts of owed events, of all and of each endpoint, equal to one analysis' ledger.
import type { Ledger } from '../api/ledger.ts';
import { owedCount } from '../events/ledger.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import type { Metrics } from './metrics.ts';

export class OwedCount {
  readonly #health: Pick<EndpointHealth, 'noteOwed'>;
  readonly #metrics: Pick<Metrics, 'owed'>;
  /** What was counted in, by the uid of the endpoint. */
  readonly #counted = new Map<string, number>();
  #ledger: Ledger | undefined;

  constructor(options: { health: Pick<EndpointHealth, 'noteOwed'>; metrics: Pick<Metrics, 'owed'> }) {
    this.#health = options.health;
    this.#metrics = options.metrics;
  }

  /** Without a ledger nothing is owed any more. */
  update(ledger: Ledger | undefined): void {
    if (ledger === this.#ledger) return;
    this.#ledger = ledger;
    const uids = new Set([...this.#counted.keys(), ...(ledger?.endpoints ?? []).map(({ uid }) => uid)]);
    for (const uid of uids) {
      const before = this.#counted.get(uid) ?? 0;
      const owed = ledger === undefined ? 0 : owedCount(ledger, uid);
      this.#counted.set(uid, owed);
      if (owed === before) continue;
      this.#metrics.owed.inc(owed - before);
      this.#health.noteOwed(uid, owed - before);
    }
  }
}
