// What the programs of the benchmark have in common: an end when a person wants it, and files to write in the end.
import { closeSync, openSync, writeSync } from 'node:fs';
import { messageOf, say } from '../tools/command-line.ts';
import type { Context } from './stage.ts';

/** Does nothing where no file is asked for. */
export type Write = (text: string) => void;

/** Its signal aborts when this process is told to end. */
export function openContext(): Context {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => ending.abort(new Error(`interrupted by ${signal}`)));
  return { say, signal: ending.signal, fail: (error) => ending.abort(error) };
}

/** Why it ended. Everything that waits rejects with an AbortError then, which says nothing. */
export function reasonOf({ signal }: Context, error: unknown): string {
  return messageOf(signal.aborted ? signal.reason : error);
}

/** Opens the file now: minutes later it would be a pity. Throws with the option's name where that cannot be done. */
export function openOutput(option: string, file: string | undefined, files: DisposableStack): Write {
  if (file === undefined) return () => {};
  try {
    const descriptor = files.adopt(openSync(file, 'w'), closeSync);
    return (text) => writeSync(descriptor, text);
  } catch (error) {
    throw new Error(`${option}: ${messageOf(error)}`, { cause: error });
  }
}
