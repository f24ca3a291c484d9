// What is found of one who delivers, the operator or another.
import type { Spread } from '../measure/latency.ts';

/** From its start to its end: each load once. */
export interface Pass {
  name: string;
  runs: readonly PeerRun[];
  /** Resident memory after the last load. */
  residentMb: number;
}

export interface PeerRun {
  /** The load, such as 50/s. */
  load: string;
  owed: number;
  /** Different events of those that were owed. */
  delivered: number;
  /** Requests beyond the first of an event. */
  repeated: number;
  /** Analyses whose first receipts came out of order. */
  disordered: number;
  /** Status writes of the workers that failed. */
  failedWrites: number;
  /** From the answer to the worker's status write to the request, without each analysis' first event. */
  fromAnswerMs: Spread;
  /** The same as a curve: at 0, 1, … 100 % of the events. */
  fromAnswerPercentilesMs: readonly number[];
  /** The same from the start of the status write. */
  fromStartMs: Spread;
  /** Of each analysis' first event, from the answer. */
  firstFromAnswerMs: Spread;
  /** Different events, from the start of the first status write to the last event. */
  deliveriesPerSecond: number;
  /** User and system time of the process, from before the first status write until nothing is left to do, ÷ `delivered`. */
  cpuMsPerEvent: number;
  /** Of the machine, in that time. */
  othersShare: number;
}
