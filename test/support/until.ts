// Waits for a condition, so that no test has to guess how long something takes.
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves once it holds; rejects after `timeoutMs` with what was waited for. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 60_000,
): Promise<void> {
  const startMs = performance.now();
  while (!(await condition())) {
    const waitedMs = performance.now() - startMs;
    if (waitedMs > timeoutMs) throw new Error(`waited ${timeoutMs / 1000} s in vain until ${what}`);
    // Many conditions ask the API server, and some take minutes: a core was busy with asking.
    await delay(Math.min(2 + waitedMs / 50, 50));
  }
}
