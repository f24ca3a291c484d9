// Keeps what a command has started until a signal, or until it breaks.
import { once } from 'node:events';
import { messageOf, say } from '../command-line.ts';
import { ComponentError } from './component.ts';
import { onWrapperGone } from './wrappers.ts';

/** What is started gets these. */
interface Circumstances {
  progress: (line: string) => void;
  signal: AbortSignal;
  onUnexpectedExit: (error: Error) => void;
}

/** Why it ends, as the signal's reason. */
const requested = Symbol('requested');

/** Prints one line when all is ready, stays, and returns the exit code when nothing runs any more. */
export async function keepInForeground<T extends { stop: () => Promise<void> }>(
  start: (circumstances: Circumstances) => Promise<T>,
  readyLine: (started: T) => string,
): Promise<number> {
  const ending = new AbortController();
  // Only the first counts: a terminal and npm may both pass on the same Ctrl-C.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => ending.abort(requested));
  onWrapperGone(() => ending.abort(requested));
  // Who read what we say may be gone by then, too.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    const started = await start({
      progress: say,
      signal: ending.signal,
      onUnexpectedExit: (error) => ending.abort(error),
    });
    if (!ending.signal.aborted) {
      console.log(readyLine(started));
      await once(ending.signal, 'abort');
    }
    say('Stopping');
    await started.stop();
    return exitCodeOf(ending.signal.reason);
  } catch (error) {
    return exitCodeOf(ending.signal.aborted ? ending.signal.reason : error);
  }
}

function exitCodeOf(reason: unknown): number {
  if (reason === requested) return 0;
  say(reason instanceof ComponentError ? reason.summary : messageOf(reason));
  return 1;
}
