// The ladder: which events an analysis has reached. An event's sequence number is its rung, so it is computed
// from what the analysis is and never counted: no crash can lose, reuse or swap one.
import type { EventType } from '../api/event-types.ts';
import type { LedgerEvent, Phase } from '../api/ledger.ts';

export const lastRung = 11;
const progressRungs = 9;

/** The worker's part of an Analysis' status. */
export interface Observed {
  readonly phase?: Phase | undefined;
  readonly percentage?: number | undefined;
}

/** What was reached before; the ledger is one. */
export interface Reached {
  readonly highestPercentage: number;
  readonly events: readonly Pick<LedgerEvent, 'sequence'>[];
}

export interface Rung {
  readonly sequence: number;
  readonly type: EventType;
  readonly percentage: number;
  readonly phase: Phase;
}

export const groundLevel: Reached = { highestPercentage: 0, events: [] };

export function hasStarted(phase: Phase | undefined): phase is Exclude<Phase, 'Queued'> {
  return phase !== undefined && phase !== 'Queued';
}

export function isTerminal(phase: Phase | undefined): phase is 'Success' | 'Failed' {
  return phase === 'Success' || phase === 'Failed';
}

/** The highest percentage so far; one that goes back changes nothing, and success is 100 whatever was said. */
export function highestPercentage(reached: Reached, { phase, percentage = 0 }: Observed): number {
  if (!hasStarted(phase)) return reached.highestPercentage;
  return Math.max(reached.highestPercentage, phase === 'Success' ? 100 : percentage);
}

/** The rungs newly reached, lowest first. A jump reaches every rung between. */
export function derive(reached: Reached, observed: Observed): readonly Rung[] {
  const { phase, percentage = 0 } = observed;
  if (!hasStarted(phase)) return [];
  const climbed = new Set(reached.events.map(({ sequence }) => sequence));
  // Nothing comes after the end: a peak recorded late by another replica must not add a rung below it.
  if (climbed.has(lastRung)) return [];
  const milestones = Math.min(progressRungs, Math.floor(highestPercentage(reached, observed) / 10));
  const rungs: Rung[] = [{ sequence: 1, type: 'analysis.started', percentage: 0, phase }];
  for (let milestone = 1; milestone <= milestones; milestone++) {
    rungs.push({ sequence: milestone + 1, type: 'analysis.progress', percentage: milestone * 10, phase });
  }
  if (phase === 'Success')
    rungs.push({ sequence: lastRung, type: 'analysis.completed', percentage: 100, phase });
  if (phase === 'Failed') rungs.push({ sequence: lastRung, type: 'analysis.failed', percentage, phase });
  return rungs.filter(({ sequence }) => !climbed.has(sequence));
}
