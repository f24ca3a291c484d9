// Whether everything that was owed has come, and in order. Pure.
import type { Arrival } from './receiver-process.ts';

export interface Expected {
  /** Of the analyses. */
  uids: readonly string[];
  /** Of the events that each analysis brings about, in order. */
  sequences: readonly number[];
}

export interface Journal {
  /** When each event first came, by its webhook-id, in ms of the monotonic clock. */
  firstMs: ReadonlyMap<string, number>;
  /** Requests beyond the first of an event. */
  repeated: number;
  /** What is wrong, in words; empty when all is well. */
  problems: readonly string[];
}

/** The webhook-id of an event, which is what every operator here is to send. */
export function eventId(uid: string, sequence: number): string {
  return `${uid}-${sequence}`;
}

export function readJournal(arrivals: readonly Arrival[], { uids, sequences }: Expected): Journal {
  const firstMs = new Map<string, number>();
  for (const [id, atMs] of arrivals) if (!firstMs.has(id)) firstMs.set(id, atMs);
  const expected = uids.flatMap((uid) => sequences.map((sequence) => eventId(uid, sequence)));
  const known = new Set(expected);
  const missing = expected.filter((id) => !firstMs.has(id)).length;
  const strange = [...firstMs.keys()].filter((id) => !known.has(id)).length;
  const disordered = uids.filter((uid) => !isInOrder(uid)).length;
  return {
    firstMs,
    repeated: arrivals.length - firstMs.size,
    problems: [
      ...(missing > 0 ? [`${missing} of ${expected.length} events never came`] : []),
      ...(strange > 0 ? [`${strange} events came that nobody owed`] : []),
      ...(disordered > 0 ? [`the events of ${disordered} analyses came out of order`] : []),
    ],
  };

  /** Times are of a clock that may not tell two arrivals apart, so equal ones count as in order. */
  function isInOrder(uid: string): boolean {
    const times = sequences.flatMap((sequence) => firstMs.get(eventId(uid, sequence)) ?? []);
    return times.every((atMs, index) => index === 0 || atMs >= (times[index - 1] ?? 0));
  }
}
