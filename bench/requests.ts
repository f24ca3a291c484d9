// How many requests the API server has served, by its own count: unlike an audit log, that costs it nothing.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { analyses, group, webhookEndpoints } from '../src/api/group.ts';
import { Exposition } from './exposition.ts';
import type { Stage } from './stage.ts';

export interface Requests {
  /** Writes to the status of analyses, whoever wrote. */
  ledgerWrites: number;
  /** To everything else that an operator may write: status of endpoints, Kubernetes Events. */
  otherWrites: number;
  /** Of single objects that an operator reads. */
  gets: number;
  lists: number;
}

const run = promisify(execFile);
const writingVerbs = ['PATCH', 'PUT', 'APPLY', 'POST'];

/** Since the API server started, failed ones included. */
export async function countRequests(stage: Stage): Promise<Requests> {
  const served = await apiServerMetrics(stage);
  const count = (labels: Readonly<Record<string, string>>) => served.sum('apiserver_request_total', labels);
  const written = (labels: Readonly<Record<string, string>>) =>
    writingVerbs.reduce((sum, verb) => sum + count({ ...labels, verb }), 0);
  const status = { group, subresource: 'status' };
  return {
    ledgerWrites: written({ ...status, resource: analyses.plural }),
    otherWrites: written({ ...status, resource: webhookEndpoints.plural }) + written({ resource: 'events' }),
    // Secrets are read one by one; the API server itself lists them.
    gets: count({ group, verb: 'GET' }) + count({ resource: 'secrets', verb: 'GET' }),
    lists: count({ group, verb: 'LIST' }),
  };
}

export async function apiServerMetrics({ controlPlane, signal }: Stage): Promise<Exposition> {
  const { stdout } = await run(
    controlPlane.kubectl,
    ['get', '--raw', '/metrics', '--kubeconfig', controlPlane.kubeconfig],
    { maxBuffer: 256 * 1024 * 1024, signal },
  );
  return new Exposition(stdout);
}
