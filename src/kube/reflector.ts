// Keeps a store equal to what the API server has: lists, watches from there, and starts over when it must.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Backoff, backoffMs } from './backoff.ts';
import type { KubeClient, Query, WatchEvent } from './client.ts';
import { ApiError, isExpired, isResourceVersionTooLarge } from './errors.ts';
import type { Log } from './log.ts';
import { Mirror, type ReflectorHandlers } from './mirror.ts';
import { numberAt, objectAt, textAt } from './raw.ts';
import { isOlderVersion } from './resource-version.ts';
import type { Store, StoredObject } from './store.ts';

export type { ReflectorHandlers } from './mirror.ts';

export type RestartReason = 'expired' | 'idle' | 'connection' | 'api_error';

export interface ReflectorMetrics {
  /** A list is complete. */
  listed(): void;
  /** A list or a watch failed. */
  restarted(reason: RestartReason): void;
}

export interface ReflectorIntervals {
  /**
   * The first watch, and the one after a watch that ended early: one opened just after a CRD was created or
   * changed can stay silent for good, and nothing tells.
   */
  shortWatchSeconds: number;
  /** The others, at random between, so that not all of them end at once. */
  minWatchSeconds: number;
  maxWatchSeconds: number;
  /** Bookmarks come about every 60 s, after a first 120 s. */
  idleMs: number;
  relistMs: number;
  backoff: Backoff;
  /** The most of a Retry-After that is honoured. */
  maxRetryAfterMs: number;
}

const defaults: ReflectorIntervals = {
  shortWatchSeconds: 10,
  minWatchSeconds: 290,
  maxWatchSeconds: 580,
  idleMs: 180_000,
  relistMs: 600_000,
  backoff: { baseMs: 100, maxMs: 10_000 },
  maxRetryAfterMs: 10_000,
};

/** Of etcd's pages; the API server holds one in memory for each of us. */
const pageSize = 500;

/** A watch that ends sooner and brought nothing counts as failed, or it would be opened in a hot loop. */
const futileWatchMs = 1000;

/** Nothing came over an open watch for too long: its connection may be dead without our knowing. */
class IdleError extends Error {
  override readonly name = 'IdleError';
  readonly code = 'IDLE';
}

export interface ReflectorOptions<T extends StoredObject> {
  client: Pick<KubeClient, 'list' | 'watch'>;
  /** Of a collection, in one namespace or in all. */
  path: string;
  /** Of `path`, where it has one: reflectors of several namespaces may then share a store. */
  namespace?: string | undefined;
  /** `labelSelector`, `fieldSelector`. */
  query?: Query;
  /** May throw: the object is told once per generation and skipped; a version known before stays. */
  parse: (raw: unknown) => T;
  store: Store<T>;
  handlers: ReflectorHandlers<T>;
  log?: Log;
  metrics?: ReflectorMetrics;
  random?: () => number;
  intervals?: Partial<ReflectorIntervals>;
}

export class Reflector<T extends StoredObject> {
  readonly #client: Pick<KubeClient, 'list' | 'watch'>;
  readonly #path: string;
  readonly #query: Query;
  readonly #log: Log;
  readonly #metrics: ReflectorMetrics | undefined;
  readonly #random: () => number;
  readonly #intervals: ReflectorIntervals;
  readonly #mirror: Mirror<T>;
  readonly #firstList = Promise.withResolvers<void>();
  #synced = false;
  #lastActivityAt = performance.now();
  /** Where to watch from; undefined when only a list can tell. */
  #resourceVersion: string | undefined;
  /** Resolved, and replaced, when that has changed. */
  #moved = Promise.withResolvers<void>();
  #relistAt = 0;
  /** The newest failure was that. */
  #hasExpired = false;
  /** Failures since something last came. */
  #failures = 0;
  #shortWatch = true;

  constructor(options: ReflectorOptions<T>) {
    const { parse, store, namespace, handlers, log = () => {} } = options;
    this.#client = options.client;
    this.#path = options.path;
    this.#query = options.query ?? {};
    this.#log = log;
    this.#metrics = options.metrics;
    this.#random = options.random ?? Math.random;
    this.#intervals = { ...defaults, ...options.intervals };
    this.#mirror = new Mirror({ parse, store, namespace, handlers, log });
  }

  /** A first list is complete; it stays so during retries, when the store is merely old. */
  get synced(): boolean {
    return this.#synced;
  }

  /**
   * When something last came from the server or a try failed, in ms of the monotonic clock: a reflector that
   * is stuck shows neither.
   */
  get lastActivityAt(): number {
    return this.#lastActivityAt;
  }

  /** Stays pending when the reflector is stopped before its first list. */
  whenSynced(): Promise<void> {
    return this.#firstList.promise;
  }

