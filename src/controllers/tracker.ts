// One analysis on its way: observes it, subscribes endpoints, has events delivered, and keeps the record. Every
// change from outside (a status, an endpoint, an answer, a timer) ends in `advance`, which looks at all of it anew.
import type { Analysis } from '../api/analysis.ts';
import { redeliverLabel } from '../api/group.ts';
import type { Ledger } from '../api/ledger.ts';
import { hasStarted } from '../events/ladder.ts';
import { parseRedelivery } from '../events/redelivery.ts';
import { isAtRest } from '../events/rest.ts';
import { decideSubscription } from '../events/subscription.ts';
import { isOlderVersion } from '../kube/resource-version.ts';
import type { DelivererOptions } from './delivery-context.ts';
import { Deliverer } from './deliverer.ts';
import { DeliveryClock } from './delivery-clock.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import type { Endpoints } from './endpoints.ts';
import { LedgerCopy } from './ledger-copy.ts';
import type { CommitResult, LedgerWriter } from './ledger-writer.ts';
import type { Notices } from './notices.ts';
import { OwedCount } from './owed-count.ts';
import { SingleFlight } from './single-flight.ts';
import { Timer } from './timer.ts';
import type { Owed } from './waits-for.ts';

export interface TrackerOptions extends DelivererOptions {
  endpoints: Pick<Endpoints, 'find' | 'confirm' | 'current' | 'isDeleted'>;
  health: EndpointHealth;
  writer: Pick<LedgerWriter, 'commit' | 'read' | 'explain' | 'recordMs'>;
  notices: Notices;
  /** Who writes: recorded in the ledger. */
  owner: string;
  /** ms since the epoch; undefined where our wall clock is not the API server's. */
  trustedNow: () => number | undefined;
  /** Nobody else delivers for this namespace now. */
  owns: (namespace: string) => boolean;
  /** Called once, when there is nothing left to do for the analysis. */
  ended: () => void;
}

/** By then an outcome is on record, the write itself included. The longer it waits, the more are gathered in one write. */
const recordWithinMs = 2000;

/** What timers and a slower write than usual may take of that. */
const spareMs = 75;

/** Some are gathered also where writes are slow. */
const leastRecordDelayMs = 500;

/** A cache that shows an older ledger than we wrote is late; for so long, and the store was restored. */
const staleMs = 5000;

const hourMs = 3_600_000;

/** The watch lists anew every ten minutes. */
const forgetMs = 1_200_000;

/** Of a write that a rule refuses: the same one again is vain, but rules change. */
const refusedMs = 300_000;

export class Tracker {
  readonly #options: TrackerOptions;
  readonly #clock = new DeliveryClock(() => performance.now());
  readonly #ledger: LedgerCopy;
  readonly #deliverer: Deliverer;
  readonly #owed: OwedCount;
  readonly #timer = new Timer(() => this.advance());
  /** A write, or reading again. */
  readonly #tasks = new SingleFlight((error) => this.#taskEnded(error));
  #analysis: Analysis;
  /** When a difference to the record first came up. */
  #dirtyAt: number | undefined;
  /** Nobody can tell what is stored before it was read again. */
  #mustRead = false;
  /** The watch has told something since the task under way began: an answer to that may be the older one. */
  #hasNews = false;
  /** The watch has it, or soon will: it tells when it leaves. */
  #isWatched = false;
  /** The resource version that the watch has shown last. */
  #shown: string | undefined;
  /** The watch says that it is gone, which is also what settling looks like: nothing is sent meanwhile. */
  #hasLeft = false;
  #settledAt: number | undefined;
  /** The API server says so. */
  #isDeleted = false;
  /** A rule was against the newest write. */
  #isRefused = false;
  #isStopping = false;
  #hasEnded = false;
  #staleAt: number | undefined;

