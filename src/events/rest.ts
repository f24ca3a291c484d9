// When there is nothing to do for an analysis. The object alone says so, so all else that is known of it can be forgotten.
import type { Analysis } from '../api/analysis.ts';
import { redeliverLabel } from '../api/group.ts';
import { derive, hasStarted } from './ladder.ts';
import { owedCount } from './ledger.ts';

/** Nothing is newly reached, owed or asked for again: only a change of the object brings something to do. */
export function isAtRest({ metadata, status }: Analysis): boolean {
  const { delivery } = status;
  if (delivery === undefined) return !hasStarted(status.phase);
  const asked = metadata.labels?.[redeliverLabel];
  const isHandled = asked === undefined || asked === delivery.lastHandledRedeliver;
  // What nobody has subscribed to is settled without its events.
  const isReached = delivery.state === 'Settled' || derive(delivery, status).length === 0;
  return isHandled && isReached && owedCount(delivery) === 0;
}
