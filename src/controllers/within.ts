// Bounds how long an end is waited for.
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when all of it is done, or after the time; a rejection comes through. */
export async function within(ms: number, work: readonly Promise<void>[]): Promise<void> {
  const over = new AbortController();
  const deadline = sleep(ms, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([Promise.all(work), deadline]);
  over.abort();
}
