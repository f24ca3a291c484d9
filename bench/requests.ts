// How many requests the API server has served, by its own count: unlike an audit log, that costs it nothing.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { analyses, group } from '../src/api/group.ts';
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
const writingVerbs: readonly string[] = ['PATCH', 'PUT', 'APPLY', 'POST'];

/** Since the API server started, failed ones included. */
export async function countRequests({ controlPlane, signal }: Stage): Promise<Requests> {
  const { stdout } = await run(
    controlPlane.kubectl,
    ['get', '--raw', '/metrics', '--kubeconfig', controlPlane.kubeconfig],
    { maxBuffer: 256 * 1024 * 1024, signal },
  );
  const requests: Requests = { ledgerWrites: 0, otherWrites: 0, gets: 0, lists: 0 };
  for (const [, labels = '', value] of stdout.matchAll(/^apiserver_request_total\{(.*)\} (\S+)$/gm)) {
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const kind = kindOf(label);
    if (kind !== undefined) requests[kind] += Number(value);
  }
  return requests;
}

function kindOf(label: (name: string) => string): keyof Requests | undefined {
  const verb = label('verb');
  const isOurs = label('group') === group;
  if (writingVerbs.includes(verb)) {
    const isStatus = isOurs && label('subresource') === 'status';
    if (isStatus && label('resource') === analyses.plural) return 'ledgerWrites';
    return isStatus || label('resource') === 'events' ? 'otherWrites' : undefined;
  }
  // Secrets are read one by one; the API server itself lists them.
  if (verb === 'GET' && (isOurs || label('resource') === 'secrets')) return 'gets';
  return verb === 'LIST' && isOurs ? 'lists' : undefined;
}
