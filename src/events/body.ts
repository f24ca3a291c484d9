// Bodies and ids: pure functions of the analysis and the event, so that every attempt, from whichever replica,
// sends the same bytes under the same id.
import type { Analysis } from '../api/analysis.ts';
import type { LedgerEvent } from '../api/ledger.ts';

/** The `webhook-id` of an event. UIDs have no ".", which Standard Webhooks signs with. */
export function webhookId(analysisUid: string, sequence: number): string {
  return `${analysisUid}-${sequence}`;
}

/** The body of the Milestone format. */
export function milestoneBody(analysis: Pick<Analysis, 'metadata' | 'spec'>, event: LedgerEvent): string {
  return JSON.stringify({
    analysis_id: analysis.spec.analysisId ?? analysis.metadata.uid,
    event_type: event.type,
    status: milestoneStatus(event),
    percentage: event.percentage,
    sequence: event.sequence,
    timestamp: event.time,
  });
}

function milestoneStatus({ type }: LedgerEvent): 'analyzing' | 'success' | 'failed' {
  switch (type) {
    case 'analysis.started':
    case 'analysis.progress':
      return 'analyzing';
    case 'analysis.completed':
      return 'success';
    case 'analysis.failed':
      return 'failed';
  }
}
