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
  /** Events that were owed and came. */
  delivered: number;
  /** Requests beyond the first of an event. */
  repeated: number;
  /** Analyses whose first receipts came in another order than they were to. */
  disordered: number;
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
    delivered: expected.length - missing,
    repeated: arrivals.length - firstMs.size,
    disordered,
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

/** Of several endpoints that heard the same. Events of all but the first have their endpoint's number before their id. */
export function joinJournals(journals: readonly Journal[]): Journal {
  const sum = (read: (journal: Journal) => number) =>
    journals.reduce((total, journal) => total + read(journal), 0);
  return {
    firstMs: new Map(
      journals.flatMap(({ firstMs }, index) =>
        [...firstMs].map(([id, atMs]) => [index === 0 ? id : `${index} ${id}`, atMs] as const),
      ),
    ),
    delivered: sum(({ delivered }) => delivered),
    repeated: sum(({ repeated }) => repeated),
    disordered: sum(({ disordered }) => disordered),
    problems: journals.flatMap(({ problems }) => problems),
  };
}
