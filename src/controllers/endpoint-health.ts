// What this process knows of each endpoint's deliveries. It is memory, not record: the endpoint's status shows
// it, and the ledgers hold what must not be lost.
import type { DeliveryRecord, WebhookEndpoint, WebhookEndpointStatus } from '../api/webhook-endpoint.ts';
import type { AttemptResult } from '../delivery/outcome.ts';

/** As many attempts as the status shows. */
export const maxRecent = 20;

export interface Health {
  /** Acknowledged and given up since this process started. */
  deliveredCount: number;
  failedCount: number;
  /** Failed attempts since the newest success. */
  failures: number;
  /** Of this process, newest first. */
  recentDeliveries: readonly DeliveryRecord[];
  /** RFC 3339; of the newest attempt, if it failed. */
  nextAttemptTime: string | undefined;
  /** The generation of the spec under which the receiver answered 410. */
  goneGeneration: number | undefined;
  /** What our own rules had against the newest attempt, and under which generation. */
  denied: { readonly generation: number; readonly message: string } | undefined;
}

export interface Attempt {
  readonly record: DeliveryRecord;
  readonly result: AttemptResult;
  readonly nextAttemptTime: string | undefined;
}

const untried: Readonly<Health> = {
  deliveredCount: 0,
  failedCount: 0,
  failures: 0,
  recentDeliveries: [],
  nextAttemptTime: undefined,
  goneGeneration: undefined,
  denied: undefined,
};

/** By the uid of the endpoint. */
export class EndpointHealth {
  readonly #known = new Map<string, Health>();
  /** Events owed now; whoever owes nothing is not in it. */
  readonly #owed = new Map<string, number>();
  readonly #changed: (uid: string) => void;

  readonly #isDeleted: (uid: string) => boolean;

  /**
   * @param changed told after every change of what the endpoint's status shows
   * @param isDeleted what still comes of deleted ones is not kept
   */
  constructor(changed: (uid: string) => void, isDeleted: (uid: string) => boolean) {
    this.#changed = changed;
    this.#isDeleted = isDeleted;
  }

  of(uid: string): Readonly<Health> {
    return this.#known.get(uid) ?? untried;
  }

  owedCount(uid: string): number {
    return this.#owed.get(uid) ?? 0;
  }

  noteAttempt({ metadata }: WebhookEndpoint, { record, result, nextAttemptTime }: Attempt): void {
    const { uid, generation = 0 } = metadata;
    if (this.#isDeleted(uid)) return;
    const health = this.#change(uid);
    const isPing = record.analysis === undefined;
    const { outcome } = result;
    const delivered = outcome === 'delivered';
    health.recentDeliveries = [record, ...health.recentDeliveries.slice(0, maxRecent - 1)];
    health.failures = delivered ? 0 : health.failures + 1;
    if (!isPing) health.nextAttemptTime = nextAttemptTime;
    if (delivered && !isPing) health.deliveredCount += 1;
    if (outcome === 'gone') health.goneGeneration = generation;
    health.denied = outcome === 'denied' ? { generation, message: result.message } : undefined;
    this.#changed(uid);
  }

  noteGivenUp(uid: string): void {
    if (this.#isDeleted(uid)) return;
    this.#change(uid).failedCount += 1;
    this.#changed(uid);
  }

  noteOwed(uid: string, difference: number): void {
    const owed = this.owedCount(uid) + difference;
    if (owed === 0) this.#owed.delete(uid);
    else this.#owed.set(uid, owed);
    this.#changed(uid);
  }

  /** Its receiver answered 410 under the spec as it is: nothing is sent until the spec changes. */
  isGone({ metadata, status }: WebhookEndpoint): boolean {
    return goneGeneration(this.of(metadata.uid), status) === metadata.generation;
  }

  /** Something else has changed that the status shows. */
  touch(uid: string): void {
    this.#changed(uid);
  }

  forget(uid: string): void {
    this.#known.delete(uid);
  }

  #change(uid: string): Health {
    const health = this.#known.get(uid) ?? { ...untried };
    this.#known.set(uid, health);
    return health;
  }
}

/** The generation of the spec under which the receiver was gone, in this process or as an earlier one noted it. */
export function goneGeneration(
  health: Readonly<Health>,
  status: WebhookEndpointStatus | undefined,
): number | undefined {
  const noted = status?.conditions?.find(({ type, reason }) => type === 'Delivering' && reason === 'Gone');
  return health.goneGeneration ?? noted?.observedGeneration;
}
