// Writes Events (events.k8s.io/v1) for people who run `kubectl describe`; they may get lost, nothing waits
// for them.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from './client.ts';
import { isConflict, isNamespaceTerminating, isNotFound, isUnknownOutcome } from './errors.ts';
import { EventLimits } from './event-limits.ts';
import type { Log } from './log.ts';
import { collectionPath } from './paths.ts';
import { toMicroTime } from './time.ts';

export interface EventRecord {
  object: { apiVersion: string; kind: string; namespace: string; name: string; uid: string };
  type: 'Normal' | 'Warning';
  /** CamelCase, for programs; at most 128 characters. */
  reason: string;
  /** What was done or failed, CamelCase; at most 128 characters. */
  action: string;
  /** For people; cut to 1024 bytes. */
  note: string;
}

const resource = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event' };

const maxWaiting = 1000;
const maxNoteBytes = 1024;
const maxNameLength = 253;

export class EventRecorder {
  readonly #client: Pick<KubeClient, 'create'>;
  readonly #component: string;
  readonly #instance: string;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #limits: EventLimits;
  #waiting: { namespace: string; event: unknown }[] = [];
  #draining: Promise<void> | undefined;
  #dropped = 0;
  /** Cuts the wait for the pace short. */
  #hurry = new AbortController();

  constructor(options: {
    client: Pick<KubeClient, 'create'>;
    /** The reportingController, such as `heliograph`. */
    component: string;
    /** Such as the name of the pod. */
    instance: string;
    log: Log;
    /** ms since the epoch. */
    now?: () => number;
  }) {
    this.#client = options.client;
    this.#component = options.component;
    this.#instance = options.instance;
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
    // On the monotonic clock: a clock set back by an hour would otherwise silence events for an hour.
    this.#limits = new EventLimits(() => performance.now());
  }

  /**
   * Returns at once and never throws. Dropped are repetitions within ten minutes, what exceeds the rate of
   * one object, and everything while too many wait.
   */
  record(record: EventRecord): void {
    const { object, type, reason, note } = record;
    if (!this.#limits.admits(object.uid, [type, reason, note].join('\n'))) return;
    if (this.#waiting.length >= maxWaiting) {
      // One line for the whole jam, not for each.
      if (this.#dropped === 0) this.#log('warn', 'events are dropped', { waiting: maxWaiting });
      this.#dropped += 1;
      return;
    }
    // An object of the whole cluster has its events here, as kubectl expects.
    const namespace = object.namespace === '' ? 'default' : object.namespace;
    this.#waiting.push({ namespace, event: this.#eventOf(record, namespace) });
    this.#draining ??= this.#drain();
  }

  /** Sends what waits without its pace; gives up the rest after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    this.#hurry.abort();
    const timedOut = new AbortController();
    const timeout = sleep(timeoutMs, undefined, { signal: timedOut.signal }).catch(() => {});
    await Promise.race([this.#draining, timeout]);
    timedOut.abort();
    this.#hurry = new AbortController();
    this.#waiting = [];
  }

  async #drain(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { signal } = this.#hurry;
      const delayMs = this.#limits.paceMs();
      if (delayMs > 0 && !signal.aborted) await sleep(delayMs, undefined, { signal }).catch(() => {});
      await this.#send(next);
    }
    this.#draining = undefined;
    if (this.#dropped > 0) this.#log('warn', 'events were dropped', { dropped: this.#dropped });
    this.#dropped = 0;
  }

  async #send({ namespace, event }: { namespace: string; event: unknown }): Promise<void> {
    const path = collectionPath(resource, namespace);
    try {
      await this.#client.create(path, event).catch((error: unknown) => {
        if (!isUnknownOutcome(error)) throw error;
        // If the first try did arrive, the name is taken and this one changes nothing.
        return this.#client.create(path, event);
      });
    } catch (error) {
      if (isNamespaceTerminating(error) || isNotFound(error) || isConflict(error)) return;
      this.#log('warn', 'event is lost', { namespace, error: String(error) });
    }
  }

  #eventOf({ object, type, reason, action, note }: EventRecord, namespace: string): unknown {
    // A name's own end tells two events apart: of the object's name as much as fits stands before it.
    const suffix = `.${this.#now().toString(16)}${randomBytes(4).toString('hex')}`;
    const { uid, apiVersion, kind, name } = object;
    return {
      apiVersion: `${resource.group}/${resource.version}`,
      kind: resource.kind,
      metadata: { name: `${stem(name, maxNameLength - suffix.length)}${suffix}`, namespace },
      eventTime: toMicroTime(this.#now()),
      reportingController: this.#component,
      reportingInstance: this.#instance.slice(0, 128),
      regarding: { apiVersion, kind, name, uid, namespace: object.namespace },
      type,
      reason,
      action,
      note: clip(note),
    };
  }
}

/** Without a dot or dash at its end, which may not stand before the next dot. */
function stem(name: string, length: number): string {
  return name.slice(0, length).replace(/[.-]+$/, '');
}

/** To whole characters. */
function clip(note: string): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= maxNoteBytes) return note;
  let end = maxNoteBytes - 3;
  // Bytes 10xxxxxx continue a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}…`;
}
