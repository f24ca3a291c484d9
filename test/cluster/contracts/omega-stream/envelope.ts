// The body of the Envelope contract, and an endpoint that speaks as its document does.

export interface EnvelopeBody {
  id: string;
  coid: string;
  api_version: string;
  created: number;
  type: string;
  data: { analysis_id?: string; status?: string; percentage?: number; sequence?: number };
  endpoint_id: string;
}

/** Its consumers know no opt-in and have their own names for the types. */
export const omega = {
  format: 'Envelope',
  analyses: 'All',
  envelope: { companyId: 'omega-cop-OyJrgi5-fx' },
  eventTypeNames: {
    'analysis.progress': 'video.in_progress',
    'analysis.completed': 'video.process_succeeded',
    'analysis.failed': 'video.process_failed',
  },
};

/** The two that the document says to be alive and that an analysis can mean. */
export const outcomes = ['video.process_failed', 'video.process_succeeded'];
