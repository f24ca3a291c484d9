// Leases (coordination.k8s.io/v1) as replicas use them, and which of them are still held.
import { isDeepStrictEqual } from 'node:util';
import type { ResourceType } from './paths.ts';
import { numberAt, objectAt, textAt } from './raw.ts';
import type { StoredObject } from './store.ts';

export const leaseType: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
};

/** As leaseTransitions is an int32. */
const transitionsEnd = 2 ** 31;

/** No flag asks for more. A longer one is a mistake, and would keep others off for ever. */
const maxDurationMs = 3_600_000;

export interface Lease extends StoredObject {
  /** '' where nobody holds it. */
  readonly holder: string;
  readonly durationMs: number;
  /** Changes with every renewal. It is the holder's clock, so it is compared for equality only. */
  readonly renewTime: string;
  readonly transitions: number;
}

/** Never throws: a Lease has no field that must be there. */
export function parseLease(raw: unknown): Lease {
  const metadata = objectAt(raw, 'metadata');
  const spec = objectAt(raw, 'spec');
  return {
    metadata: {
      name: textAt(metadata, 'name'),
      namespace: textAt(metadata, 'namespace'),
      uid: textAt(metadata, 'uid'),
      resourceVersion: textAt(metadata, 'resourceVersion'),
      labels: texts(objectAt(metadata, 'labels')),
      annotations: texts(objectAt(metadata, 'annotations')),
    },
    holder: textAt(spec, 'holderIdentity'),
    durationMs: Math.min((numberAt(spec, 'leaseDurationSeconds') ?? 0) * 1000, maxDurationMs),
    renewTime: textAt(spec, 'renewTime'),
    transitions: numberAt(spec, 'leaseTransitions') ?? 0,
  };
}

export interface LeaseWrite {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
  /** RFC 3339 with microseconds. */
  readonly now: string;
}

/** As it is written. */
export function leaseBody({ metadata, holder, durationMs, transitions, now }: LeaseWrite) {
  return {
    apiVersion: `${leaseType.group}/${leaseType.version}`,
    kind: leaseType.kind,
    metadata,
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.max(1, Math.round(durationMs / 1000)),
      leaseTransitions: transitions % transitionsEnd,
      acquireTime: now,
      renewTime: now,
    },
  };
}

interface Seen {
  readonly lease: Lease;
  /** When it was renewed, in ms of our monotonic clock. */
  readonly atMs: number;
}

/**
 * When each Lease was last renewed, on our own monotonic clock: the clock of its holder may be wrong. One that we see
 * for the first time counts as renewed just then.
 */
export class LeaseBook {
  readonly #seen = new Map<string, Seen>();

  /**
   * @param nowMs of the monotonic clock
   * @returns whether it is more than the renewal of a Lease that is held
   */
  observe(lease: Lease, nowMs: number): boolean {
    const { name, uid, labels } = lease.metadata;
    const known = this.#seen.get(name);
    const wasHeld = this.isHeld(name, nowMs);
    const isSame =
      known?.lease.metadata.uid === uid &&
      known.lease.holder === lease.holder &&
      known.lease.renewTime === lease.renewTime;
    this.#seen.set(name, { lease, atMs: isSame ? known.atMs : nowMs });
    return (
      !wasHeld ||
      known?.lease.holder !== lease.holder ||
      !isDeepStrictEqual(known.lease.metadata.labels, labels)
    );
  }

  /** Deleted by its holder, or of no interest any more. */
  remove(name: string): void {
    this.#seen.delete(name);
  }

  /** Deleted by somebody else. Its holder may not know that yet, so it is held for as long as it was. */
  vanish(name: string): void {
    const known = this.#seen.get(name);
    if (known === undefined) return;
    const { lease, atMs } = known;
    const metadata = { ...lease.metadata, resourceVersion: '' };
    this.#seen.set(name, { lease: { ...lease, metadata }, atMs });
  }

  get(name: string): Lease | undefined {
    return this.#seen.get(name)?.lease;
  }

  leases(): Lease[] {
    return [...this.#seen.values()].map(({ lease }) => lease);
  }

  /** How long it was not renewed, in ms; Infinity where there is none. */
  silentMs(name: string, nowMs: number): number {
    return nowMs - (this.#seen.get(name)?.atMs ?? -Infinity);
  }

  /** Somebody holds it and has renewed it in time. */
  isHeld(name: string, nowMs: number): boolean {
    const { holder = '', durationMs = 0 } = this.get(name) ?? {};
    return holder !== '' && this.silentMs(name, nowMs) < durationMs;
  }
}

function texts(object: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(object).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
