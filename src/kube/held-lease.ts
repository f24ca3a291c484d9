// One Lease that this process takes, keeps and gives back.
import type { KubeClient } from './client.ts';
import { isConflict, isFailedTest, isNotFound } from './errors.ts';
import { type Lease, leaseBody, leaseType } from './lease.ts';
import { collectionPath, objectPath } from './paths.ts';
import { toMicroTime } from './time.ts';

export interface HeldLeaseOptions {
  client: Pick<KubeClient, 'create' | 'patchJson'>;
  namespace: string;
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Who holds it: this process. */
  identity: string;
  /** Where this process is a pod's: the Lease goes with it, unless another has taken it by then. */
  pod?: Pod | undefined;
  /** Others may take it when they have seen no renewal for so long. */
  durationMs: number;
  /** ms of the monotonic clock, which goes on while the process is stopped. */
  now?: () => number;
}

export interface Pod {
  readonly name: string;
  readonly uid: string;
}

/** Of the duration: then we stop, well before anybody else may begin. */
export const deadlineShare = 2 / 3;

export class HeldLease {
  readonly #options: HeldLeaseOptions;
  readonly #now: () => number;
  /** 0 while it is not ours. */
  #heldUntil = 0;
  /** A new one with every try to take it and every loss: a late answer to what was asked in an earlier one is void. */
  #term = 0;

  constructor(options: HeldLeaseOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  get name(): string {
    return this.#options.name;
  }

  /** It is ours, and it was renewed in time. Ask before everything that only its holder may do. */
  get isHeld(): boolean {
    return this.leftMs > 0;
  }

  /** How long it is ours unless it is renewed, in ms. */
  get leftMs(): number {
    return Math.max(0, this.#heldUntil - this.#now());
  }

  /**
   * Takes it; false if somebody else was faster.
   * @param observed as last seen: free, overdue or already ours. Undefined where there is none, and without a
   * resourceVersion where there is none any more. Rejects when the API server cannot be asked, or is against it: then
   * it may be ours without our knowing, and shows so when it is seen again.
   */
  async take(observed: Lease | undefined): Promise<boolean> {
    const { client, namespace, name, labels, identity, durationMs, pod } = this.#options;
    const ownerReferences = pod === undefined ? [] : [{ apiVersion: 'v1', kind: 'Pod', ...pod }];
    this.#lose();
    const isNew = observed === undefined || observed.metadata.resourceVersion === '';
    const known = observed?.transitions ?? 0;
    const body = leaseBody({
      metadata: { namespace, name, labels, ownerReferences },
      holder: identity,
      durationMs,
      transitions: isNew || observed.holder === identity ? known : known + 1,
      now: toMicroTime(Date.now()),
    });
    if (isNew)
      return await this.#hold(() => client.create(collectionPath(leaseType, namespace), body), isConflict);
    return await this.#hold(
      () =>
        client.patchJson(objectPath(leaseType, namespace, name), [
          { op: 'test', path: '/metadata/resourceVersion', value: observed.metadata.resourceVersion },
          { op: 'add', path: '/metadata/labels', value: labels },
          { op: 'add', path: '/metadata/ownerReferences', value: ownerReferences },
          { op: 'add', path: '/spec', value: body.spec },
        ]),
      isSomebodyElses,
    );
  }

  /** False if it is lost: somebody else has it, or it was too late. Rejects when the API server cannot be asked. */
  async renew(): Promise<boolean> {
    if (!this.isHeld) return false;
    const term = this.#term;
    const renewal = () =>
      this.#patchOwn([{ op: 'add', path: '/spec/renewTime', value: toMicroTime(Date.now()) }]);
    const isRenewed = await this.#hold(renewal, isSomebodyElses);
    if (!isRenewed && term === this.#term) this.#lose();
    return isRenewed;
  }

  /**
   * Gives it back, so that somebody else can take it at once. Never rejects: if it cannot be given back it runs out.
   * @param annotations for the next holder
   */
  async release(annotations: Readonly<Record<string, string>> = {}): Promise<void> {
    if (!this.isHeld) return;
    // From now on nothing is ours, whatever becomes of the write.
    this.#lose();
    await this.#patchOwn([
      { op: 'add', path: '/metadata/annotations', value: annotations },
      { op: 'add', path: '/spec/holderIdentity', value: '' },
    ]).catch(() => {});
  }

  #lose(): void {
    this.#heldUntil = 0;
    this.#term += 1;
  }

  async #hold(write: () => Promise<unknown>, isTaken: (error: unknown) => boolean): Promise<boolean> {
    // From when it was sent: the API server may have written it at once and answered late.
    const sentAt = this.#now();
    const term = this.#term;
    try {
      await write();
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
    if (term !== this.#term) return false;
    // Answers to two renewals may come in any order.
    this.#heldUntil = Math.max(this.#heldUntil, sentAt + this.#options.durationMs * deadlineShare);
    return this.isHeld;
  }

  /** Not conditioned on a version: after an answer that was lost we know none, and it is ours all the same. */
  async #patchOwn(operations: readonly unknown[]): Promise<unknown> {
    const { client, namespace, name, identity } = this.#options;
    return await client.patchJson(objectPath(leaseType, namespace, name), [
      { op: 'test', path: '/spec/holderIdentity', value: identity },
      ...operations,
    ]);
  }
}

function isSomebodyElses(error: unknown): boolean {
  return isFailedTest(error) || isConflict(error) || isNotFound(error);
}
