// What the event types are called in bodies.
import { type EventType, type EventTypeNames, nameOf, type pingType } from '../api/event-types.ts';
import type { BodySpec } from './body-input.ts';

/** The CompletionRate contract knows two types of its own. */
const completionRateNames: EventTypeNames = {
  'analysis.started': 'analysis_completion_rate',
  'analysis.progress': 'analysis_completion_rate',
  'analysis.completed': 'analysis_done',
  'analysis.failed': 'analysis_done',
};

/** The name that this endpoint is sent: its own, or else what its format calls the type. */
export function sentName(
  type: EventType | typeof pingType,
  { format, eventTypeNames }: Omit<BodySpec, 'envelope'>,
): string {
  return nameOf(
    type,
    format === 'CompletionRate' ? { ...completionRateNames, ...eventTypeNames } : eventTypeNames,
  );
}
