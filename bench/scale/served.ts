// What the API server and etcd say of themselves.
import { analyses } from '../../src/api/group.ts';
import { Exposition } from '../exposition.ts';
import { apiServerMetrics } from '../requests.ts';
import type { Stage } from '../stage.ts';

export interface ListsServed {
  requests: number;
  megabytes: number;
}

/** Lists of analyses since the API server started. */
export async function listsServed(stage: Stage): Promise<ListsServed> {
  const served = await apiServerMetrics(stage);
  const lists = { verb: 'LIST', resource: analyses.plural };
  return {
    requests: served.sum('apiserver_request_total', lists),
    megabytes: served.sum('apiserver_response_sizes_sum', lists) / 1e6,
  };
}

/** The file, and what of it is not free. */
export async function etcdSize({ controlPlane }: Stage): Promise<{ sizeMb: number; usedMb: number }> {
  const response = await fetch(`http://127.0.0.1:${controlPlane.ports.etcd}/metrics`);
  const exposition = new Exposition(await response.text());
  return {
    sizeMb: exposition.sum('etcd_mvcc_db_total_size_in_bytes') / 1e6,
    usedMb: exposition.sum('etcd_mvcc_db_total_size_in_use_in_bytes') / 1e6,
  };
}

/** Throws when it has ended. */
export function apiServerPid({ controlPlane }: Stage): number {
  const { pid } = controlPlane.apiServer;
  if (pid === undefined) throw new Error('the API server has ended');
  return pid;
}
