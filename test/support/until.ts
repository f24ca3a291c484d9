// Waits for a condition, so that no test has to guess how long something takes.
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves once it holds; rejects after `timeoutMs` with what was waited for. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s in vain until ${what}`);
    await delay(2);
  }
}
