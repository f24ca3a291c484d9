// Runs a level-based reconcile for every key of a queue.
import type { Log } from './log.ts';
import type { WorkQueue } from './work-queue.ts';

/**
 * Brings the world of one key to where it should be: reads the current state, and may run twice or for a key
 * that is gone. A rejection is retried with growing delays.
 */
export type Reconcile<K> = (key: K) => Promise<void | { requeueAfterMs: number }>;

/** Resolves once `signal` aborted and the reconciles under way have ended; never rejects. */
export async function runController<K>(options: {
  queue: WorkQueue<K>;
  concurrency: number;
  reconcile: Reconcile<K>;
  signal: AbortSignal;
  log: Log;
  onError?: (key: K, error: unknown) => void;
}): Promise<void> {
  const { queue, concurrency, reconcile, signal, log, onError } = options;
  const process = async (key: K) => {
    try {
      const result = await reconcile(key);
      queue.forget(key);
      if (result !== undefined) queue.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      queue.retry(key);
      log('error', 'reconcile failed', { key, error: String(error) });
      onError?.(key, error);
    }
  };
  await queue.run({ concurrency, signal, process });
}
