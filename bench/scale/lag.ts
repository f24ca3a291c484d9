// How late the operator's event loop was.
import type { Exposition } from '../exposition.ts';

/** Since the metrics were last asked for. */
export function lagOf(metrics: Exposition): { p99Ms: number; maxMs: number } {
  return {
    p99Ms: metrics.sum('nodejs_eventloop_lag_p99_seconds') * 1000,
    maxMs: metrics.sum('nodejs_eventloop_lag_max_seconds') * 1000,
  };
}
