// The CompletionRate format: how much is done, under two event names of its own.
import { pingType } from '../api/event-types.ts';
import type { LedgerEvent } from '../api/ledger.ts';
import { analysisIdOf, type BodyFormat, jsonBody } from './body-input.ts';
import { sentName } from './body-names.ts';

export const completionRate: BodyFormat = {
  event: ({ analysis, event, endpoint }) =>
    jsonBody({
      event: sentName(event.type, endpoint.spec),
      analysis_id: analysisIdOf(analysis),
      status: statusOf(event),
      completion_rate: event.percentage,
    }),
  ping: ({ endpoint }) => jsonBody({ event: sentName(pingType, endpoint.spec) }),
};

/** By the phase when the rung was first seen; one that was first seen when all was over was run up to all the same. */
function statusOf({ type, phase }: LedgerEvent): 'running' | 'aggregating' | 'done' | 'error' {
  switch (type) {
    case 'analysis.started':
    case 'analysis.progress':
      return phase === 'Aggregating' ? 'aggregating' : 'running';
    case 'analysis.completed':
      return 'done';
    case 'analysis.failed':
      return 'error';
  }
}
