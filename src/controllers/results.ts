// Reads the result of an analysis when it is sent. Results are large, so no cache has them.
import type { Analysis } from '../api/analysis.ts';
import type { KubeClient } from '../kube/client.ts';
import { objectPath } from '../kube/paths.ts';
import { isObject, objectAt, textAt } from '../kube/raw.ts';
import { analysisType } from './resources.ts';

/** The analysis has been replaced by another of its name. There is nothing left to send. */
class ResultGoneError extends Error {
  override readonly name = 'ResultGoneError';
  readonly code = 'RESULT_GONE';
}

export type Result = Readonly<Record<string, unknown>> | undefined;

/**
 * `status.result`, with numbers that a double cannot hold as raw JSON; undefined where the worker wrote none. Rejects
 * when the API server cannot be asked.
 */
export async function readResult(
  client: Pick<KubeClient, 'request'>,
  { metadata: { namespace, name, uid } }: Analysis,
): Promise<Result> {
  const path = objectPath(analysisType, namespace, name);
  const { body } = await client.request({ method: 'GET', path, lossless: true });
  if (textAt(objectAt(body, 'metadata'), 'uid') !== uid)
    throw new ResultGoneError(`${name} is another analysis`);
  const status = objectAt(body, 'status');
  const result = status['result'];
  return isObject(result) ? result : undefined;
}
