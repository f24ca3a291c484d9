// The Milestone format: progress of an analysis in flat members.
import { type EventType, pingType } from '../api/event-types.ts';
import { analysisIdOf, type BodyFormat, type BodyInput, jsonBody, utc } from './body-input.ts';
import { sentName } from './body-names.ts';

export const milestone: BodyFormat = {
  event: (input) => jsonBody(milestoneMembers(input)),
  ping: ({ endpoint, time }) =>
    jsonBody({ event_type: sentName(pingType, endpoint.spec), timestamp: utc(time) }),
};

/** In this order. */
export function milestoneMembers({ analysis, event, endpoint }: BodyInput): object {
  return {
    analysis_id: analysisIdOf(analysis),
    event_type: sentName(event.type, endpoint.spec),
    status: milestoneStatus(event.type),
    percentage: event.percentage,
    sequence: event.sequence,
    timestamp: utc(event.time),
  };
}

/** Aggregating is still analyzing to a receiver. */
export function milestoneStatus(type: EventType): 'analyzing' | 'success' | 'failed' {
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
