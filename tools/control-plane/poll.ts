// Waiting for something that the API server does in its own time.
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when the check says true; throws, naming what was awaited, after `timeoutMs`. */
export async function until(
  what: string,
  check: () => Promise<boolean>,
  { timeoutMs = 30_000, signal }: { timeoutMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await check())) {
    signal?.throwIfAborted();
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
    await delay(25, undefined, signal === undefined ? {} : { signal });
  }
}
