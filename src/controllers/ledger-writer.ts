// Commits ledgers. A write whose fate is unknown and one that another replica's write made fail end alike:
// read again, and go on from what is stored.
import type { Analysis } from '../api/analysis.ts';
import type { Ledger } from '../api/ledger.ts';
import { createSlots, type Slot } from '../delivery/slots.ts';
import { ledgerPatch, nextRevision } from '../events/patch.ts';
import { endpointLimitMessage, notified } from '../events/notified.ts';
import type { Decision } from '../events/subscription.ts';
import type { KubeClient } from '../kube/client.ts';
import { type Condition, setCondition } from '../kube/conditions.ts';
import { isConflict, isFailedTest, isNotFound, isRefusedByRule, isUnknownOutcome } from '../kube/errors.ts';
import { objectPath } from '../kube/paths.ts';
import { toSeconds } from '../kube/time.ts';
import type { Metrics } from './metrics.ts';
import { analysisType, parseAnalysis } from './resources.ts';
import type { Written } from './written.ts';

export interface Commit {
  readonly kind: 'subscription' | 'record';
  /** Somebody waits for it: it goes before the records made in the background. */
  readonly isUrgent: boolean;
  /** As last read: the patch sets our conditions among those it had. */
  readonly analysis: Analysis;
  /** As last committed or read; undefined for the first write. */
  readonly stored: Ledger | undefined;
  /** Asked when it is this write's turn, so that it carries what has come up to then. */
  readonly ledger: () => Ledger;
  /** With the subscription: who is not in it. */
  readonly decision?: Pick<Decision, 'leftOut' | 'declined'>;
}

export type CommitResult =
  /** `written` is the ledger as asked for, `analysis` the object as it is now. */
  | { readonly kind: 'committed'; readonly written: Ledger; readonly analysis: Analysis }
  /** Not known to be written: this is what is stored, or nothing if the object is gone. */
  | { readonly kind: 'read'; readonly analysis: Analysis | undefined }
  /** A rule is against it; the same write would be refused again. */
  | { readonly kind: 'refused'; readonly message: string };

/** Another replica owns the namespace now. Do not retry. */
class NotOwnerError extends Error {
  override readonly name = 'NotOwnerError';
  readonly code = 'NOT_OWNER';
}

/** Writes under way at once. */
const maxWrites = 8;
const maxUrgent = 6;
/** Of those in the background: few, for the more there are, the longer the worker's own writes take at the worst. */
const fewWrites = 2;
/** Unless so many wait that outcomes would come on record late. */
const crowd = 200;

export class LedgerWriter {
  readonly #client: Pick<KubeClient, 'get' | 'patchJson' | 'patchMerge'>;
  readonly #metrics: Metrics;
  readonly #owner: string;
  readonly #owns: (namespace: string) => boolean;
  readonly #written: Pick<Written, 'note'>;
  readonly #urgent = createSlots({ global: maxUrgent });
  readonly #background = createSlots({ global: maxWrites });
  #recordMs = 0;
  /** RFC 3339, of the wall clock. */
  readonly #now: () => string;

  constructor(options: {
    client: Pick<KubeClient, 'get' | 'patchJson' | 'patchMerge'>;
    metrics: Metrics;
    /** Who writes: recorded in the ledger. */
    owner: string;
    /** Nobody else writes the ledgers of this namespace now. */
    owns: (namespace: string) => boolean;
    /** Told of every commit. */
    written: Pick<Written, 'note'>;
    now?: () => string;
  }) {
    this.#client = options.client;
    this.#metrics = options.metrics;
    this.#owner = options.owner;
    this.#owns = options.owns;
    this.#written = options.written;
    this.#now = options.now ?? (() => toSeconds(Date.now()));
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#urgent.waiting + this.#background.waiting;
  }

  /** How long a record made in the background takes these days, the wait for its turn included: rather too long. */
  get recordMs(): number {
    return this.#recordMs;
  }

  /**
   * Rejects when the API server cannot be asked what is stored, and where the ledger is somebody else's by now: ask
   * `read` before the next commit.
   */
  async commit(commit: Commit): Promise<CommitResult> {
    const askedAt = performance.now();
    const turn = await this.#turn(commit.isUrgent ? 'urgent' : 'background');
    try {
      return await this.#write(commit);
    } finally {
      turn.release();
      if (!commit.isUrgent) this.#noteRecord(performance.now() - askedAt);
    }
  }