  constructor(analysis: Analysis, options: TrackerOptions) {
    this.#options = options;
    this.#analysis = analysis;
    this.#ledger = new LedgerCopy(options.owner);
    this.#owed = new OwedCount(options);
    this.#deliverer = new Deliverer(
      {
        analysis: () => this.#analysis,
        ledger: this.#ledger,
        clock: this.#clock,
        mayStart: () =>
          !this.#hasLeft && !this.#ledger.isRedeliveryOpen && options.owns(this.#analysis.metadata.namespace),
        changed: () => this.advance(),
        wakeIn: (delayMs) => this.#timer.wakeIn(delayMs),
      },
      options,
    );
  }

  /**
   * From the watch or a list: it may be older than what is known here.
   * @param isWatched false from the watch of labelled ones, which never tells of settling
   */
  observe(analysis: Analysis, isWatched: boolean): void {
    this.#isWatched ||= isWatched;
    const known = this.#ledger.stored?.revision ?? 0;
    const revision = analysis.status.delivery?.revision ?? 0;
    if (revision < known) this.#staleAt ??= performance.now() + staleMs;
    else {
      this.#staleAt = undefined;
      this.#see(analysis);
      this.#hasNews = true;
      if (isWatched) this.#shown = analysis.metadata.resourceVersion;
    }
    this.advance();
  }

  /**
   * The watch says that it is gone; with a field selector that is also what settling looks like.
   * @param resourceVersion of the deletion; undefined where a list shows it
   */
  left(resourceVersion: string | undefined): void {
    const { resourceVersion: known } = this.#analysis.metadata;
    // One that is older than what is known is of an earlier settling, before a redelivery: the API server knows.
    this.#hasLeft ||= resourceVersion === undefined || !isOlderVersion(resourceVersion, known);
    this.#mustRead = true;
    this.#tasks.holdFor(0);
    this.advance();
  }

  /** What is owed longest. Before the subscription nobody knows to whom, and nothing is sent. */
  owed(): Iterable<Owed> {
    if (this.#hasEnded || this.#isDeleted || !hasStarted(this.#analysis.status.phase)) return [];
    if (this.#ledger.stored !== undefined) return this.#deliverer.owed();
    return [{ waitsFor: this.#isRefused ? 'user' : 'operator', ageMs: this.#clock.ageMs('', 1) }];
  }

  /** Does whatever is due. Never throws. */
  advance(): void {
    if (this.#hasEnded) return;
    try {
      this.#advance();
    } catch (error) {
      this.#log('error', 'analysis is stuck', error);
      this.#timer.wakeIn(60_000);
    }
  }

  /** What comes of attempts under way is nobody's business any more. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#deliverer.end();
    this.#timer.clear();
    this.#owed.update(undefined);
    this.#options.ended();
  }

  /** The watch may still have older news of it, which would look like a new analysis: so it stays until that ends. */
  #endDeleted(): void {
    this.#isDeleted = true;
    this.#deliverer.end();
    this.#owed.update(undefined);
    if (this.#hasLeft || !this.#isWatched) this.end();
    else this.#timer.wakeIn(forgetMs);
  }

  /** Starts no attempt any more; resolves when none is under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#deliverer.stop();
    await this.#deliverer.idle();
  }

  /** Writes what is not on record yet, once; never rejects. */
  async flush(): Promise<void> {
    await this.#tasks.idle();
    if (this.#hasEnded || !this.#ledger.isDirty) return;
    this.#tasks.holdFor(0);
    if (this.#mustRead) this.#begin(() => this.#read());
    await this.#tasks.idle();
    if (this.#mustRead) return;
    this.#begin(() => this.#record());
    await this.#tasks.idle();
  }

  #advance(): void {
    if (this.#isOver() || this.#isAtRest()) {
      this.end();
      return;
    }
    if (this.#isDeleted) return;
    this.#noticeRestore();
    if (this.#mustRead) this.#begin(() => this.#read());
    if (this.#isStopping) return;
    if (this.#ledger.stored === undefined) {
      if (hasStarted(this.#analysis.status.phase) && !this.#mustRead) this.#begin(() => this.#subscribe());
      return;
    }
    this.#deliverer.serve();
    // A Lease that has run out is noticed when it is asked for.
    if (this.#hasEnded) return;
    this.#owed.update(this.#ledger.working);
    this.#recordWhenDue();
  }

  /**
   * Settled, and the watch has nothing older to tell any more: else an old event would look like a new analysis. A watch
   * that was cut may never say so, but has been listed anew by then.
   */
  #isOver(): boolean {
    if (!this.#ledger.isSettled && !this.#isDeleted) {
      this.#settledAt = undefined;
      return false;
    }
    if (this.#hasLeft || !this.#isWatched) return true;
    this.#settledAt ??= performance.now();
    const leftMs = this.#settledAt + forgetMs - performance.now();
    this.#timer.wakeIn(leftMs);
    return leftMs <= 0;
  }

  /** Nothing is to be done, and the watch has shown all that is known: its next news tells it anew. */
  #isAtRest(): boolean {
    return (
      this.#shown === this.#analysis.metadata.resourceVersion &&
      !this.#ledger.isDirty &&
      !this.#mustRead &&
      this.#staleAt === undefined &&
      !this.#isDeleted &&
      this.#tasks.isIdle &&
      this.#deliverer.isIdle &&
      isAtRest(this.#analysis)
    );
  }

  /** A relist that goes on showing less than we wrote shows a store that was restored from a backup. */
  #noticeRestore(): void {
    if (this.#staleAt === undefined) return;
    const waitMs = this.#staleAt - performance.now();
    if (waitMs > 0) {
      this.#timer.wakeIn(waitMs);
      return;
    }
    this.#staleAt = undefined;
    this.#mustRead = true;
  }

  /** Takes in an object that is at least as new as what is known. */
  #see(analysis: Analysis): void {
    // The watch may have been faster than the answer to a write, and know newer labels.
    if (isOlderVersion(analysis.metadata.resourceVersion, this.#analysis.metadata.resourceVersion)) return;
    this.#analysis = analysis;
    const { delivery } = analysis.status;
    if (delivery !== undefined && delivery.revision > (this.#ledger.stored?.revision ?? 0))
      this.#take(delivery);
    for (const { sequence } of this.#ledger.climb(analysis.status, new Date().toISOString()))
      this.#clock.seen(sequence);
    this.#redeliver(analysis.metadata.labels?.[redeliverLabel]);
  }

  /** Carries the label out, once for each value. It is on record before anything is sent. */
  #redeliver(value: string | undefined): void {
    const before = this.#ledger.working;
    if (value === undefined || this.#ledger.stored === undefined || before.lastHandledRedeliver === value)
      return;
    this.#ledger.redeliver(value);
    if (parseRedelivery(value) === undefined)
      this.#options.notices.redeliveryUnreadable(this.#analysis, value);
    for (const { uid, deliveries } of this.#ledger.working.endpoints)
      for (const { sequence, state, attempts } of deliveries)
        if (state === 'Owed' && attempts === 0) this.#clock.restart(uid, sequence);
  }

  /** Decides who is told, and commits that before anything is sent. */
  async #subscribe(): Promise<void> {
    const { endpoints, writer, notices } = this.#options;
    const current = await endpoints.current(this.#analysis.metadata.namespace);
    const analysis = this.#analysis;
    const decision = decideSubscription(analysis, current);
    const result = await writer.commit({
      kind: 'subscription',
      isUrgent: true,
      analysis,
      stored: undefined,
      decision,
      ledger: () => this.#ledger.opening(decision.subscriptions),
    });
    await this.#settle(result);
    if (result.kind === 'committed') notices.subscribed(analysis, result.written, decision);
  }

  #recordWhenDue(): void {
    if (!this.#ledger.isDirty) {
      this.#dirtyAt = undefined;
      return;
    }
    if (this.#mustRead) return;
    this.#dirtyAt ??= performance.now();
    const delayMs = Math.max(recordWithinMs - spareMs - this.#options.writer.recordMs, leastRecordDelayMs);
    const waitMs = this.#dirtyAt + delayMs - performance.now();
    const isUrgent = this.#ledger.working.state === 'Settled' || this.#ledger.isRedeliveryOpen;
    if (isUrgent || waitMs <= 0) this.#begin(() => this.#record());
    else this.#timer.wakeIn(waitMs);
  }

  async #record(): Promise<void> {
    await this.#settle(
      await this.#options.writer.commit({
        kind: 'record',
        isUrgent: this.#isStopping || this.#ledger.isRedeliveryOpen,
        analysis: this.#analysis,
        stored: this.#ledger.stored,
        ledger: () => {
          this.#dirtyAt = undefined;
          return this.#ledger.working;
        },
      }),
    );
  }

  async #read(): Promise<void> {
    const analysis = await this.#options.writer.read(this.#analysis);
    this.#mustRead = false;
    this.#takeAsStored(analysis);
    if (this.#mustRead) return;
    // Else it was settled by somebody else, and that is why it left.
    if (this.#ledger.stored?.state !== 'Settled') this.#hasLeft = false;
  }

  async #settle(result: CommitResult): Promise<void> {
    this.#isRefused = result.kind === 'refused';
    switch (result.kind) {
      case 'committed': {
        const { delivery } = result.analysis.status;
        if (delivery !== undefined) this.#ledger.committed(result.written, delivery);
        if (delivery?.state === 'Active') {
          // Whatever the watch has told, it is about to have this one.
          this.#isWatched = true;
          this.#hasLeft = false;
        }
        if (delivery !== undefined && delivery.revision >= (this.#ledger.stored?.revision ?? 0))
          this.#see(result.analysis);
        return;
      }
      case 'read':
        this.#takeAsStored(result.analysis);
        return;
      case 'refused':
        this.#tasks.holdFor(refusedMs);
        this.#options.notices.refused(this.#analysis, result.message);
        await this.#options.writer.explain(this.#analysis, 'LedgerRefused', result.message);
    }
  }

  /** What the API server itself says counts, also where it is older: then it was restored. */
  #takeAsStored(analysis: Analysis | undefined): void {
    if (analysis === undefined) {
      this.#endDeleted();
      return;
    }
    if (
      this.#hasNews &&
      isOlderVersion(analysis.metadata.resourceVersion, this.#analysis.metadata.resourceVersion)
    ) {
      this.#mustRead = true;
      return;
    }
    const { delivery } = analysis.status;
    if (delivery === undefined) this.#ledger.reopen();
    else this.#take(delivery);
    // Also where it is older: then the store was restored.
    this.#analysis = analysis;
    this.#see(analysis);
  }

  #take(stored: Ledger): void {
    const { namespace } = this.#analysis.metadata;
    this.#clock.load(stored, this.#options.trustedNow(), (uid) => {
      const name = stored.endpoints.find((one) => one.uid === uid)?.name ?? '';
      const endpoint = this.#options.endpoints.find(namespace, name, uid)?.endpoint;
      return Math.max((endpoint?.spec.delivery.maxBackoffSeconds ?? 0) * 1000, hourMs);
    });
    this.#ledger.take(stored);
  }

  #begin(task: () => Promise<void>): void {
    const { waitMs } = this.#tasks;
    if (waitMs > 0) {
      this.#timer.wakeIn(waitMs);
      return;
    }
    if (this.#tasks.isIdle) this.#hasNews = false;
    this.#tasks.begin(task);
  }

  #taskEnded(error: unknown): void {
    if (error !== undefined) {
      this.#mustRead = true;
      this.#log('warn', 'ledger cannot be written', error);
    }
    this.advance();
  }

  #log(level: 'warn' | 'error', event: string, error: unknown): void {
    const { namespace, name } = this.#analysis.metadata;
    this.#options.log(level, event, { namespace, analysis: name, error: String(error) });
  }
}
