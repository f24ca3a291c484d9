// The clock by which processes of this machine compare times.

/** ms of the system's monotonic clock, which is the same in every process; `performance.now` starts anew in each. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
