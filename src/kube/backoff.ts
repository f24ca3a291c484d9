// How long to wait before the next try.

export interface Backoff {
  baseMs: number;
  maxMs: number;
}

/** Half of the exponential delay is certain and half is chance, so that many clients do not come at once. */
export function backoffMs({ baseMs, maxMs }: Backoff, failures: number, random: () => number): number {
  // From 2^30 on it only matters that it is much.
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(failures, 30));
  return full * (0.5 + random() / 2);
}
