// What delivering needs of the analysis whose events are delivered, and of everything around it.
import type { Analysis } from '../api/analysis.ts';
import type { Pace } from '../delivery/pace.ts';
import type { Slots } from '../delivery/slots.ts';
import type { Log } from '../kube/log.ts';
import type { Circuits } from './circuits.ts';
import type { DeliveryClock } from './delivery-clock.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import type { Endpoints } from './endpoints.ts';
import type { LedgerCopy } from './ledger-copy.ts';
import type { Metrics } from './metrics.ts';
import type { Notices } from './notices.ts';
import type { Sender } from './sender.ts';
import type { Targets } from './targets.ts';

export interface DelivererOptions {
  endpoints: Pick<Endpoints, 'find' | 'confirm' | 'isDeleted'>;
  health: Pick<EndpointHealth, 'isGone' | 'noteGivenUp' | 'touch'>;
  targets: Pick<Targets, 'resolve' | 'refresh'>;
  circuits: Pick<Circuits, 'isOpen' | 'permit' | 'join' | 'record' | 'abandon'>;
  sender: Pick<Sender, 'send'>;
  slots: Slots;
  pace: Pace;
  notices: Pick<Notices, 'givenUp' | 'denied'>;
  metrics: Metrics;
  log: Log;
}

export interface DeliveryContext {
  /** As last seen. */
  readonly analysis: () => Analysis;
  readonly ledger: LedgerCopy;
  readonly clock: DeliveryClock;
  /** False while it may have been deleted. */
  readonly mayStart: () => boolean;
  /** The ledger may have changed: `serve` is wanted again. */
  readonly changed: () => void;
  /** `serve` is wanted again after this time at the latest. */
  readonly wakeIn: (delayMs: number) => void;
}