  /** Slower at once, and faster by and by. */
  #noteRecord(durationMs: number): void {
    this.#recordMs = Math.max(durationMs, this.#recordMs + (durationMs - this.#recordMs) * 0.05);
  }

  #turn(queue: 'urgent' | 'background'): Promise<Slot> {
    if (queue === 'urgent') return this.#urgent.acquire({ key: queue, limit: maxUrgent, kind: 'first' });
    const limit = this.#background.waiting < crowd ? fewWrites : maxWrites;
    return this.#background.acquire({ key: queue, limit, kind: 'first' });
  }

  /** The object as stored; undefined if it is gone. Rejects when the API server cannot be asked. */
  async read(analysis: Analysis): Promise<Analysis | undefined> {
    const turn = await this.#turn('background');
    try {
      return await this.#read(analysis);
    } finally {
      turn.release();
    }
  }

  async #read({ metadata: { namespace, name, uid } }: Analysis): Promise<Analysis | undefined> {
    try {
      const analysis = parseAnalysis(await this.#client.get(objectPath(analysisType, namespace, name)));
      return analysis.metadata.uid === uid ? analysis : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Says in the Notified condition why the ledger cannot be kept. Never rejects: it is tried with the next cause. */
  async explain(
    { metadata, status }: Pick<Analysis, 'metadata' | 'status'>,
    reason: string,
    message: string,
  ) {
    const notifiedNow = {
      type: 'Notified',
      status: 'Unknown',
      reason,
      message: message.slice(0, 1024),
    } as const;
    const stored = status.conditions ?? [];
    const conditions = setCondition(stored, notifiedNow, this.#now());
    if (conditions === stored) return;
    const path = objectPath(analysisType, metadata.namespace, metadata.name, 'status');
    await this.#client
      .patchMerge(path, { metadata: { uid: metadata.uid }, status: { conditions } })
      .catch(() => {});
  }

  async #write(commit: Commit): Promise<CommitResult> {
    const { metadata, status } = commit.analysis;
    // A ledger of our own is ours to write until a successor has written it, which the patch tests: an answer may come
    // late. The wait for the turn may have been long.
    if (commit.stored?.owner !== this.#owner && !this.#owns(metadata.namespace))
      throw new NotOwnerError('another replica looks after this namespace');
    const written = commit.ledger();
    const operations = ledgerPatch({
      uid: metadata.uid,
      stored: commit.stored,
      ledger: nextRevision(commit.stored, written, this.#owner),
      storedConditions: status.conditions,
      conditions: this.#conditions(commit, written),
    });
    const path = objectPath(analysisType, metadata.namespace, metadata.name, 'status');
    try {
      const analysis = parseAnalysis(await this.#client.patchJson(path, operations));
      this.#metrics.writes.inc({ result: 'committed' });
      this.#metrics.commits.inc({ kind: commit.kind });
      this.#written.note(analysisType, metadata.namespace, analysis.metadata.resourceVersion);
      return { kind: 'committed', written, analysis };
    } catch (error) {
      return await this.#afterFailure(commit, error);
    }
  }

  async #afterFailure({ analysis }: Commit, error: unknown): Promise<CommitResult> {
    if (isNotFound(error)) return { kind: 'read', analysis: undefined };
    // Not a 403: an API server that has just started gives it for a while, until it knows the roles.
    if (isRefusedByRule(error)) {
      this.#metrics.writes.inc({ result: 'refused' });
      return { kind: 'refused', message: error instanceof Error ? error.message : String(error) };
    }
    const fenced = isFailedTest(error);
    if (!fenced && !isConflict(error) && !isUnknownOutcome(error)) {
      this.#metrics.writes.inc({ result: 'failed' });
      throw error;
    }
    this.#metrics.writes.inc({ result: fenced ? 'fenced' : 'unknown' });
    return { kind: 'read', analysis: await this.#read(analysis) };
  }

  /** Our conditions, of which those that did not change are the very objects that were read. */
  #conditions({ analysis, decision }: Commit, ledger: Ledger): readonly Condition[] {
    const { leftOut = [], declined } = decision ?? {};
    const wanted: Omit<Condition, 'lastTransitionTime'>[] = [notified(analysis, ledger, declined)];
    if (leftOut.length > 0)
      wanted.push({
        type: 'EndpointLimitExceeded',
        status: 'True',
        reason: 'TooManyEndpoints',
        message: endpointLimitMessage(leftOut),
      });
    const now = this.#now();
    const stored: readonly Condition[] = analysis.status.conditions ?? [];
    return wanted.flatMap((condition) =>
      setCondition(stored, condition, now).filter(({ type }) => type === condition.type),
    );
  }
}
