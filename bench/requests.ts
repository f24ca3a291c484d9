// How many requests the API server has served, by its own count: unlike an audit log, that costs it nothing.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { analyses, group } from '../src/api/group.ts';
import type { Stage } from './stage.ts';

export interface Writes {
  /** To the status of analyses, whoever wrote. */
  analysisStatus: number;
  /** To everything else that an operator may write: status of endpoints, Kubernetes Events. */
  other: number;
}

const run = promisify(execFile);
const writingVerbs: readonly string[] = ['PATCH', 'PUT', 'APPLY', 'POST'];

/** Since the API server started, failed ones included. */
export async function countWrites({ controlPlane, signal }: Stage): Promise<Writes> {
  const { stdout } = await run(
    controlPlane.kubectl,
    ['get', '--raw', '/metrics', '--kubeconfig', controlPlane.kubeconfig],
    { maxBuffer: 256 * 1024 * 1024, signal },
  );
  const writes: Writes = { analysisStatus: 0, other: 0 };
  for (const [, labels = '', value] of stdout.matchAll(/^apiserver_request_total\{(.*)\} (\S+)$/gm)) {
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    if (!writingVerbs.includes(label('verb'))) continue;
    const isStatus = label('group') === group && label('subresource') === 'status';
    if (isStatus && label('resource') === analyses.plural) writes.analysisStatus += Number(value);
    else if (isStatus || label('resource') === 'events') writes.other += Number(value);
  }
  return writes;
}
