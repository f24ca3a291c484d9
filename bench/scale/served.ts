// What the API server and etcd say of themselves.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { analyses } from '../../src/api/group.ts';
import type { Stage } from '../stage.ts';
import { Exposition } from './exposition.ts';

const run = promisify(execFile);

export interface ListsServed {
  requests: number;
  megabytes: number;
}

/** Lists of analyses since the API server started. */
export async function listsServed({ controlPlane, signal }: Stage): Promise<ListsServed> {
  const { stdout } = await run(
    controlPlane.kubectl,
    ['get', '--raw', '/metrics', '--kubeconfig', controlPlane.kubeconfig],
    { maxBuffer: 256 * 1024 * 1024, signal },
  );
  const exposition = new Exposition(stdout);
  const lists = { verb: 'LIST', resource: analyses.plural };
  return {
    requests: exposition.sum('apiserver_request_total', lists),
    megabytes: exposition.sum('apiserver_response_sizes_sum', lists) / 1e6,
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