  /** Resolves when what is known is at least as new as this resource version. */
  async whenReached(version: string): Promise<void> {
    while (this.#resourceVersion === undefined || isOlderVersion(this.#resourceVersion, version))
      await this.#moved.promise;
  }

  /** Resolves when `signal` aborts, and never rejects: whatever fails is tried again. Run it once. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (await this.#mustList(signal)) await this.#list(signal);
        await this.#watch(this.#resourceVersion ?? '', signal);
      } catch (error) {
        if (signal.aborted) return;
        await sleep(this.#noteFailure(error), undefined, { signal }).catch(() => {});
      }
    }
  }

  /**
   * After a failure the server may be another one, on an etcd restored from a backup. A watch from a version
   * that it has yet to reach stays silent, so ask where it is; one object tells.
   */
  async #mustList(signal: AbortSignal): Promise<boolean> {
    if (this.#resourceVersion === undefined || performance.now() >= this.#relistAt) return true;
    if (this.#failures === 0) return false;
    const { resourceVersion } = await this.#client.list(this.#path, { limit: 1 }, signal);
    return isOlderVersion(resourceVersion, this.#resourceVersion);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const listed = new Set<string>();
    let token: string | undefined;
    let resourceVersion = '';
    do {
      // No resourceVersion: the server's cache could be older than what we know.
      const query = { ...this.#query, limit: pageSize, continue: token };
      const page = await this.#client.list(this.#path, query, signal);
      this.#lastActivityAt = performance.now();
      for (const raw of page.items) listed.add(this.#mirror.upsert(raw));
      resourceVersion = page.resourceVersion;
      token = page.continue === '' ? undefined : page.continue;
    } while (token !== undefined);
    this.#mirror.retain(listed);
    this.#moveTo(resourceVersion);
    this.#relistAt = performance.now() + this.#intervals.relistMs * (0.9 + this.#random() * 0.2);
    this.#metrics?.listed();
    if (this.#synced) return;
    this.#synced = true;
    this.#mirror.synced();
    this.#firstList.resolve();
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { idleMs } = this.#intervals;
    const timeoutSeconds = this.#watchSeconds();
    const query = { ...this.#query, resourceVersion, timeoutSeconds, allowWatchBookmarks: true };
    const openedAt = performance.now();
    const ending = new AbortController();
    const watchdog = setTimeout(() => ending.abort(), idleMs);
    const abort = () => ending.abort();
    signal.addEventListener('abort', abort);
    // A handler may have stopped us during the list.
    if (signal.aborted) abort();
    let events = 0;
    try {
      for await (const event of this.#client.watch(this.#path, query, { signal: ending.signal })) {
        watchdog.refresh();
        this.#apply(event);
        events += 1;
      }
    } catch (error) {
      throw ending.signal.aborted ? new IdleError(`nothing came for ${idleMs / 1000} s`) : error;
    } finally {
      clearTimeout(watchdog);
      signal.removeEventListener('abort', abort);
    }
    const lastedMs = performance.now() - openedAt;
    this.#shortWatch = lastedMs < (timeoutSeconds - 1) * 1000;
    if (events === 0 && lastedMs < futileWatchMs) throw new IdleError('the watch ended at once');
    this.#failures = 0;
  }

  /** Ends with the next relist at the latest. */
  #watchSeconds(): number {
    const { shortWatchSeconds, minWatchSeconds, maxWatchSeconds } = this.#intervals;
    const untilRelist = (this.#relistAt - performance.now()) / 1000;
    const wanted = this.#shortWatch
      ? shortWatchSeconds
      : minWatchSeconds + this.#random() * (maxWatchSeconds - minWatchSeconds);
    return Math.max(1, Math.ceil(Math.min(wanted, untilRelist)));
  }

  #apply({ type, object }: WatchEvent): void {
    // The answer was 200 long ago: this is how the server refuses a watch, an expired one above all.
    if (type === 'ERROR') throw new ApiError(numberAt(object, 'code') ?? 500, object);
    this.#lastActivityAt = performance.now();
    this.#failures = 0;
    if (type === 'ADDED' || type === 'MODIFIED') this.#mirror.upsert(object);
    if (type === 'DELETED') this.#mirror.delete(object);
    const resourceVersion = textAt(objectAt(object, 'metadata'), 'resourceVersion');
    if (resourceVersion !== '') this.#moveTo(resourceVersion);
  }

  #moveTo(resourceVersion: string): void {
    this.#resourceVersion = resourceVersion;
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }

  /** Returns how long to wait, in ms. */
  #noteFailure(error: unknown): number {
    const { backoff, maxRetryAfterMs } = this.#intervals;
    this.#lastActivityAt = performance.now();
    const expired = isExpired(error) || isResourceVersionTooLarge(error);
    if (expired) this.#resourceVersion = undefined;
    // The server has answered, so what went before does not count: an outage ends with a watch that has expired.
    if (expired && !this.#hasExpired) this.#failures = 0;
    this.#hasExpired = expired;
    this.#shortWatch = true;
    const retryAfterMs = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    const delayMs = Math.max(
      backoffMs(backoff, this.#failures, this.#random),
      Math.min(retryAfterMs, maxRetryAfterMs),
    );
    this.#failures += 1;
    const reason = expired ? 'expired' : reasonOf(error);
    this.#metrics?.restarted(reason);
    const fields = { path: this.#path, reason, error: String(error), retryInMs: Math.round(delayMs) };
    this.#log(expired ? 'info' : 'warn', 'watching is interrupted', fields);
    return delayMs;
  }
}

function reasonOf(error: unknown): RestartReason {
  if (error instanceof IdleError) return 'idle';
  return error instanceof ApiError ? 'api_error' : 'connection';
}
