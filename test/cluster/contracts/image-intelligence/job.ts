// A job as the JobResult contract knows it: an Analysis with a URL of its own, and the example of its document.
import { readFileSync } from 'node:fs';
import type { Analysis } from '../../../../src/api/analysis.ts';
import type { Subscription } from '../../../../src/api/ledger.ts';
import { applyAnalysis } from '../../../support/cluster.ts';
import type { Stage } from '../contract.ts';

export type JobBody = Readonly<Record<string, unknown>>;

/** The document's example of a webhook response. */
export const example = JSON.parse(
  readFileSync(new URL('../../../unit/events/seeds/job-result.json', import.meta.url), 'utf8'),
) as JobBody;

/** Applies an Analysis without opt-in that has a URL, whose receiver the stage knows as `hook`. */
export function applyJob(
  { namespace, urlOf }: Pick<Stage<JobBody>, 'namespace' | 'urlOf'>,
  name: string,
  spec: object = {},
): Promise<Analysis> {
  return applyAnalysis(namespace, name, { webhookUrl: urlOf('hook'), ...spec });
}

/** What the ledger has of the job's own URL. */
export function perJob({ status }: Analysis): Subscription | undefined {
  return status.delivery?.endpoints.find(({ name }) => name === 'spec.webhookUrl');
}
